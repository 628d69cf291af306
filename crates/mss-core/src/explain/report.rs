//! The report: what a person reads, and what a program asks.

use std::fmt;

use super::{Cause, printable::Mask};

/// Most lines that are kept; a request has a dozen.
const MOST_LINES: usize = 200;

/// Why a signature was refused, with both sides line by line. It holds no secret.
///
/// `Display` is for a person: what differs, the likely cause, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    causes: Vec<Cause>,
    lines: Vec<Line>,
    omitted: usize,
    code: Option<String>,
    said: String,
}

/// A line of what is signed, as it was here and as the server shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub(super) part: Part,
    pub(super) ours: Option<String>,
    pub(super) theirs: Option<String>,
    pub(super) differs: bool,
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The method.
    Method,
    /// The path.
    Path,
    /// The query.
    Query,
    /// The header of this name.
    Header(String),
    /// The list of the signed headers.
    SignedHeaders,
    /// The hash of the body.
    BodyHash,
    /// `Content-MD5`, at the object store.
    ContentMd5,
    /// `Content-Type`, at the object store.
    ContentType,
    /// The end of the URL's time, at the object store.
    Expires,
    /// Bucket, object and sub-resources, at the object store.
    Resource,
}

impl Part {
    /// A word for programs; stable.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Path => "path",
            Self::Query => "query",
            Self::Header(_) => "header",
            Self::SignedHeaders => "signed_headers",
            Self::BodyHash => "body_hash",
            Self::ContentMd5 => "content_md5",
            Self::ContentType => "content_type",
            Self::Expires => "expires",
            Self::Resource => "resource",
        }
    }
}

impl Line {
    /// What it is about.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// What was signed or sent here, fit to be shown; none where there was nothing.
    pub fn ours(&self) -> Option<&str> {
        self.ours.as_deref()
    }

    /// What the server shows, fit to be shown; none where there is nothing.
    pub fn theirs(&self) -> Option<&str> {
        self.theirs.as_deref()
    }

    /// Whether the two differ, before anything was hidden in them.
    pub fn differs(&self) -> bool {
        self.differs
    }
}

impl Report {
    pub(super) fn of(cause: impl Into<Cause>) -> Self {
        Self::with_causes(vec![cause.into()])
    }

    /// There is at least one.
    pub(super) fn with_causes(causes: Vec<Cause>) -> Self {
        Self {
            causes,
            lines: Vec::new(),
            omitted: 0,
            code: None,
            said: String::new(),
        }
    }

    /// Keeps all lines, or of too many those that differ first.
    pub(super) fn with_lines(mut self, mut lines: Vec<Line>) -> Self {
        let all = lines.len();
        if all > MOST_LINES {
            lines.retain(|line| line.differs);
            lines.truncate(MOST_LINES);
        }
        self.omitted = all - lines.len();
        self.lines = lines;
        self
    }

    pub(super) fn into_lines(self) -> Vec<Line> {
        self.lines
    }

    pub(super) fn saying(mut self, code: Option<&str>, words: &str, mask: &Mask<'_>) -> Self {
        self.code = code.map(|code| mask.words(code));
        self.said = mask.words(words.trim());
        self
    }

    /// The same with every text of the request and of the server changed, by somebody who knows of
    /// more that must not be shown.
    #[must_use]
    pub fn with_texts(mut self, change: impl Fn(String) -> String) -> Self {
        self.code = self.code.map(&change);
        self.said = change(self.said);
        for line in &mut self.lines {
            line.ours = line.ours.take().map(&change);
            line.theirs = line.theirs.take().map(&change);
        }
        self
    }

    /// The cause, or of several the one that comes first in a request.
    pub fn cause(&self) -> &Cause {
        &self.causes[0]
    }

    /// All causes; there is at least one.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// What was signed, line by line; empty where the server shows nothing.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How many lines were left out, of too many.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// The server's error code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The server's words, without what it computed the signature from.
    pub fn said(&self) -> &str {
        &self.said
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "method",
            Self::Path => "path",
            Self::Query => "query",
            Self::Header(name) => return f.pad(name),
            Self::SignedHeaders => "signed headers",
            Self::BodyHash => "hash of the body",
            Self::ContentMd5 => "Content-MD5",
            Self::ContentType => "Content-Type",
            Self::Expires => "Expires",
            Self::Resource => "resource",
        })
    }
}

impl fmt::Display for Line {
    /// One line if both are the same; else three, marked with `!`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn shown(text: Option<&str>) -> &str {
            match text {
                None => "(not there)",
                Some("") => "(empty)",
                Some(text) => text,
            }
        }
        if !self.differs {
            let text = self.ours().or(self.theirs());
            return write!(f, "  {}: {}", self.part, shown(text));
        }
        writeln!(f, "! {}:", self.part)?;
        writeln!(f, "    here      {}", shown(self.ours()))?;
        write!(f, "    at server {}", shown(self.theirs()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for cause in &self.causes {
            writeln!(f, "cause: {cause}")?;
        }
        let mut given: Vec<&str> = Vec::new();
        for advice in self.causes.iter().map(Cause::advice) {
            if !given.contains(&advice) {
                writeln!(f, "what to do: {advice}")?;
                given.push(advice);
            }
        }
        match &self.code {
            Some(code) => writeln!(f, "the server said: {} [{code}]", self.said)?,
            None if self.said.is_empty() => {}
            None => writeln!(f, "the server said: {}", self.said)?,
        }
        if !self.lines.is_empty() {
            writeln!(f, "what was signed (! marks what differs):")?;
        }
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        if self.omitted > 0 {
            writeln!(f, "  ({} more lines)", self.omitted)?;
        }
        Ok(())
    }
}
