//! The object store's string to sign beside the request that was sent.

use http::{HeaderMap, Request, Uri};
use percent_encoding::percent_decode_str;

use super::{
    Cause, Line, Obstacle, Part, Report,
    comparison::cause_of_path,
    printable::{Mask, printable},
};

/// What of the URL is secret: the values of its query, but for the time of its end.
pub(super) fn secrets_of(uri: &Uri) -> Vec<String> {
    let values = parameters(uri).filter(|(name, _)| !is_expires(name));
    let both = values.flat_map(|(_, value)| {
        let decoded = percent_decode_str(value).decode_utf8_lossy().into_owned();
        [value.to_owned(), decoded]
    });
    both.collect()
}

/// The lines are the method, `Content-MD5`, `Content-Type`, the end of the URL's time, the
/// headers whose names begin with `x-obs-` or `x-amz-`, and the resource.
///
/// Source: [signature in a URL](https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0011.html).
pub(super) fn compare<B>(shown: &str, sent: Option<&Request<B>>, mask: &Mask<'_>) -> Report {
    let Some(shown) = Shown::read(shown) else {
        return Report::of(Obstacle::Malformed);
    };
    let Some(sent) = sent else {
        return Report::of(Obstacle::NothingOfOurs).with_lines(shown.lines(mask));
    };
    let mut found = Found {
        mask,
        causes: Vec::new(),
        lines: Vec::new(),
    };
    let header = |name| value(sent.headers(), name);
    let expires = parameters(sent.uri()).find(|(name, _)| is_expires(name));
    let expires = expires.map_or("", |(_, value)| value).to_owned();
    let method = sent.method().as_str();
    found.line(Part::Method, method, shown.method, Cause::Method);
    let md5 = header("content-md5");
    found.line(Part::ContentMd5, &md5, shown.md5, Cause::ContentMd5);
    let content_type = header("content-type");
    found.line(
        Part::ContentType,
        &content_type,
        shown.content_type,
        Cause::ContentType,
    );
    found.line(Part::Expires, &expires, shown.expires, Cause::Expires);
    found.headers(sent.headers(), &shown.headers);
    found.resource(sent.uri(), shown.resource);
    if found.causes.is_empty() {
        found.causes.push(Cause::SignedUrl);
    }
    Report::with_causes(found.causes).with_lines(found.lines)
}

struct Shown<'a> {
    method: &'a str,
    md5: &'a str,
    content_type: &'a str,
    expires: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    resource: &'a str,
}

impl<'a> Shown<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut lines = text.trim().lines();
        let shown = Self {
            method: lines.next()?,
            md5: lines.next()?,
            content_type: lines.next()?,
            expires: lines.next()?,
            resource: lines.next_back()?,
            headers: lines
                .map(|line| line.split_once(':'))
                .collect::<Option<_>>()?,
        };
        shown.resource.starts_with('/').then_some(shown)
    }

    /// With nothing of ours beside it.
    fn lines(&self, mask: &Mask<'_>) -> Vec<Line> {
        let line = |part, theirs| Line {
            part,
            ours: None,
            theirs: Some(theirs),
            differs: false,
        };
        let mut lines = vec![
            line(Part::Method, mask.words(self.method)),
            line(Part::ContentMd5, mask.words(self.md5)),
            line(Part::ContentType, mask.words(self.content_type)),
            line(Part::Expires, mask.words(self.expires)),
        ];
        let header = |(name, value): &(&str, &str)| {
            line(Part::Header(printable(name)), mask.header(name, value))
        };
        lines.extend(self.headers.iter().map(header));
        let (path, parameters) = self.resource.split_once('?').unwrap_or((self.resource, ""));
        lines.push(line(Part::Resource, resource(path, parameters, mask)));
        lines
    }
}

/// A path and the names of parameters.
fn resource(path: &str, query: &str, mask: &Mask<'_>) -> String {
    let names = query.split('&').filter(|pair| !pair.is_empty());
    let names = names.map(|pair| pair.split('=').next().unwrap_or_default());
    let names: Vec<_> = names.map(|name| format!("{name}=***")).collect();
    let mark = if names.is_empty() { "" } else { "?" };
    mask.target(&format!("{path}{mark}{}", names.join("&")))
}

struct Found<'a> {
    mask: &'a Mask<'a>,
    causes: Vec<Cause>,
    lines: Vec<Line>,
}

impl Found<'_> {
    fn line(&mut self, part: Part, ours: &str, theirs: &str, cause: Cause) {
        let differs = ours != theirs;
        if differs {
            self.causes.push(cause);
        }
        self.lines.push(Line {
            part,
            ours: Some(self.mask.words(ours)),
            theirs: Some(self.mask.words(theirs)),
            differs,
        });
    }

    fn headers(&mut self, sent: &HeaderMap, shown: &[(&str, &str)]) {
        let is_signed = |name: &str| name.starts_with("x-obs-") || name.starts_with("x-amz-");
        let mut missing: Vec<&str> = sent.keys().map(http::HeaderName::as_str).collect();
        missing.retain(|name| is_signed(name));
        missing.sort_unstable();
        for (name, theirs) in shown {
            let was_sent = sent.contains_key(*name);
            let ours = was_sent.then(|| value(sent, name));
            missing.retain(|other| other != name);
            let cause = if was_sent {
                Cause::HeaderChanged(printable(name))
            } else {
                Cause::HeaderAdded(printable(name))
            };
            self.header(name, ours.as_deref(), Some(theirs), cause);
        }
        for name in missing {
            let cause = Cause::HeaderRemoved(name.to_owned());
            self.header(name, Some(&value(sent, name)), None, cause);
        }
    }

    fn header(&mut self, name: &str, ours: Option<&str>, theirs: Option<&str>, cause: Cause) {
        let differs = ours != theirs;
        if differs {
            self.causes.push(cause);
        }
        self.lines.push(Line {
            part: Part::Header(printable(name)),
            ours: ours.map(|value| self.mask.header(name, value)),
            theirs: theirs.map(|value| self.mask.header(name, value)),
            differs,
        });
    }

    /// The host names the bucket, or the path does. Which parameters belong to the resource is
    /// the store's to say; each has to be one of the URL's.
    fn resource(&mut self, uri: &Uri, shown: &str) {
        let (path, parameters_shown) = shown.split_once('?').unwrap_or((shown, ""));
        let bucket = uri.host().and_then(|host| host.split('.').next());
        let ours = bucket.map(|bucket| format!("/{bucket}{}", uri.path()));
        let is_same = |ours: &str| ours == path || cause_of_path(ours, path) == Cause::PathEncoding;
        let same_path = is_same(uri.path()) || ours.as_deref().is_some_and(is_same);
        let mut wanted = parameters_shown.split('&').filter(|pair| !pair.is_empty());
        let sent: std::collections::HashSet<_> = parameters(uri)
            .map(|(name, value)| (name, percent_decode_str(value).decode_utf8_lossy()))
            .collect();
        let same_parameters = wanted.all(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            sent.contains(&(name, percent_decode_str(value).decode_utf8_lossy()))
        });
        let differs = !(same_path && same_parameters);
        if differs {
            self.causes.push(Cause::Resource);
        }
        let ours = resource(ours.as_deref().unwrap_or(uri.path()), "", self.mask);
        let theirs = resource(path, parameters_shown, self.mask);
        self.lines.push(Line {
            part: Part::Resource,
            ours: Some(ours),
            theirs: Some(theirs),
            differs,
        });
    }
}

fn parameters(uri: &Uri) -> impl Iterator<Item = (&str, &str)> {
    let pairs = uri.query().unwrap_or_default().split('&');
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn is_expires(name: &str) -> bool {
    name.eq_ignore_ascii_case("expires")
}

/// A header's values as a store sees them.
fn value(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes().trim_ascii()))
        .collect();
    values.join(",")
}
