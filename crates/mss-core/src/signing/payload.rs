//! Step 6, the body's hash: what the request says it is, else that of the bytes.

use super::{
    hash::{self, Hash},
    hex,
};

/// The last line of the canonical request.
pub(super) enum Payload<'a> {
    /// `X-Sdk-Content-Sha256`, or the other algorithm's header, which stands there verbatim, as in
    /// the vendor's SDKs.
    Given(&'a [u8]),
    Hashed([u8; 64]),
}

impl<'a> Payload<'a> {
    pub(super) fn of<H: Hash>(given: Option<&'a [u8]>, body: &[u8]) -> Self {
        match given {
            Some(given) if !given.is_empty() => Self::Given(given),
            _ => Self::Hashed(hex::lower(&hash::digest::<H>(body))),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Given(line) => line,
            Self::Hashed(line) => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::Sha256;
    use sm3::Sm3;

    use super::*;

    #[test]
    fn the_hash_of_an_empty_body_is_the_vendors() {
        assert_eq!(
            Payload::of::<Sha256>(None, b"").as_bytes(),
            b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            Payload::of::<Sm3>(None, b"").as_bytes(),
            b"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
        );
    }

    #[test]
    fn a_given_hash_stands_verbatim_unless_it_is_empty() {
        let given = Payload::of::<Sha256>(Some(b"UNSIGNED-PAYLOAD"), b"body");
        assert_eq!(given.as_bytes(), b"UNSIGNED-PAYLOAD");
        assert_eq!(
            Payload::of::<Sha256>(Some(b""), b"body").as_bytes(),
            Payload::of::<Sha256>(None, b"body").as_bytes()
        );
    }
}
