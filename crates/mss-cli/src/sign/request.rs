//! The request that is described by the arguments.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use http::{HeaderName, HeaderValue, Method, Request, Uri, header::AUTHORIZATION};
use mss_core::signing::DATE_HEADER;
use time::{OffsetDateTime, PrimitiveDateTime, format_description};

use crate::failure::Failure;

/// What belongs to a request beside its method and URL.
#[derive(Debug, clap::Args)]
pub(crate) struct RequestArgs {
    /// Header of the request; may be repeated
    #[arg(
        long = "header",
        value_name = "NAME: VALUE",
        allow_hyphen_values = true
    )]
    pub(crate) headers: Vec<String>,

    /// Body of the request
    #[arg(
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        conflicts_with = "body_file"
    )]
    pub(crate) body: Option<String>,

    /// File with the body of the request; - reads stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) body_file: Option<PathBuf>,

    /// Time of the signature in UTC, as in 20260102T030405Z [default: now]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) date: Option<OffsetDateTime>,
}

impl RequestArgs {
    pub(crate) fn is_empty(&self) -> bool {
        let no_body = self.body.is_none() && self.body_file.is_none();
        no_body && self.headers.is_empty() && self.date.is_none()
    }
}

/// A request as it was given: what is signed, and what curl needs beyond it.
pub(crate) struct Given {
    pub(crate) request: Request<Vec<u8>>,
    /// The URL letter by letter: parsing drops a fragment, for one.
    pub(super) url: String,
    pub(super) body_file: Option<PathBuf>,
}

impl Given {
    pub(crate) fn new(
        method: &str,
        url: &str,
        args: &RequestArgs,
        stdin: &mut dyn Read,
    ) -> Result<Self, Failure> {
        let mut request = Request::new(Vec::new());
        *request.method_mut() = parse_method(method)?;
        *request.uri_mut() = parse_url(url)?;
        for text in &args.headers {
            let (name, value) = header(text)?;
            if name == AUTHORIZATION {
                let problem = "leave the Authorization header out: this command makes it";
                return Err(Failure::Usage(problem.to_owned()));
            }
            if name == DATE_HEADER && args.date.is_some() {
                let problem = "give --date or the header X-Sdk-Date, not both";
                return Err(Failure::Usage(problem.to_owned()));
            }
            request.headers_mut().append(name, value);
        }
        *request.body_mut() = match (&args.body, &args.body_file) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(path)) => read(path, stdin).map_err(|error| Failure::file(path, error))?,
            (None, None) => Vec::new(),
        };
        Ok(Self {
            request,
            url: url.to_owned(),
            body_file: args.body_file.clone(),
        })
    }
}

fn parse_method(text: &str) -> Result<Method, Failure> {
    let upper = text.to_ascii_uppercase();
    Method::from_bytes(upper.as_bytes())
        .map_err(|_| Failure::Usage(format!("{text:?} is no HTTP method")))
}

fn parse_url(text: &str) -> Result<Uri, Failure> {
    let refuse = |problem: &str| Err(Failure::Usage(format!("the URL {problem}")));
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return refuse("must begin with https:// or http://");
    }
    let Ok(uri) = text.parse::<Uri>() else {
        return refuse("can't be read: what isn't ASCII, and blanks, must be percent-encoded");
    };
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            refuse("may not hold a user name or password")
        }
        Some(authority) if !authority.host().is_empty() => Ok(uri),
        _ => refuse("must name a host"),
    }
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    // A value may be a secret, so only the name is repeated.
    let Some((name, value)) = text.split_once(':') else {
        let problem = "a header must read 'Name: value'; one has no colon";
        return Err(Failure::Usage(problem.to_owned()));
    };
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Failure::Usage(format!("{name:?} is no name of a header")))?;
    let value = HeaderValue::from_bytes(value.as_bytes().trim_ascii())
        .map_err(|_| Failure::Usage(format!("header {name} holds a control character")))?;
    Ok((parsed, value))
}

fn read(path: &Path, stdin: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return fs::read(path);
    }
    let mut body = Vec::new();
    stdin.read_to_end(&mut body)?;
    Ok(body)
}

/// Reads a date in the form that the signature uses.
pub(crate) fn date(text: &str) -> Result<OffsetDateTime, String> {
    let form = "[year][month][day]T[hour][minute][second]Z";
    let form = format_description::parse_borrowed::<2>(form).map_err(|error| error.to_string())?;
    PrimitiveDateTime::parse(text, &form)
        .map(PrimitiveDateTime::assume_utc)
        .map_err(|_| "must read YYYYMMDDTHHMMSSZ, in UTC".to_owned())
}
