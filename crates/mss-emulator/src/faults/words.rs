//! Faults as words: JSON, as the page and Python give them, and the short form of the command.

use std::{str::FromStr, time::Duration};

use serde_json::{Map, Value};

use super::{
    Fault, FaultError, Kind, Point,
    answer::{Answer, status_of},
    fields::Fields,
};
use crate::view::Operation;

const HOW: &str = "reset, close, slow_close, black_hole, truncate, latency, bandwidth, slice, \
                   status, expired, no_continue";
const AT: &str = "connect, request, body, received, answer, answer_body, done";

/// Names whose values the short form takes as they stand.
const TEXTS: [&str; 8] = [
    "operation",
    "how",
    "at",
    "file_id",
    "code",
    "retry_after",
    "location",
    "content_type",
];

impl Fault {
    /// Reads a fault from a JSON object:
    /// `{"operation": "put", "how": "reset", "after_bytes": 1000, "times": 2}`.
    /// `docs/emulator.md` lists the names.
    ///
    /// # Errors
    /// [`FaultError`] when it isn't JSON, or has a name or a value that means nothing.
    pub fn from_json(text: &str) -> Result<Self, FaultError> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self::from_fields(fields),
            Ok(_) => Err(FaultError("a fault is a JSON object".to_owned())),
            Err(error) => Err(FaultError(format!("a fault is a JSON object: {error}"))),
        }
    }

    fn from_fields(fields: Map<String, Value>) -> Result<Self, FaultError> {
        let mut fields = Fields::new(fields);
        let operation = match fields.text("operation")? {
            Some(word) if word != "any" => Some(word.parse::<Operation>()?),
            _ => None,
        };
        let fault = Self {
            kind: kind(&mut fields)?,
            operation,
            file_id: fields.text("file_id")?,
            times: fields.times()?,
            point: None,
        };
        let point = point(&mut fields, &fault.kind)?;
        fields.end(fault.kind.word())?;
        Self { point, ..fault }.checked()
    }
}

/// The form of the command: `put:reset@1000,times=2`, `confirm:503,applied=true`.
impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let form = || {
            FaultError(format!(
                "{text:?} is not OPERATION:HOW[@BYTES][,NAME=VALUE]..., such as put:reset@1000"
            ))
        };
        let (operation, rest) = text.split_once(':').ok_or_else(form)?;
        let mut words = rest.split(',');
        let how = words.next().unwrap_or_default();
        let (how, after_bytes) = match how.split_once('@') {
            Some((how, bytes)) => (how, Some(bytes)),
            None => (how, None),
        };
        let mut fields = Map::new();
        fields.insert("operation".to_owned(), operation.into());
        if how.starts_with(|first: char| first.is_ascii_digit()) {
            fields.insert("status".to_owned(), bare(how));
        } else {
            fields.insert("how".to_owned(), how.into());
        }
        if let Some(bytes) = after_bytes {
            fields.insert("after_bytes".to_owned(), bare(bytes));
        }
        for word in words {
            let (name, value) = word.split_once('=').ok_or_else(form)?;
            let value = if TEXTS.contains(&name) {
                value.into()
            } else {
                bare(value)
            };
            if fields.insert(name.to_owned(), value).is_some() {
                return Err(FaultError(format!("{name} is given twice")));
            }
        }
        Self::from_fields(fields)
    }
}

/// A number or `true` where it is one, else text.
fn bare(text: &str) -> Value {
    serde_json::from_str(text)
        .ok()
        .filter(|value: &Value| !value.is_object() && !value.is_array())
        .unwrap_or_else(|| text.into())
}

fn kind(fields: &mut Fields) -> Result<Kind, FaultError> {
    let how = match fields.text("how")? {
        Some(how) => how,
        None if fields.has("status") || fields.has("code") => "status".to_owned(),
        None => return Err(FaultError(format!("how is missing; it is one of {HOW}"))),
    };
    Ok(match how.as_str() {
        "reset" => Kind::Reset,
        "close" => Kind::Close,
        "slow_close" => Kind::SlowClose(fields.needed(&how, "delay", Fields::seconds)?),
        "black_hole" => Kind::BlackHole,
        "truncate" => Kind::Truncate,
        "latency" => Kind::Latency(fields.needed(&how, "delay", Fields::seconds)?),
        "bandwidth" => Kind::Bandwidth {
            bytes_per_second: fields.needed(&how, "bytes_per_second", Fields::integer)?,
        },
        "slice" => Kind::Slice {
            size: fields.integer("size")?.unwrap_or(1),
            pause: fields.seconds("delay")?.unwrap_or(Duration::ZERO),
        },
        "status" => Kind::Status(Box::new(answer(fields)?)),
        "expired" => Kind::Expired,
        "no_continue" => Kind::NoContinue,
        _ => {
            return Err(FaultError(format!(
                "how is one of {HOW}, or a status; not {how:?}"
            )));
        }
    })
}

fn answer(fields: &mut Fields) -> Result<Answer, FaultError> {
    let code = fields.text("code")?;
    let status = match (fields.integer("status")?, &code) {
        // One that is too large is refused with those that are too small.
        (Some(status), _) => u16::try_from(status).unwrap_or(0),
        (None, Some(code)) => status_of(code),
        (None, None) => return Err(FaultError("how status needs status or code".to_owned())),
    };
    let body = fields.text("body")?;
    let content_type = fields.text("content_type")?;
    Ok(Answer {
        code,
        retry_after: fields.text("retry_after")?,
        location: fields.text("location")?,
        content_type: content_type.or_else(|| body.as_ref().map(|_| "text/html".to_owned())),
        body,
        request_id: fields.truth("request_id")?.unwrap_or(true),
        applied: fields.truth("applied")?.unwrap_or(false),
        ..Answer::new(status)
    })
}

fn point(fields: &mut Fields, kind: &Kind) -> Result<Option<Point>, FaultError> {
    let bytes = fields.integer("after_bytes")?;
    let at = match fields.text("at")? {
        Some(at) => at,
        None if *kind == Kind::Truncate => "answer".to_owned(),
        None if bytes.is_some() => "body".to_owned(),
        None => return Ok(None),
    };
    let after = bytes.unwrap_or(0);
    let point = match at.as_str() {
        "connect" => Point::Connect,
        "request" => Point::Request(after),
        "body" => Point::Body(after),
        "received" => Point::Received,
        "answer" => Point::Answer(after),
        "answer_body" => Point::AnswerBody(after),
        "done" => Point::Done,
        _ => return Err(FaultError(format!("at is one of {AT}; not {at:?}"))),
    };
    if bytes.is_some() && point.bytes().is_none() {
        return Err(FaultError(format!("at {at} takes no after_bytes")));
    }
    Ok(Some(point))
}

impl Kind {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Close => "close",
            Self::SlowClose(_) => "slow_close",
            Self::BlackHole => "black_hole",
            Self::Truncate => "truncate",
            Self::Latency(_) => "latency",
            Self::Bandwidth { .. } => "bandwidth",
            Self::Slice { .. } => "slice",
            Self::Status(_) => "status",
            Self::Expired => "expired",
            Self::NoContinue => "no_continue",
        }
    }
}

impl Point {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Request(_) => "request",
            Self::Body(_) => "body",
            Self::Received => "received",
            Self::Answer(_) => "answer",
            Self::AnswerBody(_) => "answer_body",
            Self::Done => "done",
        }
    }

    pub(super) fn bytes(self) -> Option<u64> {
        match self {
            Self::Request(bytes)
            | Self::Body(bytes)
            | Self::Answer(bytes)
            | Self::AnswerBody(bytes) => Some(bytes),
            Self::Connect | Self::Received | Self::Done => None,
        }
    }
}
