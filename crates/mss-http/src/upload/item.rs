//! An upload as an entry of a journal, and back.

use std::{fs, path::Path, time::Duration, time::SystemTime};

use mss_core::{
    CreateDigitalAsset, InvalidInput,
    journal::{AssetPlan, UploadItem},
};

use super::{Destination, Source, Upload, prepare::NAME, source::SourceKind};
use crate::{Error, ErrorKind};

/// The entry of an upload. Only what can be read again in another process can be resumed.
pub(super) fn item_of(upload: &Upload<'_>) -> Result<UploadItem, InvalidInput> {
    let Upload { source, plan } = upload;
    let SourceKind::Path(path) = &source.kind else {
        let problem = "must be a path where a journal is kept: bytes and readers are gone when it \
                       is resumed";
        return Err(InvalidInput::new("source", problem));
    };
    let absolute = std::path::absolute(path).ok();
    let Some(text) = absolute.as_deref().and_then(Path::to_str) else {
        let problem = "must be a path of valid text where a journal is kept";
        return Err(InvalidInput::new("source", problem));
    };
    let (size, modified_ns) = seen(Path::new(text));
    Ok(UploadItem {
        path: text.to_owned(),
        size,
        modified_ns,
        into: match &plan.destination {
            Destination::Asset(id) => AssetPlan::AssetId(id.clone()),
            Destination::NewAsset(asset_type) => AssetPlan::NewAsset(asset_type.to_string()),
            Destination::Create(create) => AssetPlan::CreateAsset(create.to_fields()?),
        },
        category: plan.category.to_string(),
        file_name: source.file_name.clone(),
        file_type: source.file_type.clone(),
        known: source
            .known
            .as_ref()
            .map(|(size, md5)| (*size, md5.as_str().to_owned())),
        app_user_id: plan.app_user_id.as_ref().map(ToString::to_string),
        verify: plan.verify,
        verify_source: plan.verify_source,
        wait_ms: plan
            .wait
            .and_then(|time| u64::try_from(time.as_millis()).ok()),
        cancel_orphan: plan.cancel_orphan,
        delete_asset_on_failure: plan.delete_asset_on_failure,
        part_count: plan.part_count,
        leave_open: plan.leave_open,
    })
}

/// The upload of an entry.
pub(super) fn upload_of(item: &UploadItem) -> Result<Upload<'static>, InvalidInput> {
    let mut source = Source::path(&item.path);
    source.file_name.clone_from(&item.file_name);
    source.file_type.clone_from(&item.file_type);
    if let Some((size, md5)) = &item.known {
        source = source.known(*size, md5.parse()?);
    }
    let destination = match &item.into {
        AssetPlan::AssetId(id) => Destination::Asset(id.clone()),
        AssetPlan::NewAsset(asset_type) => Destination::NewAsset(asset_type.parse()?),
        AssetPlan::CreateAsset(fields) => {
            Destination::Create(CreateDigitalAsset::from_fields(fields.clone())?)
        }
    };
    let mut upload = Upload::new(source, destination)
        .category(item.category.parse()?)
        .verify(item.verify)
        .verify_source(item.verify_source)
        .cancel_orphan(item.cancel_orphan)
        .delete_asset_on_failure(item.delete_asset_on_failure)
        .leave_open(item.leave_open);
    upload.plan.app_user_id = item.app_user_id.as_ref().map(|id| id.parse()).transpose()?;
    upload.plan.wait = item.wait_ms.map(Duration::from_millis);
    upload.plan.part_count = item.part_count;
    Ok(upload)
}

/// Refuses a file that isn't what it was when the batch began. Whether it is there at all is
/// found out by who reads it.
pub(super) fn check_same(item: &UploadItem) -> Result<(), Error> {
    let now = seen(Path::new(&item.path));
    let was = (item.size, item.modified_ns);
    if was == now || was.0.is_none() || now.0.is_none() {
        return Ok(());
    }
    let problem = "the content has changed since the journal was begun (size or time): upload it in \
                   a new batch";
    Err(Error::unsent(ErrorKind::Source, NAME, problem).with_subject(Some(&item.path)))
}

/// Size and time of change, as far as they can be seen.
fn seen(path: &Path) -> (Option<u64>, Option<i64>) {
    let Ok(metadata) = fs::metadata(path) else {
        return (None, None);
    };
    let modified = metadata.modified().ok().and_then(|time| {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).ok(),
            Err(before) => i64::try_from(before.duration().as_nanos())
                .ok()
                .map(|ns| -ns),
        }
    });
    (Some(metadata.len()), modified)
}
