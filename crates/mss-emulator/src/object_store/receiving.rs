//! Content on its way in: hashed as it comes, kept only when small.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use md5::{Digest, Md5};

use super::StoreError;

/// An upload under way.
pub(crate) struct Receiving {
    file_id: String,
    /// The part of a large file, from 1.
    part: Option<usize>,
    announced_md5: Option<String>,
    announced_size: u64,
    digest: Md5,
    size: u64,
    body: Option<Vec<u8>>,
}

/// What an object became.
pub(crate) struct StoredObject {
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    pub(crate) body: Option<Vec<u8>>,
}

impl StoredObject {
    pub(crate) fn md5_base64(&self) -> String {
        STANDARD.encode(self.md5)
    }

    /// The quoted hexadecimal MD5.
    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", base16ct::lower::encode_string(&self.md5))
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.body.as_ref().map_or(0, Vec::len)
    }
}

impl Receiving {
    pub(crate) fn new(
        file_id: String,
        part: Option<usize>,
        md5: Option<String>,
        size: u64,
        keep: bool,
    ) -> Self {
        Self {
            file_id,
            part,
            announced_md5: md5,
            announced_size: size,
            digest: Md5::new(),
            size: 0,
            body: keep.then(Vec::new),
        }
    }

    pub(crate) fn file_id(&self) -> &str {
        &self.file_id
    }

    pub(crate) fn part(&self) -> Option<usize> {
        self.part
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.digest.update(chunk);
        self.size += chunk.len() as u64;
        // The length was promised; whoever breaks the promise gets no memory for it.
        if self.size > self.announced_size {
            self.body = None;
        }
        if let Some(body) = &mut self.body {
            body.extend_from_slice(chunk);
        }
    }

    /// The object, when the bytes are the announced ones.
    pub(crate) fn finish(self) -> Result<StoredObject, StoreError> {
        if self.size != self.announced_size {
            return Err(StoreError::new(
                StatusCode::BAD_REQUEST,
                "IncompleteBody",
                "The body is shorter or longer than announced",
            ));
        }
        let object = StoredObject {
            size: self.size,
            md5: self.digest.finalize().into(),
            body: self.body,
        };
        if self
            .announced_md5
            .is_some_and(|announced| announced != object.md5_base64())
        {
            return Err(StoreError::new(
                StatusCode::BAD_REQUEST,
                "BadDigest",
                "Content-MD5 doesn't fit the bytes received",
            ));
        }
        Ok(object)
    }
}
