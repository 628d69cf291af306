//! Points in time as the wire spells them.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Where the emulator takes the time from.
pub(crate) type Clock = dyn Fn() -> OffsetDateTime + Send + Sync;

/// The same instant in UTC, so that its fields can be printed.
pub(crate) fn in_utc(instant: OffsetDateTime) -> OffsetDateTime {
    instant.checked_to_offset(UtcOffset::UTC).unwrap_or(instant)
}

/// `YYYYMMDD'T'HHMMSS'Z'`, the form of `X-Sdk-Date`.
pub(crate) fn basic(instant: OffsetDateTime) -> String {
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        instant.year(),
        u8::from(instant.month()),
        instant.day(),
        instant.hour(),
        instant.minute(),
        instant.second()
    )
}

/// `YYYY-MM-DD'T'HH:MM:SS'Z'`, the form of times in answers.
pub(crate) fn rfc3339(instant: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        instant.year(),
        u8::from(instant.month()),
        instant.day(),
        instant.hour(),
        instant.minute(),
        instant.second()
    )
}

/// `YYYY-MM-DD'T'HH:MM:SS.ffffff'Z'`, the form of times in IAM's answers.
pub(crate) fn rfc3339_micros(instant: OffsetDateTime) -> String {
    let whole = rfc3339(instant);
    let seconds = whole.strip_suffix('Z').unwrap_or(&whole);
    format!("{seconds}.{:06}Z", instant.microsecond())
}

/// Reads the form of `X-Sdk-Date` and nothing else.
pub(crate) fn parse_basic(text: &str) -> Option<OffsetDateTime> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u16> {
        let digits = text.get(from..to)?;
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            digits.parse().ok()
        } else {
            None
        }
    };
    let small = |from: usize| -> Option<u8> { number(from, from + 2)?.try_into().ok() };
    let month = Month::try_from(small(4)?).ok()?;
    let date = Date::from_calendar_date(number(0, 4)?.into(), month, small(6)?).ok()?;
    let time = Time::from_hms(small(9)?, small(11)?, small(13)?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}

/// The form of the `Date` header.
///
/// Made here because hyper would print the system's time, not that of the emulator's clock.
pub(crate) fn http_date(instant: OffsetDateTime) -> String {
    let weekday = instant.weekday().to_string();
    let month = instant.month().to_string();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        weekday.get(..3).unwrap_or_default(),
        instant.day(),
        month.get(..3).unwrap_or_default(),
        instant.year(),
        instant.hour(),
        instant.minute(),
        instant.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_name_the_same_instant() {
        let instant = parse_basic("20260102T030405Z").unwrap();
        assert_eq!(instant.unix_timestamp(), 1_767_323_045);
        assert_eq!(basic(instant), "20260102T030405Z");
        assert_eq!(rfc3339(instant), "2026-01-02T03:04:05Z");
        let later = instant + time::Duration::microseconds(6000);
        assert_eq!(rfc3339_micros(later), "2026-01-02T03:04:05.006000Z");
        assert_eq!(http_date(instant), "Fri, 02 Jan 2026 03:04:05 GMT");
    }

    #[test]
    fn anything_else_is_no_date() {
        for text in [
            "",
            "20260102T030405",
            "20260102 030405Z",
            "20261302T030405Z",
            "20260230T030405Z",
            "20260102T250405Z",
            "+0260102T030405Z",
            "2026010２T03040",
        ] {
            assert_eq!(parse_basic(text), None, "{text}");
        }
    }
}
