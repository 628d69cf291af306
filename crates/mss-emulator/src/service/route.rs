//! From method and path to what is meant.

use http::Method;
use percent_encoding::percent_decode_str;

use super::identity;
use crate::{
    faults::Target,
    object_store::{ObjectPath, PREFIX},
    view::Operation,
};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// A call of `MetaStudio`'s API.
    Api {
        project_id: String,
        call: Call,
    },
    /// A call for tokens or keys.
    Identity(identity::Call),
    /// Content on its way to the object store.
    Object,
    /// Content that somebody wants back from there.
    Download,
    /// The emulator's own pages.
    Inspect(Inspect),
    Unknown,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    CreateFile,
    CreateLargeFile,
    ConfirmFileUpload { file_id: String },
    DeleteFile { file_id: String },
    CreateDigitalAsset,
    ShowAsset { asset_id: String },
    DeleteAsset { asset_id: String },
}

impl Call {
    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::CreateFile => Operation::CreateFile,
            Self::CreateLargeFile => Operation::CreateLargeFile,
            Self::ConfirmFileUpload { .. } => Operation::ConfirmFileUpload,
            Self::DeleteFile { .. } => Operation::DeleteFile,
            Self::CreateDigitalAsset => Operation::CreateDigitalAsset,
            Self::ShowAsset { .. } => Operation::ShowAsset,
            Self::DeleteAsset { .. } => Operation::DeleteAsset,
        }
    }

    fn file_id(&self) -> Option<&str> {
        match self {
            Self::ConfirmFileUpload { file_id } | Self::DeleteFile { file_id } => Some(file_id),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inspect {
    Health,
    Assets,
    Files,
    File(String),
    Requests,
    AuthenticationFailures,
    Faults,
    InjectFault,
    ClearFaults,
    SetReview,
    ChangeIdentity,
    /// One that doesn't exist.
    Nothing,
}

impl Inspect {
    pub(super) fn takes_a_body(&self) -> bool {
        matches!(
            self,
            Self::InjectFault | Self::SetReview | Self::ChangeIdentity
        )
    }
}

impl Route {
    pub(super) fn of(method: &Method, path: &str) -> Self {
        if let Some(call) = identity::Call::of(method.as_str(), path) {
            return Self::Identity(call);
        }
        let segments = segments(path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (method.as_str(), segments.as_slice()) {
            (method, ["v1", project, rest @ ..]) => {
                call(method, rest).map_or(Self::Unknown, |call| Self::Api {
                    project_id: (*project).to_owned(),
                    call,
                })
            }
            ("GET", ["_emulator", "health"]) => Self::Inspect(Inspect::Health),
            ("GET", ["_emulator", "assets"]) => Self::Inspect(Inspect::Assets),
            ("GET", ["_emulator", "files"]) => Self::Inspect(Inspect::Files),
            ("GET", ["_emulator", "files", file]) => {
                Self::Inspect(Inspect::File((*file).to_owned()))
            }
            ("GET", ["_emulator", "requests"]) => Self::Inspect(Inspect::Requests),
            ("GET", ["_emulator", "authentication_failures"]) => {
                Self::Inspect(Inspect::AuthenticationFailures)
            }
            ("GET", ["_emulator", "faults"]) => Self::Inspect(Inspect::Faults),
            ("POST", ["_emulator", "faults"]) => Self::Inspect(Inspect::InjectFault),
            ("DELETE", ["_emulator", "faults"]) => Self::Inspect(Inspect::ClearFaults),
            ("PUT", ["_emulator", "review"]) => Self::Inspect(Inspect::SetReview),
            ("PUT", ["_emulator", "identity"]) => Self::Inspect(Inspect::ChangeIdentity),
            (_, ["_emulator", ..]) => Self::Inspect(Inspect::Nothing),
            ("GET", _) if is_object(path) => Self::Download,
            _ if is_object(path) => Self::Object,
            _ => Self::Unknown,
        }
    }

    /// What a fault can be aimed at.
    pub(super) fn target(&self, path: &str) -> Option<Target> {
        match self {
            Self::Api { call, .. } => Some(Target {
                operation: call.operation(),
                file_id: call.file_id().map(str::to_owned),
            }),
            Self::Identity(call) => Some(Target {
                operation: call.operation(),
                file_id: None,
            }),
            Self::Object => Some(Target {
                operation: Operation::PutObject,
                file_id: ObjectPath::of_request(path).file_id().map(str::to_owned),
            }),
            _ => None,
        }
    }
}

/// The call behind the path's project.
fn call(method: &str, path: &[&str]) -> Option<Call> {
    Some(match (method, path) {
        ("POST", ["files"]) => Call::CreateFile,
        ("POST", ["large-files"]) => Call::CreateLargeFile,
        ("POST", ["files", file, "complete"]) => Call::ConfirmFileUpload {
            file_id: (*file).to_owned(),
        },
        ("DELETE", ["files", file]) => Call::DeleteFile {
            file_id: (*file).to_owned(),
        },
        ("POST", ["digital-assets"]) => Call::CreateDigitalAsset,
        ("GET", ["digital-assets", asset]) => Call::ShowAsset {
            asset_id: (*asset).to_owned(),
        },
        ("DELETE", ["digital-assets", asset]) => Call::DeleteAsset {
            asset_id: (*asset).to_owned(),
        },
        _ => return None,
    })
}

/// The file that a path of the API names, whether or not it exists.
pub(super) fn file_id(path: &str) -> Option<String> {
    let mut segments = segments(path);
    let is_of_a_file = segments.first().is_some_and(|first| first == "v1")
        && segments.get(2).is_some_and(|third| third == "files")
        && segments.len() > 3;
    is_of_a_file.then(|| segments.swap_remove(3))
}

fn is_object(path: &str) -> bool {
    path.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn segments(path: &str) -> Vec<String> {
    path.strip_prefix('/')
        .unwrap_or(path)
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect()
}
