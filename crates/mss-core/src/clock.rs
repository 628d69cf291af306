//! A clock that is wrong, as a pure decision: what the gateway's refusal says about it.

use http::{Response, header::DATE};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};

use crate::refusal::Refusal;

/// Less than this is no wrong clock: the gateway accepts 15 minutes, and an answer takes time.
pub(crate) const TOLERANCE: Duration = Duration::minutes(4);

/// How far a signature's date may be from the gateway's clock.
///
/// Source: [the validity of a signature](https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-0001.html).
pub const SIGNATURE_WINDOW: Duration = Duration::minutes(15);

/// The time that an answer's `Date` header tells, to the second.
pub fn server_time<B>(answer: &Response<B>) -> Option<OffsetDateTime> {
    let date = answer.headers().get(DATE)?.to_str().ok()?;
    OffsetDateTime::parse(date, &Rfc2822).ok()
}

/// What to add to this machine's clock so that it agrees with the gateway's. Shared by all calls;
/// each has its own [`CallClock`].
///
/// Source: [the gateway on authentication errors](https://support.huaweicloud.com/intl/en-us/apig_faq/apig-faq-0003.html).
///
/// ```
/// use mss_core::{CallClock, Clock};
/// use time::OffsetDateTime;
///
/// let mut clock = Clock::default();
/// let mut call = CallClock::default();
/// let wall = OffsetDateTime::UNIX_EPOCH; // this machine's battery is empty
/// let signed_at = call.signing_time(&clock, wall);
/// // Sent, and refused:
/// # let said = r#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: calc aksk signature fail:signature expired, signature time:19700101T000000Z,server time:20260102T030405Z"}"#;
/// # let answer = http::Response::builder().status(401).body(said.as_bytes().to_vec()).unwrap();
/// let correction = call.correct(&mut clock, &answer).expect("the gateway says its time");
/// assert!(correction.is_news());
/// // Sign again, once, with `call.signing_time(&clock, wall)`.
/// # assert_eq!(call.signing_time(&clock, wall).year(), 2026);
/// # assert!(call.correct(&mut clock, &answer).is_none());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset: Duration,
}

impl Clock {
    /// What is added to this machine's clock. Negative where it is fast.
    pub fn offset(&self) -> Duration {
        self.offset
    }

    /// This machine's time, corrected. Beyond the years that can be written it stays as it is.
    pub fn time(&self, wall: OffsetDateTime) -> OffsetDateTime {
        wall.checked_add(self.offset).unwrap_or(wall)
    }
}

/// The clock of one call: it is corrected at most once, so a call is repeated at most once.
#[derive(Debug, Clone, Default)]
pub struct CallClock {
    signed: Option<Signed>,
    corrected: bool,
}

/// By which clock an attempt was signed.
#[derive(Debug, Clone, Copy)]
struct Signed {
    wall: OffsetDateTime,
    offset: Duration,
}

/// The clock was wrong; the call is to be signed and sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction {
    offset: Duration,
    is_news: bool,
}

impl Correction {
    /// What is added to this machine's clock from now on.
    pub fn offset(self) -> Duration {
        self.offset
    }

    /// Whether this call found it out: then it is the one that warns about it.
    pub fn is_news(self) -> bool {
        self.is_news
    }
}

impl CallClock {
    /// The time to sign an attempt with, from this machine's time.
    pub fn signing_time(&mut self, clock: &Clock, wall: OffsetDateTime) -> OffsetDateTime {
        self.signed = Some(Signed {
            wall,
            offset: clock.offset,
        });
        clock.time(wall)
    }

    /// Judges an answer to the attempt that was signed last. `None` says that the clock isn't the
    /// matter, or that it was corrected for this call before.
    ///
    /// Only the gateway is believed: status 401 and a JSON body with one of its codes. Its text
    /// "signature expired" with both times counts when the signature's is the one that was sent;
    /// with any other refusal that a clock can be the reason of, its `Date` header counts.
    pub fn correct(&mut self, clock: &mut Clock, answer: &Response<Vec<u8>>) -> Option<Correction> {
        let signed = self.signed.filter(|_| !self.corrected)?;
        let offset = signed.offset + error_of(answer, signed)?;
        self.corrected = true;
        // Of many calls in flight the first corrects; the others find it done.
        let is_news = (clock.offset - offset).abs() > TOLERANCE;
        clock.offset = offset;
        Some(Correction { offset, is_news })
    }
}

/// By how much the time of a signature was wrong, as far as the answer tells.
fn error_of(answer: &Response<Vec<u8>>, signed: Signed) -> Option<Duration> {
    let error = Refusal::error(answer)?;
    let message = error.message.unwrap_or_default();
    let sent = signed.wall.checked_add(signed.offset)?;
    let date = || server_time(answer);
    let server_time = match Refusal::read(&message) {
        Refusal::SignatureExpired {
            signed_at,
            server_time,
        } => {
            // Of another request's signature nothing is learnt.
            if signed_at.is_some_and(|at| (at - sent).abs() >= Duration::SECOND) {
                return None;
            }
            server_time.or_else(date)?
        }
        Refusal::Signature { .. } | Refusal::Other => date()?,
        // These say what is wrong, and sending them again adds to what locks a key.
        Refusal::UnknownKey { .. } | Refusal::LockedKey | Refusal::Token => return None,
    };
    let error = server_time - sent;
    (error.abs() > TOLERANCE).then_some(error)
}

#[cfg(test)]
mod tests {
    use time::format_description::well_known::Rfc3339;

    use super::*;

    const EXPIRED: &str = "Incorrect IAM authentication information: calc aksk signature \
                           fail:signature expired, signature time:SENT,server time:NOW";

    fn at(text: &str) -> OffsetDateTime {
        OffsetDateTime::parse(text, &Rfc3339).unwrap()
    }

    fn now() -> OffsetDateTime {
        at("2026-01-02T03:04:05Z")
    }

    fn basic(time: OffsetDateTime) -> String {
        let date = time.date().to_string().replace('-', "");
        let (hour, minute, second) = time.to_hms();
        format!("{date}T{hour:02}{minute:02}{second:02}Z")
    }

    fn refusal(status: u16, body: String, date: Option<OffsetDateTime>) -> Response<Vec<u8>> {
        let mut answer = Response::builder().status(status);
        if let Some(date) = date {
            let date = date.format(&Rfc2822).unwrap().replace("+0000", "GMT");
            answer = answer.header("Date", date);
        }
        answer.body(body.into_bytes()).unwrap()
    }

    fn said(code: &str, message: &str) -> String {
        format!(r#"{{"error_code":"{code}","error_msg":"{message}"}}"#)
    }

    fn expired(sent: OffsetDateTime) -> Response<Vec<u8>> {
        expired_at(now(), sent)
    }

    fn expired_at(server_time: OffsetDateTime, sent: OffsetDateTime) -> Response<Vec<u8>> {
        let message = EXPIRED.replace("SENT", &basic(sent));
        let message = message.replace("NOW", &basic(server_time));
        refusal(401, said("APIGW.0301", &message), None)
    }

    /// What one refused call makes of a clock, signed at this machine's time.
    fn corrected(answer: &Response<Vec<u8>>, wall: OffsetDateTime) -> Option<Duration> {
        let (mut clock, mut call) = (Clock::default(), CallClock::default());
        call.signing_time(&clock, wall);
        let correction = call.correct(&mut clock, answer);
        assert_eq!(correction.is_some(), clock.offset() != Duration::ZERO);
        correction.map(Correction::offset)
    }

    fn ten_years() -> Duration {
        Duration::days(3652)
    }

    #[test]
    fn f13_a_wrong_clock_is_corrected_once_and_exactly() {
        for wrong in [
            Duration::minutes(20),
            Duration::minutes(-20),
            ten_years(),
            -ten_years(),
        ] {
            let wall = now() + wrong;
            let (mut clock, mut call) = (Clock::default(), CallClock::default());
            let sent = call.signing_time(&clock, wall);
            assert_eq!(sent, wall);
            let correction = call.correct(&mut clock, &expired(sent)).unwrap();
            assert!(correction.is_news());
            assert_eq!(correction.offset(), -wrong);
            let sent = call.signing_time(&clock, wall);
            assert_eq!(sent, now());
            // Whatever is answered then: no loop.
            let another = expired_at(sent + Duration::hours(1), sent);
            assert_eq!(call.correct(&mut clock, &another), None);
            assert_eq!(clock.offset(), -wrong);
        }
    }

    #[test]
    fn f13_of_many_calls_one_has_news_and_all_repeat() {
        let wall = now() - Duration::minutes(20);
        let mut clock = Clock::default();
        let mut calls = vec![CallClock::default(); 32];
        for call in &mut calls {
            call.signing_time(&clock, wall);
        }
        let answer = expired(wall);
        let corrections = calls
            .iter_mut()
            .map(|call| call.correct(&mut clock, &answer));
        let news: Vec<_> = corrections.map(|it| it.unwrap().is_news()).collect();
        assert_eq!(news.iter().filter(|news| **news).count(), 1);
        assert!(news[0]);
    }

    /// A laptop whose clock is put right after a correction was made.
    #[test]
    fn a_later_call_corrects_the_correction() {
        let mut clock = Clock::default();
        let mut call = CallClock::default();
        let sent = call.signing_time(&clock, now() - ten_years());
        call.correct(&mut clock, &expired(sent)).unwrap();
        let mut call = CallClock::default();
        let sent = call.signing_time(&clock, now());
        assert_eq!(sent, now() + ten_years());
        let correction = call.correct(&mut clock, &expired(sent)).unwrap();
        assert!(correction.is_news());
        assert_eq!(clock.offset(), Duration::ZERO);
    }

    #[test]
    fn f13_the_date_header_counts_from_four_minutes_on() {
        let body = said("APIG.0301", "verify aksk signature fail");
        for seconds in [0, 1, 240, -240] {
            let date = Some(now() + Duration::seconds(seconds));
            assert_eq!(corrected(&refusal(401, body.clone(), date), now()), None);
        }
        for seconds in [241, -241, 1_000_000] {
            let date = Some(now() + Duration::seconds(seconds));
            let offset = corrected(&refusal(401, body.clone(), date), now());
            assert_eq!(offset, Some(Duration::seconds(seconds)));
        }
    }

    #[test]
    fn f13_only_the_gateway_is_believed() {
        let wall = now() - Duration::minutes(20);
        let message = EXPIRED.replace("SENT", &basic(wall));
        let message = message.replace("NOW", &basic(now()));
        let genuine = said("APIGW.0301", &message);
        let refused = |status, body: &str| refusal(status, body.to_owned(), Some(now()));
        assert!(corrected(&refused(401, &genuine), wall).is_some());
        for status in [200, 400, 403, 407, 500] {
            assert_eq!(
                corrected(&refused(status, &genuine), wall),
                None,
                "{status}"
            );
        }
        for body in [
            format!("<html>{genuine}</html>"),
            message.clone(),
            said("MSS.00000001", &message),
            said("APIGW.0101", &message),
            String::new(),
        ] {
            assert_eq!(corrected(&refused(401, &body), wall), None, "{body}");
        }
    }

    #[test]
    fn other_causes_are_not_taken_for_a_clock() {
        let wall = now() - Duration::minutes(20);
        for message in [
            "AK access failed to reach the limit,forbidden",
            "Get secretKey failed,ak:NOBODY,err:ak not exist",
            "decrypt token fail",
        ] {
            let answer = refusal(401, said("APIGW.0301", message), Some(now()));
            assert_eq!(corrected(&answer, wall), None, "{message}");
        }
        // Another request's signature.
        let answer = expired(wall - Duration::minutes(1));
        assert_eq!(corrected(&answer, wall), None);
        // A time that is no reason to say so.
        assert_eq!(corrected(&expired(now()), now()), None);
        // Times that can't be read.
        let answer = refusal(401, said("APIGW.0301", EXPIRED), None);
        assert_eq!(corrected(&answer, wall), None);
    }

    #[test]
    fn nothing_overflows() {
        let last = at("9999-12-31T23:59:59Z");
        for wall in [last, OffsetDateTime::UNIX_EPOCH] {
            let offset = corrected(&expired(wall), wall).unwrap();
            let clock = Clock { offset };
            for wall in [last, at("0000-01-01T00:00:00Z")] {
                clock.time(wall);
            }
        }
        let forever = Clock {
            offset: Duration::MAX,
        };
        assert_eq!(forever.time(last), last);
    }
}
