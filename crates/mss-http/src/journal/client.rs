//! Whose journal it is.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use mss_core::journal::{Header, JournalKind};

use super::Journal;
use crate::{Client, Error};

impl Client {
    /// The first line of a journal of this client's calls, begun now.
    ///
    /// # Errors
    ///
    /// As [`Client::find_project_id`].
    pub fn journal_header(&self, kind: JournalKind) -> Result<Header, Error> {
        let header = Header::new(
            kind,
            self.endpoint().to_string(),
            self.find_project_id()?.clone(),
        );
        let now = OffsetDateTime::now_utc();
        let now = now.replace_nanosecond(0).unwrap_or(now);
        Ok(match now.format(&Rfc3339) {
            Ok(now) => header.started(now),
            Err(_) => header,
        })
    }

    /// Refuses a journal of another kind, or of calls to somewhere else.
    pub(crate) fn check_journal(&self, journal: &Journal, kind: JournalKind) -> Result<(), Error> {
        let header = journal.header();
        if header.kind != kind {
            let problem = format!(
                "is one of kind {}, not {}",
                header.kind.as_str(),
                kind.as_str()
            );
            return Err(super::error(journal.path(), problem));
        }
        let (endpoint, project_id) = (self.endpoint().to_string(), self.find_project_id()?);
        if header.endpoint == endpoint && header.project_id == *project_id {
            return Ok(());
        }
        let problem = format!(
            "is of project {} at {}, but this client is for project {project_id} at {endpoint}",
            header.project_id, header.endpoint
        );
        Err(super::error(journal.path(), problem))
    }
}
