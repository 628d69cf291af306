//! The content of a file: one object, or parts that become one.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};

use crate::{object_store::StoredObject, view::PutView};

/// The smallest part that the object store puts together with others, in bytes; the last one may
/// be smaller.
const MIN_PART: u64 = 100 * 1024;

pub(in super::super) enum Content {
    /// Announced with its MD5.
    Whole {
        md5: String,
        object: Option<StoredObject>,
    },
    /// One for each URL that was handed out.
    Parts(Vec<Option<StoredObject>>),
}

impl Content {
    /// Where an upload goes; parts count from 1.
    pub(super) fn slot(&mut self, part: Option<usize>) -> Option<&mut Option<StoredObject>> {
        match (self, part) {
            (Self::Whole { object, .. }, None) => Some(object),
            (Self::Parts(parts), Some(number)) => parts.get_mut(number.checked_sub(1)?),
            _ => None,
        }
    }

    /// Why it can't be the content of a file of the announced size.
    pub(in super::super) fn problem(&self, announced: Option<u64>) -> Option<&'static str> {
        let parts = match self {
            Self::Whole { object, .. } => {
                return object.is_none().then_some("no content was uploaded");
            }
            Self::Parts(parts) => parts,
        };
        let Some(sizes) = sizes(parts) else {
            return Some("not all parts were uploaded");
        };
        let all_but_last = sizes.split_last().map_or(&[][..], |(_, others)| others);
        if all_but_last.iter().any(|size| *size < MIN_PART) {
            return Some("a part before the last is smaller than 100 KB");
        }
        announced
            .is_some_and(|announced| announced != sizes.iter().sum::<u64>())
            .then_some("the parts don't have the announced size together")
    }

    /// Forgets what was uploaded; the bytes that were kept of it.
    pub(super) fn clear(&mut self) -> usize {
        let slots = match self {
            Self::Whole { object, .. } => std::slice::from_mut(object),
            Self::Parts(parts) => parts.as_mut_slice(),
        };
        let taken = slots.iter_mut().filter_map(Option::take);
        taken.map(|object| object.kept_bytes()).sum()
    }

    /// All bytes, when they are there and were kept.
    pub(in super::super) fn body(&self) -> Option<Vec<u8>> {
        match self {
            Self::Whole { object, .. } => object.as_ref()?.body.clone(),
            Self::Parts(parts) => Some(kept(parts)?.concat()),
        }
    }

    /// The announced MD5; none for parts.
    pub(in super::super) fn announced_md5(&self) -> Option<&str> {
        match self {
            Self::Whole { md5, .. } => Some(md5),
            Self::Parts(_) => None,
        }
    }

    pub(super) fn put_view(&self) -> Option<PutView> {
        let parts = match self {
            Self::Whole { object, .. } => return object.as_ref().map(view),
            Self::Parts(parts) => parts,
        };
        let md5 = kept(parts).map(|bodies| {
            let mut digest = Md5::new();
            for body in bodies {
                digest.update(body);
            }
            STANDARD.encode(digest.finalize())
        });
        Some(PutView {
            size: sizes(parts)?.iter().sum(),
            body_kept: md5.is_some(),
            md5: md5.unwrap_or_default(),
        })
    }

    pub(super) fn part_views(&self) -> Vec<Option<PutView>> {
        match self {
            Self::Whole { .. } => Vec::new(),
            Self::Parts(parts) => parts.iter().map(|part| part.as_ref().map(view)).collect(),
        }
    }
}

/// The sizes of the parts, when all are there.
fn sizes(parts: &[Option<StoredObject>]) -> Option<Vec<u64>> {
    parts.iter().map(|part| Some(part.as_ref()?.size)).collect()
}

/// The bytes of the parts, when all were kept.
fn kept(parts: &[Option<StoredObject>]) -> Option<Vec<&[u8]>> {
    parts
        .iter()
        .map(|part| part.as_ref()?.body.as_deref())
        .collect()
}

fn view(object: &StoredObject) -> PutView {
    PutView {
        size: object.size,
        md5: object.md5_base64(),
        body_kept: object.body.is_some(),
    }
}
