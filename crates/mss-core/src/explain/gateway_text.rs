//! Reads the gateway's canonical request, where `|` stands for line ends and may stand in a value
//! as well.

use std::collections::HashMap;

use super::{Obstacle, sections::Sections};

const LINE_END: char = '|';

/// The words of a message, without the canonical request at its end.
pub(super) fn without_canonical_request(message: &str) -> &str {
    const MARK: &str = "canonicalrequest:";
    let at = message.to_ascii_lowercase().find(MARK);
    at.map_or(message, |at| message[..at].trim_end_matches([' ', ',']))
}

/// Whether the gateway shows this very canonical request, whatever stands behind it.
pub(super) fn is_same(ours: &str, shown: &str) -> bool {
    let mut shown = shown.chars();
    let is_prefix = ours.chars().all(|c| {
        let c = if c == '\n' { LINE_END } else { c };
        shown.next() == Some(c)
    });
    is_prefix
        && !shown
            .next()
            .is_some_and(|next| next.is_ascii_alphanumeric())
}

/// Reads what the gateway shows: the method, the path and the query from the front, the hash and
/// the list of the signed headers from the end, and in between the headers by the names in that
/// list. Our own text helps where a value holds a `|`.
pub(super) fn read<'a>(
    shown: &'a str,
    ours: Option<&Sections<'_>>,
) -> Result<Sections<'a>, Obstacle> {
    let pieces = Pieces::of(shown);
    let count = pieces.count();
    // Method, path, query, the empty line, the list, the hash.
    if count < 6 || !pieces.get(count - 3).is_empty() {
        return Err(Obstacle::Malformed);
    }
    let signed_headers = pieces.get(count - 2);
    let names = Names::of(signed_headers)?;
    let method = pieces.get(0);
    if !is_token(method) || !pieces.get(1).starts_with('/') {
        return Err(Obstacle::Malformed);
    }

    let end = count - 3;
    let begin = (3..end)
        .find(|at| names.header(pieces.get(*at)).is_some())
        .unwrap_or(end);
    let (path, query) = target(&pieces, begin, ours)?;
    let headers = headers(&pieces, begin..end, &names, ours)?;
    let body_hash = body_hash(pieces.get(count - 1), &headers, ours).ok_or(Obstacle::Malformed)?;
    let theirs = Sections {
        method,
        path,
        query,
        headers,
        signed_headers,
        body_hash,
    };
    match ours {
        Some(ours) if has_other_readings(&theirs, ours) => Err(Obstacle::Ambiguous),
        _ => Ok(theirs),
    }
}

/// A text cut at each `|`.
struct Pieces<'a> {
    text: &'a str,
    /// Where each begins, and where one more would.
    begins: Vec<usize>,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.match_indices(LINE_END).map(|(at, _)| at + 1);
        let begins = std::iter::once(0).chain(ends);
        Self {
            text,
            begins: begins.chain([text.len() + 1]).collect(),
        }
    }

    fn count(&self) -> usize {
        self.begins.len() - 1
    }

    fn get(&self, at: usize) -> &'a str {
        self.join(at..at + 1)
    }

    fn join(&self, range: std::ops::Range<usize>) -> &'a str {
        &self.text[self.begins[range.start]..self.begins[range.end] - 1]
    }
}

/// The signed names and their places in the list.
struct Names<'a>(HashMap<&'a str, usize>);

impl<'a> Names<'a> {
    fn of(list: &'a str) -> Result<Self, Obstacle> {
        let mut places = HashMap::new();
        for (place, name) in list.split(';').enumerate() {
            if !is_token(name) {
                return Err(Obstacle::Malformed);
            }
            places.entry(name).or_insert(place);
        }
        Ok(Self(places))
    }

    /// The name and its place, if a header of the list begins with this piece.
    fn header<'p>(&self, piece: &'p str) -> Option<(&'p str, usize)> {
        let (name, _) = piece.split_once(':')?;
        self.0.get(name).map(|place| (name, *place))
    }
}

/// Path and query are one piece each, unless one of them holds a `|`.
fn target<'a>(
    pieces: &Pieces<'a>,
    end: usize,
    ours: Option<&Sections<'_>>,
) -> Result<(&'a str, &'a str), Obstacle> {
    let (path, last) = (pieces.get(1), pieces.get(end - 1));
    match ours {
        _ if end == 3 => Ok((path, last)),
        Some(ours) if ours.path == path => Ok((path, pieces.join(2..end))),
        Some(ours) if ours.query == last => Ok((pieces.join(1..end - 1), last)),
        _ => Err(Obstacle::Ambiguous),
    }
}

fn headers<'a>(
    pieces: &Pieces<'a>,
    range: std::ops::Range<usize>,
    names: &Names<'_>,
    ours: Option<&Sections<'_>>,
) -> Result<Vec<(&'a str, &'a str)>, Obstacle> {
    // Each value of ours is looked for once, so this takes no longer than both texts are.
    let mut ours_left: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, value) in ours.iter().flat_map(|ours| ours.headers.iter().rev()) {
        ours_left.entry(name).or_default().push(value);
    }
    let mut headers = Vec::new();
    let (mut at, mut last_place) = (range.start, 0);
    while at < range.end {
        let Some((name, place)) = names.header(pieces.get(at)) else {
            return Err(Obstacle::Malformed);
        };
        if place < last_place {
            return Err(Obstacle::Ambiguous);
        }
        last_place = place;
        let mut next = at + 1;
        let candidate = ours_left.get_mut(name).and_then(Vec::pop);
        if let Some(value) = candidate.filter(|value| value.contains(LINE_END)) {
            let whole = at + 1 + value.matches(LINE_END).count();
            let is_there =
                whole <= range.end && pieces.join(at..whole).get(name.len() + 1..) == Some(value);
            if is_there {
                next = whole;
            } else if value
                .split(LINE_END)
                .skip(1)
                .any(|it| names.header(it).is_some())
            {
                return Err(Obstacle::Ambiguous);
            }
        }
        while next < range.end && names.header(pieces.get(next)).is_none() {
            next += 1;
        }
        let value = &pieces.join(at..next)[name.len() + 1..];
        headers.push((name, value));
        at = next;
    }
    Ok(headers)
}

/// The hash, without what may stand behind it in a saved text.
fn body_hash<'a>(
    piece: &'a str,
    headers: &[(&str, &str)],
    ours: Option<&Sections<'_>>,
) -> Option<&'a str> {
    const DIGITS: usize = 64;
    let word = piece.find(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
    let word = &piece[..word.unwrap_or(piece.len())];
    let is_hash = word.len() == DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash || word == "UNSIGNED-PAYLOAD" {
        return Some(word);
    }
    // A header can stand in for the hash, with any value.
    let given = headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-sdk-content-"));
    let given = given.map(|(_, value)| *value);
    let mut known = given.chain(ours.map(|ours| ours.body_hash));
    known.any(|it| it == piece).then_some(piece)
}

/// Whether a header that comes more often than ours can as well be a part of what stands before
/// it: that differs from ours, too.
fn has_other_readings(theirs: &Sections<'_>, ours: &Sections<'_>) -> bool {
    let mut counts: HashMap<&str, isize> = HashMap::new();
    for (name, _) in &ours.headers {
        *counts.entry(name).or_default() -= 1;
    }
    for (name, _) in &theirs.headers {
        *counts.entry(name).or_default() += 1;
    }
    let ours_lines: std::collections::HashSet<_> = ours.headers.iter().collect();
    let mut before_is_ours = theirs.query == ours.query && theirs.path == ours.path;
    for header in &theirs.headers {
        let is_one_of_more = counts.get(header.0).is_some_and(|count| *count > 0);
        if is_one_of_more && !before_is_ours {
            return true;
        }
        before_is_ours = ours_lines.contains(header);
    }
    false
}

/// Whether a text can be a method or a header's name.
fn is_token(text: &str) -> bool {
    const LONGEST: usize = 256;
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`~".contains(&byte);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_fit)
}
