//! Reads `SDK-HMAC-SHA256 Access=.., SignedHeaders=.., Signature=..`.

use http::{HeaderMap, header};

pub(super) const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// The three parts of the header.
pub(super) struct Authorization {
    pub(super) access_key: String,
    /// Names in the order of the header.
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
}

impl Authorization {
    /// `None` without the header; `Some(Err)` says what is wrong with it.
    pub(super) fn of(headers: &HeaderMap) -> Option<Result<Self, &'static str>> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let value = values.next()?;
        if values.next().is_some() {
            return Some(Err("given twice"));
        }
        Some(match value.to_str() {
            Ok(text) => Self::parse(text),
            Err(_) => Err("not ASCII"),
        })
    }

    pub(super) fn signs(&self, name: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == name)
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let (algorithm, parts) = text.split_once(' ').ok_or("garbled")?;
        if algorithm != ALGORITHM {
            return Err("unknown algorithm");
        }
        let (mut access, mut signed, mut signature) = (None, None, None);
        for part in parts.split(',') {
            let (name, value) = part.trim().split_once('=').ok_or("garbled")?;
            let slot = match name {
                "Access" => &mut access,
                "SignedHeaders" => &mut signed,
                "Signature" => &mut signature,
                _ => return Err("unknown part"),
            };
            if value.is_empty() || slot.replace(value).is_some() {
                return Err("a part is empty or given twice");
            }
        }
        let signed = signed.ok_or("SignedHeaders is missing")?;
        Ok(Self {
            access_key: access.ok_or("Access is missing")?.to_owned(),
            signed_headers: signed.split(';').map(str::to_owned).collect(),
            signature: signature.ok_or("Signature is missing")?.to_owned(),
        })
    }
}
