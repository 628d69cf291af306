//! What is to be uploaded, to where, and how.

use std::{fmt, time::Duration};

use mss_core::{
    AppUserId, AssetId, AssetType, ConfirmFileUpload, ContentMd5, CreateDigitalAsset, FileCategory,
    FileId, FileState, InvalidInput, MAX_FILE_SIZE, UploadState,
};

use super::{Progress, Source, UploadEvent, progress::ProgressFn};

/// Where a file goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// An asset that exists.
    Asset(AssetId),
    /// An asset of its own, made for it and named after it.
    NewAsset(AssetType),
    /// An asset of its own, made like this.
    Create(CreateDigitalAsset),
}

impl From<AssetId> for Destination {
    fn from(id: AssetId) -> Self {
        Self::Asset(id)
    }
}

impl From<AssetType> for Destination {
    fn from(asset_type: AssetType) -> Self {
        Self::NewAsset(asset_type)
    }
}

impl From<CreateDigitalAsset> for Destination {
    fn from(create: CreateDigitalAsset) -> Self {
        Self::Create(create)
    }
}

/// A file to be uploaded into an asset.
///
/// ```no_run
/// use mss_http::{AssetId, AssetType, Client, Source, Upload};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = Client::builder().region("cn-north-4").build()?;
/// // A file into an asset that exists:
/// let asset_id: AssetId = "942e65a5fd219a2e01fb08d881cfadb9".parse()?;
/// let film = client.upload(Upload::new("film.mp4", asset_id))?;
///
/// // Bytes into an asset of their own, looked up again when all is done:
/// let still = Source::bytes("still.png", b"\x89PNG".as_slice());
/// let uploaded = client.upload(Upload::new(still, AssetType::Image).verify(true))?;
/// println!("{} in asset {}", uploaded.file_id, uploaded.asset_id);
/// # Ok(()) }
/// ```
pub struct Upload<'a> {
    pub(super) source: Source<'a>,
    pub(super) plan: Plan<'a>,
}

/// Everything about an upload but its content.
#[allow(clippy::struct_excessive_bools)] // each is a choice of its own
pub(super) struct Plan<'a> {
    pub(super) destination: Destination,
    pub(super) category: FileCategory,
    pub(super) app_user_id: Option<AppUserId>,
    pub(super) verify: bool,
    pub(super) verify_source: bool,
    pub(super) wait: Option<Duration>,
    pub(super) cancel_orphan: bool,
    pub(super) delete_asset_on_failure: bool,
    pub(super) leave_open: bool,
    /// The asset that an earlier attempt made for it.
    pub(super) made_asset: Option<AssetId>,
    pub(super) spool_limit: u64,
    pub(super) part_count: Option<u32>,
    pub(super) observer: Option<&'a (dyn Fn(UploadEvent) + Sync)>,
    pub(super) progress: Option<&'a ProgressFn<'a>>,
}

/// A file that the service has confirmed as CREATED; or whose content it has, where it was to be
/// left open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// Id of the file.
    pub file_id: FileId,
    /// Id of its asset.
    pub asset_id: AssetId,
    /// Size of its content, in bytes.
    pub size: u64,
    /// MD5 of its content; none for a large file, which announces none.
    pub md5: Option<ContentMd5>,
    /// The service's id of the request that settled it: the confirmation, or the look at the
    /// asset that proved it. Of a file that was left open, the object store's id of the last PUT.
    pub request_id: String,
    /// State of the file when the asset was looked at last; none when it wasn't.
    pub state: Option<FileState>,
}

impl<'a> Upload<'a> {
    /// Default of [`Upload::spool_limit`], in bytes: 5 GiB.
    pub const SPOOL_LIMIT: u64 = 5 * 1024 * 1024 * 1024;

    /// A main file of an asset.
    pub fn new(source: impl Into<Source<'a>>, destination: impl Into<Destination>) -> Self {
        Self {
            source: source.into(),
            plan: Plan {
                destination: destination.into(),
                category: FileCategory::Main,
                app_user_id: None,
                verify: false,
                verify_source: false,
                wait: None,
                cancel_orphan: false,
                delete_asset_on_failure: false,
                leave_open: false,
                made_asset: None,
                spool_limit: Self::SPOOL_LIMIT,
                part_count: None,
                observer: None,
                progress: None,
            },
        }
    }

    /// Sets the file's category within the asset.
    #[must_use]
    pub fn category(mut self, category: FileCategory) -> Self {
        self.plan.category = category;
        self
    }

    /// Names the third-party user in whose name the calls are made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.plan.app_user_id = Some(id);
        self
    }

    /// Looks at the asset afterwards, whatever the confirmation's answer was. By default only
    /// what isn't known is looked up.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.plan.verify = verify;
        self
    }

    /// Reads the content a second time before CREATED is sent, and compares its MD5. Without it
    /// the store's check of the MD5 and a file's size, time and inode have to do.
    #[must_use]
    pub fn verify_source(mut self, verify: bool) -> Self {
        self.plan.verify_source = verify;
        self
    }

    /// Waits up to this long for the end of the service's review. A review that takes longer is
    /// no error: [`Uploaded::state`] says where it stands.
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.plan.wait = Some(time);
        self
    }

    /// When nobody knows whether CreateFile arrived, confirms as CANCELLED what the asset shows
    /// as CREATING with the same name and MD5. Not for several uploads of the same content into
    /// one asset at a time: they look alike.
    #[must_use]
    pub fn cancel_orphan(mut self, cancel: bool) -> Self {
        self.plan.cancel_orphan = cancel;
        self
    }

    /// Moves an asset that was made for the file to the recycle bin when the upload fails. It
    /// stays where CREATED may have arrived.
    #[must_use]
    pub fn delete_asset_on_failure(mut self, delete: bool) -> Self {
        self.plan.delete_asset_on_failure = delete;
        self
    }

    /// Stores the content and leaves the file open, for somebody else to confirm: a pipeline's
    /// driver, which confirms all files or none. [`Uploaded::state`] is none then. Not together
    /// with [`Upload::verify`] and [`Upload::wait`], which are about the confirmation.
    #[must_use]
    pub fn leave_open(mut self, leave: bool) -> Self {
        self.plan.leave_open = leave;
        self
    }

    /// How much of a reader that can't be rewound is copied to a temporary file, in bytes. 5 GiB
    /// by default; what gives more is refused before anything is sent.
    #[must_use]
    pub fn spool_limit(mut self, bytes: u64) -> Self {
        self.plan.spool_limit = bytes;
        self
    }

    /// Sends the content in so many parts, up to 100, each 100 KB to 5 GiB, several at a time. By
    /// default only what is larger than 5 GiB goes in parts, in as few as it takes. A content in
    /// parts announces no MD5, so the store can't compare it.
    #[must_use]
    pub fn part_count(mut self, count: u32) -> Self {
        self.plan.part_count = Some(count);
        self
    }

    /// Has each step reported when it is done.
    #[must_use]
    pub fn observe(mut self, observer: &'a (dyn Fn(UploadEvent) + Sync)) -> Self {
        self.plan.observer = Some(observer);
        self
    }

    /// Has it told how far it is, at most ten times a second, on the thread that uploads.
    #[must_use]
    pub fn progress(mut self, tell: &'a (dyn Fn(Progress) + Sync)) -> Self {
        self.plan.progress = Some(tell);
        self
    }
}

impl Plan<'_> {
    pub(super) fn report(&self, event: UploadEvent) {
        if let Some(observer) = self.observer {
            observer(event);
        }
    }

    /// Whether a content of this size goes in parts.
    pub(super) fn wants_parts(&self, size: u64) -> bool {
        self.part_count.is_some() || size > MAX_FILE_SIZE
    }

    /// The asset's type, where it is known.
    pub(super) fn asset_type(&self) -> Option<&AssetType> {
        match &self.destination {
            Destination::Asset(_) => None,
            Destination::NewAsset(asset_type) => Some(asset_type),
            Destination::Create(create) => Some(create.asset_type()),
        }
    }

    pub(super) fn confirmation(&self, file_id: &FileId, state: UploadState) -> ConfirmFileUpload {
        let confirm = ConfirmFileUpload::new(file_id.clone(), state);
        match &self.app_user_id {
            Some(id) => confirm.app_user_id(id.clone()),
            None => confirm,
        }
    }

    /// Where a file of this name goes.
    pub(super) fn place(&self, file_name: &str) -> Result<Place, InvalidInput> {
        let create = match &self.destination {
            Destination::Asset(id) => return Ok(Place::Asset(id.clone())),
            Destination::NewAsset(asset_type) => {
                CreateDigitalAsset::new(file_name, asset_type.clone())?
            }
            Destination::Create(create) => create.clone(),
        };
        Ok(Place::New(match &self.app_user_id {
            Some(id) => create.app_user_id(id.clone()),
            None => create,
        }))
    }
}

/// The destination of one file.
pub(super) enum Place {
    Asset(AssetId),
    /// The call that makes its asset.
    New(CreateDigitalAsset),
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("source", &self.source)
            .field("destination", &self.plan.destination)
            .field("category", &self.plan.category)
            .finish_non_exhaustive()
    }
}
