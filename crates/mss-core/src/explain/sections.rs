//! A canonical request in its parts.

use super::Obstacle;

/// The parts of a canonical request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sections<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    /// Names and values in the order in which they stand.
    pub(super) headers: Vec<(&'a str, &'a str)>,
    /// The names, joined by `;`.
    pub(super) signed_headers: &'a str,
    pub(super) body_hash: &'a str,
}

impl<'a> Sections<'a> {
    /// Reads a canonical request as our signer writes it, a line each.
    pub(super) fn of_canonical_request(text: &'a str) -> Result<Self, Obstacle> {
        Self::of_lines(text).ok_or(Obstacle::OursIsNone)
    }

    fn of_lines(text: &'a str) -> Option<Self> {
        let (method, rest) = text.split_once('\n')?;
        let (path, rest) = rest.split_once('\n')?;
        let (query, rest) = rest.split_once('\n')?;
        let (rest, body_hash) = rest.rsplit_once('\n')?;
        let (headers, signed_headers) = rest.rsplit_once('\n')?;
        let headers = headers.lines().map(|line| line.split_once(':'));
        Some(Self {
            method,
            path,
            query,
            headers: headers.collect::<Option<_>>()?,
            signed_headers,
            body_hash,
        })
    }
}
