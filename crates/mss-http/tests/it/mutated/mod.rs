//! Requests that were changed between the client and the gateway: the error names what was.

mod table;

use std::{collections::HashSet, net::SocketAddr, sync::Arc};

use http::{Request, Response};
use mss_core::explain::{Cause, Part};
use mss_emulator::Emulator;
use mss_http::{
    Client, Credentials, ErrorKind, Idempotency, InvalidInput, Operation, Outcome, Target,
    UnexpectedAnswer,
};
use time::{Duration, OffsetDateTime, UtcOffset};

use crate::support::{Wire, mutating};
use table::{Mutation, all_of, of_request};

const TOKEN: &str = "planted-security-token-0123456789-abcdefghij";

/// Any call, for the gateway looks at the signature before anything else.
#[derive(Debug, Clone, Copy)]
struct Call {
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
}

const CALLS: [Call; 3] = [
    Call {
        method: "POST",
        path: "files/24bad716-87b1%20x/complete?b=2&a=1%2B1&c=%20x&d",
        headers: &[
            ("content-type", "application/json"),
            ("x-app-userid", "ann"),
            ("accept", "*/*"),
        ],
        body: r#"{"state":"CREATED"}"#,
    },
    Call {
        method: "GET",
        path: "digital-assets/a%20b%3Ad?limit=10&offset=%3A0",
        headers: &[
            ("x-domain-id", "d|e"),
            ("accept-language", "en, de;q=0.5"),
            ("x-a", "1b"),
        ],
        body: "",
    },
    Call {
        method: "DELETE",
        path: "digital-assets/942e65a5%2Bfd219a2e?mode=%2F&force=1",
        headers: &[
            ("content-type", "a/b; c=\"d e\""),
            ("x-app-userid", "host:x"),
            ("range", "b=0-1"),
        ],
        body: "x",
    },
];

impl Operation for Call {
    type Response = ();

    const NAME: &'static str = "Call";
    const IDEMPOTENCY: Idempotency = Idempotency::NotRepeatable;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        let url = format!("{}/v1/{}/{}", target.endpoint, target.project_id, self.path);
        let mut request = Request::builder().method(self.method).uri(url);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        Ok(request.body(self.body.into()).unwrap())
    }

    fn parse(&self, _: &Response<Vec<u8>>) -> Result<(), UnexpectedAnswer> {
        Ok(())
    }
}

/// The error of a call through the proxy, with a key of its own, which may be refused.
fn refused(call: &Call, mutation: &Mutation) -> mss_http::Error {
    let emulator = Emulator::builder().start().unwrap();
    let address: SocketAddr = emulator
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let (request, answer) = (Arc::clone(&mutation.request), Arc::clone(&mutation.answer));
    let proxy = mutating(address, move |wire| request(wire), move |said| answer(said));
    let secret = (mutation.secret)(emulator.secret_key());
    let keys = Credentials::new(emulator.access_key(), secret).unwrap();
    let client = Client::builder()
        .endpoint(proxy.url())
        .project_id(emulator.project_id())
        .credentials(keys.with_security_token(TOKEN).unwrap())
        .build()
        .unwrap();
    let error = client.execute(call).unwrap_err();
    assert_eq!(proxy.requests().len(), 1);
    error
}

#[test]
fn f11_each_of_more_than_200_mutations_is_named() {
    let mut names = HashSet::new();
    let mut wrong = Vec::new();
    for call in &CALLS {
        for mutation in all_of(call) {
            let name = format!("{} {}", call.method, mutation.name);
            let error = refused(call, &mutation);
            assert_eq!(error.kind(), ErrorKind::Authentication, "{name}: {error}");
            let report = error.explanation().expect("it is a 401");
            let differing = report.lines().iter().filter(|line| line.differs());
            let mut parts: Vec<_> = differing.map(|line| line.part().clone()).collect();
            parts.dedup();
            if report.causes() != mutation.causes || parts != mutation.parts {
                wrong.push(format!("{name}, expected {:?}:\n{report}", mutation.causes));
            }
            let shown = format!("{report}{error}{error:?}");
            assert!(!shown.contains(&TOKEN[..20]), "{name}: {shown}");
            assert!(names.insert(name));
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    assert!(names.len() > 200, "{}", names.len());
}

/// What the gateway takes for the same isn't refused.
#[test]
fn f18_what_changes_nothing_is_not_refused() {
    let changes: [fn(&mut Wire); 8] = [
        |wire| wire.target = wire.target.replace("b=2&a=1%2B1", "a=1%2b1&b=2"),
        |wire| wire.target = wire.target.replacen("/files", "/f%69les/", 1),
        |wire| wire.value("user-agent").push_str(" via proxy"),
        |wire| wire.add("X-Forwarded-For", "::1"),
        |wire| {
            wire.headers
                .iter_mut()
                .for_each(|(name, _)| *name = name.to_ascii_uppercase());
        },
        |wire| {
            wire.headers
                .iter_mut()
                .for_each(|(name, _)| *name = name.to_ascii_lowercase());
        },
        |wire| {
            wire.headers
                .iter_mut()
                .for_each(|(_, value)| *value = format!("  {value} \t"));
        },
        |wire| wire.headers.reverse(),
    ];
    for change in changes {
        let mutation = of_request("harmless", Cause::Key, Part::Method, change);
        let error = refused(&CALLS[0], &mutation);
        // The service has no such path, which it says to a good signature only.
        assert_eq!(error.status(), Some(404), "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        assert!(error.explanation().is_none());
    }
}

#[test]
fn f13_a_date_too_far_off_is_named_with_the_offset() {
    for offset in [
        -3650 * 86_400,
        -86_400,
        -3600,
        -1200,
        1200,
        3600,
        86_400,
        3650 * 86_400,
    ] {
        let date =
            (OffsetDateTime::now_utc() + Duration::seconds(offset)).to_offset(UtcOffset::UTC);
        let (day, time) = (date.date(), date.time());
        let text = format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            day.year(),
            u8::from(day.month()),
            day.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        let mutation = of_request("date", Cause::Key, Part::Method, move |wire| {
            wire.value("x-sdk-date").clone_from(&text);
        });
        let error = refused(&CALLS[0], &mutation);
        let report = error.explanation().unwrap();
        let Cause::Clock { offset: named } = report.cause() else {
            panic!("{offset}: {report}");
        };
        assert!(
            (named.whole_seconds() + offset).abs() < 30,
            "{offset}: {report}"
        );
    }
}
