//! From method and path to what is meant.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::{object_store::PREFIX, view::Operation};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// A call of `MetaStudio`'s API.
    Api {
        project_id: String,
        call: Call,
    },
    /// Something in the object store.
    Object,
    /// The emulator's own pages.
    Inspect(Inspect),
    Unknown,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    CreateFile,
    ConfirmFileUpload { file_id: String },
}

impl Call {
    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::CreateFile => Operation::CreateFile,
            Self::ConfirmFileUpload { .. } => Operation::ConfirmFileUpload,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inspect {
    Health,
    Files,
    File(String),
    /// One that doesn't exist.
    Nothing,
}

impl Route {
    pub(super) fn of(method: &Method, path: &str) -> Self {
        let segments = segments(path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (method.as_str(), segments.as_slice()) {
            ("POST", ["v1", project, "files"]) => Self::Api {
                project_id: (*project).to_owned(),
                call: Call::CreateFile,
            },
            ("POST", ["v1", project, "files", file, "complete"]) => Self::Api {
                project_id: (*project).to_owned(),
                call: Call::ConfirmFileUpload {
                    file_id: (*file).to_owned(),
                },
            },
            ("GET", ["_emulator", "health"]) => Self::Inspect(Inspect::Health),
            ("GET", ["_emulator", "files"]) => Self::Inspect(Inspect::Files),
            ("GET", ["_emulator", "files", file]) => {
                Self::Inspect(Inspect::File((*file).to_owned()))
            }
            (_, ["_emulator", ..]) => Self::Inspect(Inspect::Nothing),
            _ if is_object(path) => Self::Object,
            _ => Self::Unknown,
        }
    }
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
