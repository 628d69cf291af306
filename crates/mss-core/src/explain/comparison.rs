//! Two canonical requests side by side: which lines differ, and what that means.

use std::collections::BTreeMap;

use percent_encoding::percent_decode;

use super::{
    Cause, Line, Part, Report,
    printable::{Mask, is_hidden, is_secret, printable},
    sections::Sections,
};

/// What a server computed a signature from, with nothing of ours beside it.
pub(super) fn shown(theirs: &Sections<'_>, mask: &Mask<'_>) -> Vec<Line> {
    let mut lines = of(theirs, theirs, mask).into_lines();
    for line in &mut lines {
        line.ours = None;
    }
    lines
}

/// Compares what we signed with what the gateway did.
pub(super) fn of(ours: &Sections<'_>, theirs: &Sections<'_>, mask: &Mask<'_>) -> Report {
    let mut found = Found::default();
    let target = |text: &str| mask.target(text);
    found.line(Part::Method, ours.method, theirs.method, target, |_, _| {
        Cause::Method
    });
    found.line(Part::Path, ours.path, theirs.path, target, cause_of_path);
    found.line(
        Part::Query,
        ours.query,
        theirs.query,
        target,
        cause_of_query,
    );
    let causes_before = found.causes.len();
    found.headers(ours, theirs, mask);
    let headers_differ = found.causes.len() > causes_before;
    let (names, their_names) = (ours.signed_headers, theirs.signed_headers);
    found.line(
        Part::SignedHeaders,
        names,
        their_names,
        printable,
        |_, _| Cause::SignedHeaders,
    );
    if headers_differ && found.causes.last() == Some(&Cause::SignedHeaders) {
        found.causes.pop(); // the list only follows the headers
    }
    let (hash, their_hash) = (ours.body_hash, theirs.body_hash);
    found.line(Part::BodyHash, hash, their_hash, printable, |_, _| {
        Cause::BodyHash
    });
    if found.causes.is_empty() {
        found.causes.push(Cause::Key);
    }
    Report::with_causes(found.causes).with_lines(found.lines)
}

#[derive(Default)]
struct Found {
    causes: Vec<Cause>,
    lines: Vec<Line>,
}

impl Found {
    fn line(
        &mut self,
        part: Part,
        ours: &str,
        theirs: &str,
        fit: impl Fn(&str) -> String,
        cause: impl FnOnce(&str, &str) -> Cause,
    ) {
        let differs = ours != theirs;
        if differs {
            self.causes.push(cause(ours, theirs));
        }
        self.lines.push(Line {
            part,
            ours: Some(fit(ours)),
            theirs: Some(fit(theirs)),
            differs,
        });
    }

    /// Name by name, whatever order they stand in.
    fn headers(&mut self, ours: &Sections<'_>, theirs: &Sections<'_>, mask: &Mask<'_>) {
        let mut names: BTreeMap<&str, [Vec<&str>; 2]> = BTreeMap::new();
        for (side, sections) in [ours, theirs].into_iter().enumerate() {
            for (name, value) in &sections.headers {
                names.entry(name).or_default()[side].push(value);
            }
        }
        for (name, [ours, theirs]) in names {
            self.header(name, &ours, &theirs, mask);
        }
    }

    fn header(&mut self, name: &str, ours: &[&str], theirs: &[&str], mask: &Mask<'_>) {
        let same = |(ours, theirs): (&&str, &&str)| {
            ours == theirs || is_secret(name) && is_hidden(ours, theirs)
        };
        let differs = ours.len() != theirs.len() || !ours.iter().zip(theirs).all(same);
        if differs {
            let has_value = |values: &[&str]| values.iter().any(|value| !value.is_empty());
            let name = printable(name);
            self.causes.push(if theirs.len() > ours.len() {
                Cause::HeaderAdded(name)
            } else if theirs.len() < ours.len() || has_value(ours) && !has_value(theirs) {
                Cause::HeaderRemoved(name)
            } else {
                Cause::HeaderChanged(name)
            });
        }
        let fit = |value: Option<&&str>| value.map(|value| mask.header(name, value));
        for at in 0..ours.len().max(theirs.len()) {
            let (ours, theirs) = (ours.get(at), theirs.get(at));
            self.lines.push(Line {
                part: Part::Header(printable(name)),
                ours: fit(ours),
                theirs: fit(theirs),
                differs: ours.zip(theirs).is_none_or(|pair| !same(pair)),
            });
        }
    }
}

pub(super) fn cause_of_path(ours: &str, theirs: &str) -> Cause {
    if decoded(ours) == decoded(theirs) {
        Cause::PathEncoding
    } else {
        Cause::Path
    }
}

fn cause_of_query(ours: &str, theirs: &str) -> Cause {
    fn sorted(query: &str) -> Vec<&str> {
        let mut pairs: Vec<_> = query.split('&').collect();
        pairs.sort_unstable();
        pairs
    }
    let all_decoded = |query| {
        let pairs = sorted(query).into_iter().map(|pair| {
            let mut pair = decoded(pair);
            // Some read a plus sign as a blank. An empty value needs no sign.
            pair.iter_mut()
                .filter(|byte| **byte == b'+')
                .for_each(|byte| *byte = b' ');
            while pair.last() == Some(&b'=') {
                pair.pop();
            }
            pair
        });
        let mut pairs: Vec<_> = pairs.filter(|pair| !pair.is_empty()).collect();
        pairs.sort_unstable();
        pairs
    };
    if sorted(ours) == sorted(theirs) {
        Cause::QueryOrder
    } else if all_decoded(ours) == all_decoded(theirs) {
        Cause::QueryEncoding
    } else {
        Cause::Query
    }
}

/// Without any encoding, also where it was encoded twice, and without slashes at the end.
fn decoded(text: &str) -> Vec<u8> {
    const TWICE_AND_ONCE_MORE: usize = 3;
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..TWICE_AND_ONCE_MORE {
        bytes = percent_decode(&bytes).collect();
    }
    while bytes.last() == Some(&b'/') {
        bytes.pop();
    }
    bytes
}
