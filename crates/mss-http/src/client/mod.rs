//! The client: what a user holds.

mod builder;
mod options;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use mss_core::{
    Authorizer, ConfirmFileUpload, ConfirmedUpload, CreateFile, CreatedFile, Endpoint, FileId,
    Operation, ProjectId, Target, UploadState, UploadUrlPolicy, retry::RetryQuota,
};

pub use builder::ClientBuilder;
pub use options::CallOptions;
pub(crate) use options::Settings;

use crate::{Error, error::Redactor, pacer::Pacer};

/// A client for one project at one endpoint.
///
/// Cheap to clone; clones share connections and credentials. All methods block.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    settings: Settings,
}

/// What the clones of a client have in common.
pub(crate) struct Shared {
    pub(crate) agent: ureq::Agent,
    pub(crate) endpoint: Endpoint,
    pub(crate) project_id: ProjectId,
    pub(crate) authorizer: Authorizer,
    pub(crate) upload_urls: UploadUrlPolicy,
    pub(crate) lenient: bool,
    pub(crate) redactor: Redactor,
    quota: Mutex<RetryQuota>,
}

impl Client {
    /// Starts to describe a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The same client with other options for its calls. Connections stay shared.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) when a time or a number is
    /// out of range.
    pub fn with_options(&self, options: CallOptions) -> Result<Self, Error> {
        Ok(Self {
            shared: Arc::clone(&self.shared),
            settings: self.settings.with(options)?,
        })
    }

    /// Confirms that a file was uploaded, that its upload failed, or that it was cancelled.
    ///
    /// Sent again when an answer gets lost: the same state twice is taken for harmless.
    ///
    /// # Errors
    ///
    /// [`Error`]; its outcome says whether the service has the confirmation.
    ///
    /// Source: [ConfirmFileUpload](https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html).
    pub fn confirm_file_upload(
        &self,
        file_id: &FileId,
        state: UploadState,
    ) -> Result<ConfirmedUpload, Error> {
        self.execute(&ConfirmFileUpload::new(file_id.clone(), state))
    }

    /// Registers a file and gets the URL for its content, checked to lead to an allowed host.
    ///
    /// Not sent again when it isn't known whether the first one arrived: each one makes a file.
    ///
    /// # Errors
    ///
    /// [`Error`]; with an unknown outcome there may be a file whose id nobody has.
    ///
    /// Source: [CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html).
    pub fn create_file(&self, create: &CreateFile) -> Result<CreatedFile, Error> {
        let created = self.execute(create)?;
        self.check_upload_url(&created)?;
        Ok(created)
    }

    pub(crate) fn check_upload_url(&self, created: &CreatedFile) -> Result<(), Error> {
        let checked = self.shared.upload_urls.check(&created.upload_url);
        checked.map_err(|unexpected| {
            crate::send::untrusted::<CreateFile>(&created.file_id, &created.request_id, &unexpected)
        })
    }

    /// Sends any operation, with the client's credentials, retries and limits. Its request must go
    /// to the client's endpoint; its answer may have up to 64 KiB and must be a JSON object or
    /// empty.
    ///
    /// # Errors
    ///
    /// [`Error`]; its outcome says whether the call was applied.
    pub fn execute<O: Operation>(&self, operation: &O) -> Result<O::Response, Error> {
        crate::send::send(&self.shared, &self.settings, operation)
    }

    /// The endpoint that calls go to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }

    /// The project whose files are meant.
    pub fn project_id(&self) -> &ProjectId {
        &self.shared.project_id
    }

    /// The same client, whose calls line up.
    pub(crate) fn paced(&self, pacer: Pacer) -> Self {
        let mut client = self.clone();
        client.settings.pacer = pacer;
        client
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Shared {
    pub(crate) fn target(&self) -> Target<'_> {
        Target {
            endpoint: &self.endpoint,
            project_id: &self.project_id,
        }
    }

    /// Works on the store of retries. A panic elsewhere can't have left it half changed.
    pub(crate) fn quota<R>(&self, work: impl FnOnce(&mut RetryQuota) -> R) -> R {
        work(&mut self.quota.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.shared.endpoint.to_string())
            .field("project_id", &self.shared.project_id)
            .finish_non_exhaustive()
    }
}
