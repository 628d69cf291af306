//! The first line of a journal.

use serde::{Deserialize, Serialize};

use super::line::BadLine;
use crate::{AppUserId, ProjectId};

/// The version of the format that is written and read.
pub const FORMAT_VERSION: u32 = 1;

/// What tells a journal from any other file of JSON lines.
const MARK: &str = "metastudio";

/// What the entries of a journal are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JournalKind {
    /// Confirmations of files that were registered elsewhere.
    Confirm,
    /// Uploads.
    Upload,
}

impl JournalKind {
    /// `confirm` or `upload`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Upload => "upload",
        }
    }
}

/// The first line: what the journal is of, and where its calls went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// What its entries are.
    pub kind: JournalKind,
    /// The endpoint, as [`Endpoint`](crate::Endpoint) writes itself.
    pub endpoint: String,
    /// The project.
    pub project_id: ProjectId,
    /// When the batch began, in UTC (RFC 3339).
    pub started: Option<String>,
    /// In whose name the files of a batch of confirmations are confirmed.
    pub app_user_id: Option<AppUserId>,
}

/// As it stands in the line. Only the first two fields are the same in every version.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    journal: String,
    version: u32,
    kind: JournalKind,
    endpoint: String,
    project_id: ProjectId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app_user_id: Option<String>,
}

#[derive(Deserialize)]
struct Versioned {
    journal: String,
    version: u32,
}

impl Header {
    /// A header for calls to this endpoint and project.
    pub fn new(kind: JournalKind, endpoint: impl Into<String>, project_id: ProjectId) -> Self {
        Self {
            kind,
            endpoint: endpoint.into(),
            project_id,
            started: None,
            app_user_id: None,
        }
    }

    /// Says when the batch began, in UTC (RFC 3339).
    #[must_use]
    pub fn started(mut self, time: impl Into<String>) -> Self {
        self.started = Some(time.into());
        self
    }

    /// Names the third-party user in whose name files are confirmed (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }

    /// Reads the first line, without its end.
    ///
    /// # Errors
    ///
    /// [`BadLine`] when it isn't one, or is of another version.
    pub fn parse(line: &[u8]) -> Result<Self, BadLine> {
        let versioned: Versioned = serde_json::from_slice(line)
            .ok()
            .filter(|line: &Versioned| line.journal == MARK)
            .ok_or_else(|| BadLine::new("is no header of a journal"))?;
        if versioned.version != FORMAT_VERSION {
            return Err(BadLine::new(format!(
                "says that the journal has version {} of the format; this release reads version \
                 {FORMAT_VERSION} only",
                versioned.version
            )));
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| BadLine::json(&error))?;
        let app_user_id = line.app_user_id.map(|id| id.parse()).transpose();
        Ok(Self {
            kind: line.kind,
            endpoint: line.endpoint,
            project_id: line.project_id,
            started: line.started,
            app_user_id: app_user_id.map_err(|error| BadLine::invalid(&error))?,
        })
    }

    /// Adds the line, with its end.
    pub fn write(&self, out: &mut Vec<u8>) {
        let line = Line {
            journal: MARK.to_owned(),
            version: FORMAT_VERSION,
            kind: self.kind,
            endpoint: self.endpoint.clone(),
            project_id: self.project_id.clone(),
            started: self.started.clone(),
            app_user_id: self.app_user_id.as_ref().map(ToString::to_string),
        };
        super::line::write(&line, out);
    }
}
