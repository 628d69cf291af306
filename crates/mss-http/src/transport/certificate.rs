//! What a person wants to know of a certificate: whom it is for, who signed it, until when.

#![allow(
    clippy::result_large_err,
    reason = "the parser's own error, which goes no further than this file"
)]

use std::fmt::Write as _;

use asn1::{
    BMPString, Choice2, DateTime, Explicit, ObjectIdentifier, ParseError, ParseResult, Parser,
    Sequence, Tlv, UtcTime, X509GeneralizedTime, oid,
};
use mss_core::is_unfit_for_a_line;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// Longest name that is shown, in characters.
const LONGEST: usize = 200;

/// The parts of a name that are shown, by their usual abbreviations.
const PARTS: [(ObjectIdentifier, &str); 6] = [
    (oid!(2, 5, 4, 3), "CN"),
    (oid!(2, 5, 4, 11), "OU"),
    (oid!(2, 5, 4, 10), "O"),
    (oid!(2, 5, 4, 7), "L"),
    (oid!(2, 5, 4, 8), "ST"),
    (oid!(2, 5, 4, 6), "C"),
];

/// A certificate, as far as it is shown. The names are their makers' text, made fit for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// As in `C=CN, O=Example, CN=a.example`, in the order of the certificate; may be empty.
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) valid_until: OffsetDateTime,
}

impl Certificate {
    /// Reads a certificate in DER; `None` if it is none.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let whole = asn1::parse_single::<Sequence<'_>>(der).ok()?;
        let signed = whole.parse(|parser| {
            let signed = parser.read_element::<Sequence<'_>>()?;
            rest(parser)?;
            Ok::<_, ParseError>(signed)
        });
        let (subject, issuer, until) = signed.and_then(|signed| signed.parse(signed_part)).ok()?;
        Some(Self {
            subject: shown(subject),
            issuer: shown(issuer),
            valid_until: moment(&until)?,
        })
    }
}

type Attributes<'a> = Vec<(ObjectIdentifier, Tlv<'a>)>;

fn signed_part<'a>(
    parser: &mut Parser<'a>,
) -> ParseResult<(Attributes<'a>, Attributes<'a>, DateTime)> {
    let _version = parser.read_element::<Option<Explicit<u8, 0>>>()?;
    let _serial_number = parser.read_element::<Tlv<'_>>()?;
    let _algorithm = parser.read_element::<Tlv<'_>>()?;
    let issuer = parser.read_element::<Sequence<'_>>()?;
    let validity = parser.read_element::<Sequence<'_>>()?;
    let subject = parser.read_element::<Sequence<'_>>()?;
    rest(parser)?;
    let until = validity.parse(|times| {
        let _from = times.read_element::<Tlv<'_>>()?;
        times.read_element::<Choice2<UtcTime, X509GeneralizedTime>>()
    })?;
    let until = match until {
        Choice2::ChoiceA(time) => time.as_datetime().clone(),
        Choice2::ChoiceB(time) => time.as_datetime().clone(),
    };
    Ok((attributes(subject)?, attributes(issuer)?, until))
}

/// A parser wants to be read to its end.
fn rest(parser: &mut Parser<'_>) -> ParseResult<()> {
    while !parser.is_empty() {
        parser.read_element::<Tlv<'_>>()?;
    }
    Ok(())
}

/// The attributes of a name: each of its sets has one, seldom more.
fn attributes(name: Sequence<'_>) -> ParseResult<Attributes<'_>> {
    name.parse(|sets| {
        let mut attributes = Vec::new();
        while !sets.is_empty() {
            let set = sets.read_element::<Tlv<'_>>()?;
            asn1::parse(set.data(), |set| {
                while !set.is_empty() {
                    let attribute = set.read_element::<Sequence<'_>>()?;
                    attributes.push(attribute.parse(|parts| {
                        Ok::<_, ParseError>((parts.read_element()?, parts.read_element()?))
                    })?);
                }
                Ok::<_, ParseError>(())
            })?;
        }
        Ok(attributes)
    })
}

fn shown(attributes: Attributes<'_>) -> String {
    let mut text = String::new();
    for (kind, value) in attributes {
        let Some((_, short)) = PARTS.iter().find(|(known, _)| *known == kind) else {
            continue;
        };
        let comma = if text.is_empty() { "" } else { ", " };
        let value = words(&value).replace(is_unfit_for_a_line, " ");
        let _ = write!(text, "{comma}{short}={value}");
    }
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// A text, whichever of ASN.1's many kinds it is of: all but one are ASCII or UTF-8.
fn words(value: &Tlv<'_>) -> String {
    let Ok(wide) = value.parse::<BMPString<'_>>() else {
        return String::from_utf8_lossy(value.data()).into_owned();
    };
    let pairs = wide.as_utf16_be_bytes().chunks_exact(2);
    let units: Vec<u16> = pairs
        .map(|two| u16::from_be_bytes([two[0], two[1]]))
        .collect();
    String::from_utf16_lossy(&units)
}

fn moment(time: &DateTime) -> Option<OffsetDateTime> {
    let month = Month::try_from(time.month()).ok()?;
    let date = Date::from_calendar_date(time.year().into(), month, time.day()).ok()?;
    let time = Time::from_hms(time.hour(), time.minute(), time.second()).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, DnValue, KeyPair, date_time_ymd};

    use super::*;

    fn der(parts: &[(DnType, DnValue)], until: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in parts {
            params.distinguished_name.push(kind.clone(), value.clone());
        }
        params.not_after = date_time_ymd(until, 5, 6);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    fn text(text: &str) -> DnValue {
        DnValue::Utf8String(text.to_owned())
    }

    #[test]
    fn names_and_time_are_read() {
        // From 2050 on the time is written in another way.
        for (until, expected) in [(2031, "2031-05-06"), (2077, "2077-05-06")] {
            let read = Certificate::read(&der(
                &[
                    (DnType::CountryName, text("CN")),
                    (
                        DnType::OrganizationName,
                        DnValue::PrintableString("Example".try_into().unwrap()),
                    ),
                    (DnType::CustomDnType(vec![1, 2, 3, 4]), text("left out")),
                    (
                        DnType::CommonName,
                        DnValue::BmpString("例子".try_into().unwrap()),
                    ),
                ],
                until,
            ));
            let read = read.unwrap();
            assert_eq!(read.subject, "C=CN, O=Example, CN=例子");
            assert_eq!(read.issuer, read.subject);
            assert_eq!(read.valid_until.date().to_string(), expected);
        }
        assert_eq!(Certificate::read(&der(&[], 2031)).unwrap().subject, "");
    }

    #[test]
    fn a_name_can_not_disturb_a_terminal() {
        let nasty = format!("\x1b[2J\r\n\u{202e}evil{}", "x".repeat(1000));
        let read = Certificate::read(&der(&[(DnType::CommonName, text(&nasty))], 2031)).unwrap();
        assert!(
            read.subject.starts_with("CN= [2J   evilxxx"),
            "{}",
            read.subject
        );
        assert_eq!(read.subject.chars().count(), LONGEST + "...".len());
    }

    /// Whatever a server shows is read or isn't, and that is all.
    #[test]
    fn what_is_no_certificate_is_none() {
        let good = der(&[(DnType::CommonName, text("a.example"))], 2031);
        for end in 0..good.len() {
            assert_eq!(Certificate::read(&good[..end]), None, "{end} bytes of it");
        }
        let longer = [&good[..], b"x"].concat();
        assert_eq!(Certificate::read(&longer), None);
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut bad = good.clone();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..bad.len());
                bad[at] = random.u8(..);
            }
            if let Some(read) = Certificate::read(&bad) {
                let names = read.subject + &read.issuer;
                assert!(!names.contains(is_unfit_for_a_line), "{names:?}");
            }
        }
        for nested in [
            b"\x30\x80".as_slice(),
            b"\x30\x84\xff\xff\xff\xff",
            &[0x30; 9],
            &[0; 99],
        ] {
            assert_eq!(Certificate::read(nested), None);
        }
    }
}
