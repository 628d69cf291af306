//! Everything that can be found out or refused before the service hears of a file.

use std::{fs, io};

use mss_core::{
    AssetId, ContentMd5, CreateFile, CreateLargeFile, FileCategory, InvalidInput, PartPlan,
};

use super::{
    Source, Stage, UploadEvent, UploadFailure,
    body::{Body, changed},
    hash::md5_of,
    plan::{Place, Plan},
    progress::Meter,
    source::SourceKind,
    spool::spool,
};
use crate::{Client, Error, ErrorKind};

/// What is done, in errors.
pub(super) const NAME: &str = "Upload";

/// A content that may be registered.
pub(super) struct Prepared<'b> {
    /// The path or name, for errors.
    pub(super) subject: String,
    pub(super) file_name: String,
    file_type: Option<String>,
    pub(super) body: Body<'b>,
    /// None for a content in parts, unless it is to be compared here.
    md5: Option<ContentMd5>,
    /// None for a content in parts.
    pub(super) announced_md5: Option<ContentMd5>,
    pub(super) place: Place,
}

/// The call that registers a file.
pub(super) enum Registration {
    Whole(CreateFile),
    Parts(CreateLargeFile),
}

pub(super) fn prepare<'b>(
    client: &Client,
    source: Source<'b>,
    plan: &Plan<'_>,
    meter: &Meter<'_>,
) -> Result<Prepared<'b>, Error> {
    let subject = source.subject();
    let invalid = |error: InvalidInput| {
        Error::invalid_input(NAME, &error)
            .with_subject(Some(&subject))
            .with_upload(UploadFailure::early(Stage::Inspect))
    };
    let failed = |stage, error| source_error(stage, &subject, error);
    let file_name = source.registered_name().map_err(invalid)?;
    let file_type = source.file_type;
    let name_type = (file_name.as_str(), file_type.as_deref());
    let place = plan.place(&file_name).map_err(invalid)?;
    let interrupt = &client.settings().interrupt;

    let (body, mut md5) = match (source.kind, &source.known) {
        (SourceKind::Path(path), _) => (Body::open(&path), None),
        (SourceKind::Bytes(bytes), _) => (Body::bytes(bytes), None),
        (SourceKind::Seekable(reader), _) => (Body::seekable(reader), None),
        (SourceKind::Stream(reader), Some((size, _))) => (Body::once(reader, *size), None),
        (SourceKind::Stream(reader), None) => {
            // Without its size; the limits for that come when it is known.
            let parts = plan.part_count.unwrap_or_default().max(1);
            let stand_in = u64::from(parts) * PartPlan::MIN_PART_SIZE;
            check(plan, name_type, stand_in).map_err(invalid)?;
            meter.begin(Stage::Hash, 0, 0);
            let copied = spool(reader, plan.spool_limit, interrupt, meter);
            let (body, md5) = copied.map_err(|error| failed(Stage::Hash, error))?;
            (Ok(body), Some(md5))
        }
    };
    let body = body.map_err(|error| failed(Stage::Inspect, error))?;
    if plan.verify_source && !body.has_random_access() {
        let problem = "can't be read a second time, since it can't be rewound";
        return Err(invalid(InvalidInput::new("verify_source", problem)));
    }
    if plan.leave_open && (plan.verify || plan.wait.is_some()) {
        let problem = "can't be set with verify or wait, which are about the confirmation";
        return Err(invalid(InvalidInput::new("leave_open", problem)));
    }
    let size = body.size();
    check(plan, name_type, size).map_err(invalid)?;
    plan.report(UploadEvent::Inspected { size });
    if let Some((announced, known)) = source.known {
        if announced != size {
            let problem = format!("has {size} bytes, not the announced {announced}");
            return Err(failed(Stage::Inspect, changed(problem)));
        }
        md5 = Some(known);
    } else if plan.verify_source || !plan.wants_parts(size) {
        let hashed = if let Some(md5) = md5 {
            md5
        } else {
            meter.begin(Stage::Hash, 0, size);
            md5_of(&body, interrupt, meter).map_err(|error| failed(Stage::Hash, error))?
        };
        md5 = Some(hashed.clone());
        plan.report(UploadEvent::Hashed { size, md5: hashed });
    }
    Ok(Prepared {
        announced_md5: md5.clone().filter(|_| !plan.wants_parts(size)),
        md5,
        subject,
        file_name,
        file_type,
        body,
        place,
    })
}

/// The documented limits, with stand-ins for what comes later: gigabytes are read after it.
fn check(
    plan: &Plan<'_>,
    (name, file_type): (&str, Option<&str>),
    size: u64,
) -> Result<(), InvalidInput> {
    let md5 = ContentMd5::new([0; 16]);
    registration(plan, (name, file_type), size, Some(&md5), &"new".parse()?)?;
    let Some(asset_type) = plan.asset_type() else {
        return Ok(());
    };
    asset_type.check_category(&plan.category)?;
    if plan.category == FileCategory::Main {
        asset_type.check_main_file(file_type.unwrap_or(name), size)?;
    }
    Ok(())
}

impl Prepared<'_> {
    /// The call that registers the file in an asset.
    pub(super) fn registration(
        &self,
        plan: &Plan<'_>,
        asset_id: &AssetId,
    ) -> Result<Registration, InvalidInput> {
        let name_type = (self.file_name.as_str(), self.file_type.as_deref());
        registration(
            plan,
            name_type,
            self.body.size(),
            self.announced_md5.as_ref(),
            asset_id,
        )
    }

    /// The same content still, as far as the plan wants that looked at?
    pub(super) fn check_unchanged(&self, client: &Client, plan: &Plan<'_>) -> io::Result<()> {
        self.body.check_unchanged()?;
        let Some(md5) = self.md5.as_ref().filter(|_| plan.verify_source) else {
            return Ok(());
        };
        let meter = Meter::new(None);
        if md5_of(&self.body, &client.settings().interrupt, &meter)? == *md5 {
            return Ok(());
        }
        Err(changed("has other content than when it was uploaded"))
    }
}

fn registration(
    plan: &Plan<'_>,
    (name, file_type): (&str, Option<&str>),
    size: u64,
    md5: Option<&ContentMd5>,
    asset_id: &AssetId,
) -> Result<Registration, InvalidInput> {
    let asset_id = asset_id.clone();
    if let Some(md5) = md5.filter(|_| !plan.wants_parts(size)) {
        let create = match file_type {
            Some(file_type) => CreateFile::with_type(name, file_type, size, md5.clone(), asset_id),
            None => CreateFile::new(name, size, md5.clone(), asset_id),
        };
        let create = create?.category(plan.category.clone());
        return Ok(Registration::Whole(match &plan.app_user_id {
            Some(id) => create.app_user_id(id.clone()),
            None => create,
        }));
    }
    let create = match file_type {
        Some(file_type) => CreateLargeFile::with_type(name, file_type, size, asset_id),
        None => CreateLargeFile::new(name, size, asset_id),
    };
    let mut create = create?.category(plan.category.clone())?;
    if let Some(count) = plan.part_count {
        create = create.part_count(count)?;
    }
    Ok(Registration::Parts(match &plan.app_user_id {
        Some(id) => create.app_user_id(id.clone()),
        None => create,
    }))
}

/// What a file's size is, where that can be seen without opening it.
pub(super) fn size_hint(source: &Source<'_>) -> Option<u64> {
    match (&source.kind, &source.known) {
        (_, Some((size, _))) => Some(*size),
        (SourceKind::Path(path), None) => fs::metadata(path).ok().map(|it| it.len()),
        (SourceKind::Bytes(bytes), None) => Some(bytes.len() as u64),
        _ => None,
    }
}

/// An error of the content itself, before there was a file.
pub(super) fn source_error(stage: Stage, subject: &str, error: io::Error) -> Error {
    let kind = if error.kind() == io::ErrorKind::Interrupted {
        ErrorKind::Cancelled
    } else {
        ErrorKind::Source
    };
    Error::unsent(kind, NAME, error.to_string())
        .with_subject(Some(subject))
        .with_source(error)
        .with_upload(UploadFailure::early(stage))
}
