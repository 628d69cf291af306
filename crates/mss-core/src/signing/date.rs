//! `X-Sdk-Date`: `YYYYMMDDTHHMMSSZ` in UTC.

use time::{OffsetDateTime, UtcOffset};

use super::SigningError;

/// The date of a signature. Digits are written by hand because a general formatter costs as much
/// as the rest of signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SigningDate([u8; Self::LENGTH]);

impl SigningDate {
    pub(super) const LENGTH: usize = 16;

    pub(super) fn new(now: OffsetDateTime) -> Result<Self, SigningError> {
        let utc = now
            .checked_to_offset(UtcOffset::UTC)
            .ok_or(SigningError::DateOutOfRange)?;
        let (year, month, day) = utc.to_calendar_date();
        let (hour, minute, second) = utc.to_hms();
        let year = u16::try_from(year).map_err(|_| SigningError::DateOutOfRange)?;
        if year > 9999 {
            return Err(SigningError::DateOutOfRange);
        }
        let mut text = *b"00000000T000000Z";
        #[allow(clippy::cast_possible_truncation)] // both halves of a year are below 100
        let (century, rest) = ((year / 100) as u8, (year % 100) as u8);
        for (at, number) in [
            (0, century),
            (2, rest),
            (4, u8::from(month)),
            (6, day),
            (9, hour),
            (11, minute),
            (13, second),
        ] {
            text[at] = b'0' + number / 10;
            text[at + 1] = b'0' + number % 10;
        }
        Ok(Self(text))
    }

    /// Takes over a date that the request already carries.
    pub(super) fn parse(value: &[u8]) -> Result<Self, SigningError> {
        let text: [u8; Self::LENGTH] = value.try_into().map_err(|_| SigningError::MalformedDate)?;
        let well_formed = text.iter().enumerate().all(|(at, byte)| match at {
            8 => *byte == b'T',
            15 => *byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
        if well_formed {
            Ok(Self(text))
        } else {
            Err(SigningError::MalformedDate)
        }
    }

    /// The day, `YYYYMMDD`.
    pub(super) fn day(&self) -> &[u8] {
        &self.0[..8]
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn as_str(&self) -> &str {
        // Both constructors leave ASCII only.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use time::{Date, Month, Time};

    use super::*;

    #[test]
    fn digits_stand_where_the_format_wants_them() {
        let date = Date::from_calendar_date(2026, Month::January, 2).unwrap();
        let utc = date
            .with_time(Time::from_hms(3, 4, 5).unwrap())
            .assume_utc();
        assert_eq!(SigningDate::new(utc).unwrap().as_str(), "20260102T030405Z");
        let shifted = utc.to_offset(UtcOffset::from_hms(8, 0, 0).unwrap());
        assert_eq!(
            SigningDate::new(shifted).unwrap().as_str(),
            "20260102T030405Z"
        );
    }

    #[test]
    fn only_the_exact_form_is_taken_over() {
        assert!(SigningDate::parse(b"20260102T030405Z").is_ok());
        for bad in [
            "",
            "20260102T030405",
            "20260102 030405Z",
            "2026-01-02T03:04",
            "20260102T030405z",
        ] {
            assert_eq!(
                SigningDate::parse(bad.as_bytes()),
                Err(SigningError::MalformedDate)
            );
        }
    }
}
