//! The client: what a user holds.

mod builder;
mod network;
mod options;
mod project;

use std::{fmt, mem, sync::Arc, time::Instant};

use mss_core::{
    ConfirmFileUpload, ConfirmedUpload, CreateFile, CreatedFile, Endpoint, FileId, Operation,
    ProjectId, UploadState, UploadUrlPolicy, retry::RetryQuota,
};

pub use builder::ClientBuilder;
pub(crate) use builder::USER_AGENT;
pub use options::CallOptions;
pub(crate) use options::Settings;
pub(crate) use project::Project;

use crate::{
    Error,
    clock::SharedClock,
    credentials::Provider,
    error::Redactor,
    event::Observer,
    fork::{self, PerProcess},
    pacer::Pacer,
    send::{AtProject, Sent, send_after},
    transport::{Connections, TransportSettings},
};

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
    pub(crate) connections: Connections,
    pub(crate) network: TransportSettings,
    pub(crate) endpoint: Endpoint,
    pub(crate) project: Project,
    pub(crate) provider: Provider,
    pub(crate) upload_urls: UploadUrlPolicy,
    pub(crate) lenient: bool,
    pub(crate) redactor: Redactor,
    pub(crate) observer: Observer,
    quota: PerProcess<RetryQuota>,
    pub(crate) clock: SharedClock,
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
        self.execute_after(operation, &|| Ok(()))
            .map(|sent| sent.response)
    }

    /// As [`Client::execute`], with what is known of the success. Just before anything is sent
    /// `before` is asked.
    pub(crate) fn execute_after<O: Operation>(
        &self,
        operation: &O,
        before: &dyn Fn() -> Result<(), Error>,
    ) -> Result<Sent<O::Response>, Error> {
        let _begun = fork::enter();
        let started = Instant::now();
        let project_id =
            self.find_project_id_for(O::NAME)
                .map_err(|error| match error.operation() {
                    name if name == O::NAME => error.with_subject(operation.subject()),
                    // IAM's call is about no file.
                    _ => error,
                })?;
        let call = AtProject {
            operation,
            endpoint: &self.shared.endpoint,
            project_id,
            lenient: self.shared.lenient,
        };
        let spent = started.elapsed();
        send_after(&self.shared, &self.settings, &call, spent, before)
    }

    /// The endpoint that calls go to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }

    /// The project whose files are meant, as far as it is known without a call.
    pub fn project_id(&self) -> Option<&ProjectId> {
        self.shared.project.known()
    }

    /// The project whose files are meant. Where nothing names it, IAM is asked for it, once.
    ///
    /// # Errors
    ///
    /// [`Error`]; of kind [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) when there
    /// is no such project or more than one.
    ///
    /// Source: [querying projects](https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html).
    pub fn find_project_id(&self) -> Result<&ProjectId, Error> {
        let _begun = fork::enter();
        self.find_project_id_for("Client")
    }

    fn find_project_id_for(&self, operation: &'static str) -> Result<&ProjectId, Error> {
        self.shared
            .project
            .find(&self.shared, &self.settings, operation)
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
    /// Works on the store of retries.
    pub(crate) fn quota<R>(&self, work: impl FnOnce(&mut RetryQuota) -> R) -> R {
        work(
            &mut self
                .quota
                .lock(|parents| parents.map(mem::take).unwrap_or_default()),
        )
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.shared.endpoint.to_string())
            .field("project_id", &self.project_id())
            .finish_non_exhaustive()
    }
}
