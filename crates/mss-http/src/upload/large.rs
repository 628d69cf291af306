//! The parts of a large file.

use std::sync::{Mutex, PoisonError};

use mss_core::{CreateLargeFile, CreatedLargeFile, PartPlan};

use super::{put::PutError, run::Run, team::on_threads};
use crate::{CallOptions, Client, Error, ErrorKind};

/// Parts that are sent at the same time.
const AT_ONCE: usize = 4;

impl Client {
    /// Registers a large file and gets a URL for each of its parts, all checked to lead to
    /// allowed hosts.
    ///
    /// Not sent again when it isn't known whether the first one arrived: each one makes a file.
    ///
    /// # Errors
    ///
    /// [`Error`]; with an unknown outcome there may be a file whose id nobody has.
    ///
    /// Source: [CreateLargeFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateLargeFile.html).
    pub fn create_large_file(&self, create: &CreateLargeFile) -> Result<CreatedLargeFile, Error> {
        let created = self.execute(create)?;
        self.check_part_urls(&created)?;
        Ok(created)
    }

    pub(super) fn check_part_urls(&self, created: &CreatedLargeFile) -> Result<(), Error> {
        created.upload_urls.iter().try_for_each(|url| {
            let checked = self.shared().upload_urls.check(url);
            checked.map_err(|unexpected| {
                crate::send::untrusted::<CreateLargeFile>(
                    &created.file_id,
                    &created.request_id,
                    &unexpected,
                )
            })
        })
    }
}

impl Run<'_, '_> {
    /// Sends all parts, several at a time; the store's id of the last one's request. The first one
    /// that fails ends the others.
    pub(super) fn put_parts(
        &self,
        create: &CreateLargeFile,
        created: &CreatedLargeFile,
    ) -> Result<String, PutError> {
        let body = &self.prepared.body;
        let count = u32::try_from(created.upload_urls.len()).unwrap_or(u32::MAX);
        let plan = if count == create.parts().count() {
            Ok(create.parts())
        } else {
            PartPlan::new(body.size(), count)
        };
        let plan = plan.map_err(|error| {
            let problem = format!("{count} upload_urls came for this file; {error}");
            Error::unsent(ErrorKind::UnexpectedResponse, "CreateLargeFile", problem)
                .with_subject(Some(created.file_id.as_str()))
        })?;
        let parts = plan.parts().map(|part| part.range);
        let parts: Vec<_> = parts.zip(&created.upload_urls).collect();
        let threads = if body.has_random_access() { AT_ONCE } else { 1 };
        let failed: Mutex<Option<PutError>> = Mutex::new(None);
        let stored = on_threads(
            parts,
            threads,
            &self.client.settings().interrupt,
            || self.meter.tick(),
            |_, _| (),
            |_, (range, url), cancel| {
                let put = self
                    .client
                    .with_options(CallOptions::new().only_cancel(cancel))
                    .map_err(PutError::from)
                    .and_then(|client| {
                        client.put_part(&created.file_id, url, body, range, self.meter)
                    });
                put.map_err(|error| {
                    let mut first = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    first.get_or_insert(error);
                    cancel.cancel();
                })
                .ok()
            },
        );
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let last = stored.into_iter().flatten().next_back();
        Ok(last.map_or_else(String::new, |last| last.request_id))
    }
}
