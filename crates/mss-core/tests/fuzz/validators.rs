//! Everything that decides whether a text may go into a path, a header or an address.

use std::{fmt, time::Duration};

use http::{HeaderValue, Uri};
use mss_core::{
    AppUserId, AssetId, ContentMd5, Credentials, Endpoint, FileId, InvalidInput,
    MAX_ASSET_ID_CHARS, MAX_ID_CHARS, ProjectId, Token,
    retry::{NamedLimit, RetryAfter},
    server_time,
};
use time::OffsetDateTime;

/// Of a secret; long enough to stand in no other text.
const MARK: &str = "PLANTED-0123456789";

/// What is accepted fits where it goes, and is the text that was given; what is refused is said on
/// one short line, without it where it is a secret.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        check_headers(input);
        return;
    };
    check_headers(input);
    check_ids(text);
    check_secrets(text);
    check_endpoints(text);
}

fn check_ids(text: &str) {
    let ids = [
        (said(text.parse::<FileId>()).map(String::from), MAX_ID_CHARS),
        (
            said(text.parse::<ProjectId>()).map(String::from),
            MAX_ID_CHARS,
        ),
        (
            said(text.parse::<AssetId>()).map(String::from),
            MAX_ASSET_ID_CHARS,
        ),
    ];
    for (id, most) in ids {
        let Some(id) = id else { continue };
        assert_eq!(id, text);
        assert!((1..=most).contains(&id.len()));
        // One segment of a path that nobody takes for another.
        let path = format!("/v1/{id}/files");
        let uri: Uri = path.parse().expect("an id fits a path");
        assert_eq!((uri.path(), uri.query()), (&*path, None));
        assert!(!id.contains('%') && id != "." && id != "..", "{id}");
    }
    if let Some(user) = said(text.parse::<AppUserId>()) {
        assert_eq!(user.as_str(), text);
        assert!(HeaderValue::from_str(text).is_ok() && text.trim() == text);
    }
    if let Some(md5) = said(text.parse::<ContentMd5>()) {
        assert_eq!((md5.as_str(), text.len()), (text, 24));
    }
}

fn check_secrets(text: &str) {
    for secret in [format!("{MARK}{text}"), format!("{text}{MARK}")] {
        let pairs = [
            Credentials::new("ak", &*secret),
            Credentials::new("ak", "sk").and_then(|keys| keys.with_security_token(&*secret)),
            // An access key is no secret, but what is refused as one may be.
            Credentials::new(&*secret, "sk").and_then(|_| Credentials::new("ak", "sk")),
        ];
        for pair in pairs {
            assert!(pair.is_err() || HeaderValue::from_str(&secret).is_ok());
            hides_the_mark(&pair);
        }
        let token = Token::new(&*secret);
        assert!(token.is_err() || text.bytes().all(|byte| byte.is_ascii_graphic()));
        hides_the_mark(&token);
    }
}

fn hides_the_mark(result: &Result<impl fmt::Debug, InvalidInput>) {
    let shown = match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    assert!(!shown.contains(MARK), "{shown}");
}

fn check_endpoints(text: &str) {
    if let Some(endpoint) = said(Endpoint::parse(text, false)) {
        let shown = endpoint.to_string();
        assert_eq!(Endpoint::parse(&shown, false).as_ref(), Ok(&endpoint));
        assert!(
            shown.starts_with("https://") || endpoint.is_loopback(),
            "{shown}"
        );
        assert!(!shown.contains('@'), "{shown}");
    }
    if let Some(endpoint) = said(Endpoint::of_region(text)) {
        assert!(endpoint.authority().ends_with(".myhuaweicloud.com"));
        assert_eq!(endpoint.authority().split('.').nth(1), Some(text));
    }
    if !text.contains(['@', '/', '?', '#']) {
        let named = format!("https://user:{MARK}{text}@host");
        hides_the_mark(&Endpoint::parse(&named, false));
    }
}

fn check_headers(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else {
        return;
    };
    let mut answer = http::Response::new(());
    answer.headers_mut().insert("date", value);
    let _ = server_time(&answer);
    let text = String::from_utf8_lossy(input);
    if let Some(asked) = RetryAfter::parse(&text, OffsetDateTime::UNIX_EPOCH) {
        assert!(asked.wait() <= Duration::from_secs(u64::MAX / 2));
    }
    if let Some(limit) = NamedLimit::parse(&text) {
        assert!(limit.per_second() > 0.0 && limit.per_second().is_finite());
        assert!(!limit.period().is_zero());
    }
}

/// The value, or a look at how it was refused.
fn said<T>(result: Result<T, InvalidInput>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            let shown = error.to_string();
            assert!(shown.len() < 1000, "{}", shown.len());
            assert!(!shown.contains(char::is_control), "{shown:?}");
            None
        }
    }
}
