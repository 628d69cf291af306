//! What a derived key is good for.

use crate::InvalidInput;

/// The region and the service that a key of `V11-HMAC-SHA256` is derived for; the day comes from
/// the date of the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyScope {
    pub(super) region: String,
    pub(super) service: String,
}

impl KeyScope {
    /// A region by its id, `globe` for a global service, and a service by its short name, both as
    /// the gateway knows them. No list of the names is published.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when one is empty or holds what would end it in `Authorization`: a slash, a
    /// comma, a blank, anything but visible ASCII characters.
    pub fn new(
        region: impl Into<String>,
        service: impl Into<String>,
    ) -> Result<Self, InvalidInput> {
        Ok(Self {
            region: checked("region", region.into())?,
            service: checked("service", service.into())?,
        })
    }
}

fn checked(field: &'static str, value: String) -> Result<String, InvalidInput> {
    if value.is_empty() {
        return Err(InvalidInput::new(field, "is empty"));
    }
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b',';
    if !value.bytes().all(fits) {
        let problem = "may only hold visible ASCII characters, neither slash nor comma";
        return Err(InvalidInput::with_value(field, problem, &value));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_name_in_the_header_is_refused() {
        for bad in ["", "a/b", "a,b", "a b", "a\n", "é", "\u{7f}"] {
            assert_eq!(KeyScope::new(bad, "s").unwrap_err().field(), "region");
            assert_eq!(KeyScope::new("r", bad).unwrap_err().field(), "service");
        }
        KeyScope::new("cn-north-4", "metastudio").unwrap();
    }
}
