//! What the gateway says when it refuses a key, a token or a signature.

use http::Response;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::ServiceError;

/// The kinds of refusal that the gateway's text tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal<'a> {
    /// The signature's date and the gateway's clock are too far from each other.
    SignatureExpired {
        signed_at: Option<OffsetDateTime>,
        server_time: Option<OffsetDateTime>,
    },
    /// There is no such access key.
    UnknownKey { access_key: Option<&'a str> },
    /// Too many failures: the key is locked.
    LockedKey,
    /// A token isn't valid, or not any more.
    Token,
    /// The signature isn't the one that the gateway computed, from this canonical request.
    Signature { canonical_request: Option<&'a str> },
    /// Something else.
    Other,
}

impl<'a> Refusal<'a> {
    pub(crate) fn read(message: &'a str) -> Self {
        // Only ASCII letters change, so a place in one text is the same place in the other.
        let lower = message.to_ascii_lowercase();
        let after = |mark: &str| lower.find(mark).map(|at| &message[at + mark.len()..]);
        if let Some(text) = after("canonicalrequest:") {
            return Self::Signature {
                canonical_request: Some(text.trim()).filter(|text| !text.is_empty()),
            };
        }
        if lower.contains("signature expired") {
            return Self::SignatureExpired {
                signed_at: after("signature time:").and_then(basic_time),
                server_time: after("server time:").and_then(basic_time),
            };
        }
        if lower.contains("reach the limit") {
            return Self::LockedKey;
        }
        if let Some(unknown) = unknown_key(message, &lower) {
            return unknown;
        }
        let of_a_token = [
            "decrypt token",
            "token expire",
            "token must be",
            "token not",
        ];
        if of_a_token.iter().any(|words| lower.contains(words)) {
            return Self::Token;
        }
        if lower.contains("signature") {
            return Self::Signature {
                canonical_request: None,
            };
        }
        Self::Other
    }

    /// The gateway's error, if this answer is its refusal of a key, a token or a signature: status
    /// 401 and a JSON body with one of its codes. A proxy's page never is.
    pub(crate) fn error(answer: &Response<Vec<u8>>) -> Option<ServiceError> {
        if answer.status() != 401 {
            return None;
        }
        let error = ServiceError::parse(answer.body());
        error.is_authentication_refusal().then_some(error)
    }
}

/// Finds `ak:NAME,err:ak not exist` and `ak NAME not exist`.
fn unknown_key<'a>(message: &'a str, lower: &str) -> Option<Refusal<'a>> {
    let end = lower.find("not exist")?;
    let ak = lower[..end].find("ak:").or_else(|| lower.find("ak "))?;
    let name = message[ak + 3..].trim_start();
    let is_of_a_key = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let name = &name[..name.find(|c| !is_of_a_key(c)).unwrap_or(name.len())];
    // A longer one is no access key, and might be what must not be shown.
    let is_a_name = (1..=64).contains(&name.len()) && !name.eq_ignore_ascii_case("not");
    let access_key = is_a_name.then_some(name);
    Some(Refusal::UnknownKey { access_key })
}

/// Reads `YYYYMMDDTHHMMSSZ` at the beginning of a text, also in angle brackets.
fn basic_time(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim_start_matches([' ', '<', '"']).as_bytes();
    let (digits, [b'T', time @ .., b'Z']) = text.get(..16)?.split_at(8) else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u16, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| 10 * number + u16::from(digit - b'0'))
        })
    };
    let small = |digits: &[u8]| number(digits).and_then(|number| u8::try_from(number).ok());
    let date = Date::from_calendar_date(
        number(&digits[..4])?.into(),
        Month::try_from(small(&digits[4..6])?).ok()?,
        small(&digits[6..])?,
    );
    let time = Time::from_hms(small(&time[..2])?, small(&time[2..4])?, small(&time[4..])?);
    Some(PrimitiveDateTime::new(date.ok()?, time.ok()?).assume_utc())
}

#[cfg(test)]
mod tests {
    use time::format_description::well_known::Rfc3339;

    use super::*;

    fn at(text: &str) -> OffsetDateTime {
        OffsetDateTime::parse(text, &Rfc3339).unwrap()
    }

    /// Forms of the texts that the gateway answers.
    #[test]
    fn each_kind_is_told_by_its_text() {
        let incorrect = "Incorrect IAM authentication information: ";
        for (text, expected) in [
            (
                "calc aksk signature fail:signature expired, \
                 signature time:20211217T064303Z,server time:20211217T065804Z",
                Refusal::SignatureExpired {
                    signed_at: Some(at("2021-12-17T06:43:03Z")),
                    server_time: Some(at("2021-12-17T06:58:04Z")),
                },
            ),
            (
                "Get secretKey failed,ak:NOBODY,err:ak not exist",
                Refusal::UnknownKey {
                    access_key: Some("NOBODY"),
                },
            ),
            (
                "ak NOBODYSACCESSKEY0000 not exist",
                Refusal::UnknownKey {
                    access_key: Some("NOBODYSACCESSKEY0000"),
                },
            ),
            ("ak not exist", Refusal::UnknownKey { access_key: None }),
            (
                "AK access failed to reach the limit,forbidden",
                Refusal::LockedKey,
            ),
            ("decrypt token fail", Refusal::Token),
            ("The token must be updated", Refusal::Token),
            (
                "verify aksk signature fail",
                Refusal::Signature {
                    canonical_request: None,
                },
            ),
            (
                "verify aksk signature fail, canonicalRequest:GET|/||host:h||host|00",
                Refusal::Signature {
                    canonical_request: Some("GET|/||host:h||host|00"),
                },
            ),
            ("x", Refusal::Other),
            ("", Refusal::Other),
        ] {
            assert_eq!(Refusal::read(text), expected, "{text}");
            assert_eq!(Refusal::read(&format!("{incorrect}{text}")), expected);
        }
    }

    #[test]
    fn only_a_time_is_read_as_one() {
        assert_eq!(
            basic_time("<20240229T235959Z>"),
            Some(at("2024-02-29T23:59:59Z"))
        );
        for text in [
            "",
            "20240229T235959",
            "20240230T235959Z",
            "20240229T245959Z",
            "2024022９T235959Z",
            "20240229t235959Z",
            "+0240229T235959Z",
        ] {
            assert_eq!(basic_time(text), None, "{text}");
        }
    }
}
