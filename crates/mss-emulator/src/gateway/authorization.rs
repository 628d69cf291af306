//! Reads `ALGORITHM Access=.., SignedHeaders=.., Signature=..`; with a derived key
//! `Credential=access key/day/region/service` stands in place of `Access`.

use http::{HeaderMap, header};

use super::algorithm::Algorithm;

/// The header, taken apart.
pub(super) struct Authorization {
    pub(super) algorithm: Algorithm,
    pub(super) access_key: String,
    /// What the key was derived for: `day/region/service`. Empty with the key itself.
    pub(super) scope: String,
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

    /// The same, if it signs what the gateway wants to be signed.
    pub(super) fn of_enough(self) -> Result<Self, &'static str> {
        let signs = |name| self.signed_headers.iter().any(|signed| signed == name);
        if !signs("x-sdk-date") {
            return Err("x-sdk-date is not among the signed headers");
        }
        if !signs("host") {
            return Err("host is not among the signed headers");
        }
        Ok(self)
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let (algorithm, parts) = text.split_once(' ').ok_or("garbled")?;
        let algorithm = Algorithm::named(algorithm).ok_or("unknown algorithm")?;
        let (mut key, mut signed, mut signature) = (None, None, None);
        for part in parts.split(',') {
            let (name, value) = part.trim().split_once('=').ok_or("garbled")?;
            let slot = match name {
                "SignedHeaders" => &mut signed,
                "Signature" => &mut signature,
                name if name == algorithm.key_part() => &mut key,
                _ => return Err("unknown part"),
            };
            if value.is_empty() || slot.replace(value).is_some() {
                return Err("a part is empty or given twice");
            }
        }
        let key = key.ok_or("the part with the access key is missing")?;
        let (access_key, scope) = match algorithm {
            Algorithm::SdkHmacSha256 | Algorithm::SdkHmacSm3 => (key, ""),
            Algorithm::V11HmacSha256 => split_credential(key)?,
        };
        let signed = signed.ok_or("SignedHeaders is missing")?;
        Ok(Self {
            algorithm,
            access_key: access_key.to_owned(),
            scope: scope.to_owned(),
            signed_headers: signed.split(';').map(str::to_owned).collect(),
            signature: signature.ok_or("Signature is missing")?.to_owned(),
        })
    }
}

/// The access key comes first, and may have slashes itself.
fn split_credential(credential: &str) -> Result<(&str, &str), &'static str> {
    let garbled = "Credential isn't access key, day, region and service";
    let (third_last, _) = credential.rmatch_indices('/').nth(2).ok_or(garbled)?;
    let (access_key, scope) = (&credential[..third_last], &credential[third_last + 1..]);
    if access_key.is_empty() || scope.split('/').any(str::is_empty) {
        return Err(garbled);
    }
    Ok((access_key, scope))
}
