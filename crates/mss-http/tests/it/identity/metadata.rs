//! The metadata service of an ECS.

use std::time::{Duration, Instant};

use mss_emulator::{Emulator, MetadataService, Operation};
use mss_http::{CredentialSource, ErrorKind};

use super::{accepting_from, client, confirm, failure, json, keys, lines, works};
use crate::support::{Act, Blackhole, Server, closed_port};

const TOKEN: &str = "PUT /meta-data/latest/api/token";
const KEYS: &str = "GET /openstack/latest/securitykey";
const ENDPOINT: &str = "METASTUDIO_METADATA_ENDPOINT";
const HOUR: time::Duration = time::Duration::HOUR;

fn at(server: &Server) -> CredentialSource {
    CredentialSource::metadata_at(&server.url()).unwrap()
}

fn status(status: &str, text: &str) -> Act {
    Act::answer(status, "Content-Type: text/plain", text)
}

/// A metadata service: its answers for the token, one after the other, and for the keys.
fn service(tokens: Vec<Act>, keys: Vec<Act>) -> Server {
    let nth = |acts: &[Act], number: usize| acts[number.min(acts.len() - 1)].clone();
    let asked = std::sync::Mutex::new((0, 0));
    Server::acting(move |request, _| {
        let mut asked = crate::support::locked(&asked);
        if request.line() == TOKEN {
            asked.0 += 1;
            nth(&tokens, asked.0 - 1)
        } else {
            asked.1 += 1;
            nth(&keys, asked.1 - 1)
        }
    })
}

#[test]
fn each_version_gives_keys_that_work() {
    for version in [
        MetadataService::V2AndV1,
        MetadataService::V2Only,
        MetadataService::V1Only,
    ] {
        let emulator = Emulator::builder().metadata(version).start().unwrap();
        works(
            &emulator,
            CredentialSource::metadata(),
            &[(ENDPOINT, emulator.url())],
        );
        works(
            &emulator,
            CredentialSource::metadata_at(emulator.url()).unwrap(),
            &[],
        );
        let asked: Vec<_> = emulator.requests().iter().map(|it| it.operation).collect();
        let once = [
            Operation::MetadataToken,
            Operation::MetadataKeys,
            Operation::CreateFile,
        ];
        assert_eq!(
            asked,
            once.repeat(2).into_iter().map(Some).collect::<Vec<_>>()
        );
    }
}

#[test]
fn version_2_shows_its_token_and_keeps_it() {
    let metadata = service(
        vec![status("200 OK", "a-token")],
        vec![json(keys(0, HOUR)), json(keys(1, HOUR))],
    );
    let service = accepting_from(1);
    confirm(&client(&service.url(), at(&metadata), &[])).unwrap();
    assert_eq!(lines(&metadata), [TOKEN, KEYS, KEYS]);
    let requests = metadata.requests();
    assert_eq!(
        requests[0].header("x-metadata-token-ttl-seconds"),
        Some("21600")
    );
    for request in &requests[1..] {
        assert_eq!(request.header("x-metadata-token"), Some("a-token"));
        assert_eq!(request.header("x-forwarded-for"), None);
    }
}

#[test]
fn version_1_is_remembered() {
    for unknown in [
        "404 Not Found",
        "405 Method Not Allowed",
        "503 Service Unavailable",
    ] {
        let metadata = service(
            vec![status(unknown, "no")],
            vec![json(keys(0, HOUR)), json(keys(1, HOUR))],
        );
        let service = accepting_from(1);
        confirm(&client(&service.url(), at(&metadata), &[])).unwrap();
        assert_eq!(lines(&metadata), [TOKEN, KEYS, KEYS], "{unknown}");
        for request in metadata.requests() {
            assert_eq!(request.header("x-metadata-token"), None);
        }
    }
}

#[test]
fn a_refused_token_is_replaced_once() {
    let tokens = || vec![status("200 OK", "token-0"), status("200 OK", "token-1")];
    let refusal = status("401 Unauthorized", "token expired");
    let metadata = service(tokens(), vec![refusal.clone(), json(keys(1, HOUR))]);
    let service_ = accepting_from(1);
    confirm(&client(&service_.url(), at(&metadata), &[])).unwrap();
    assert_eq!(lines(&metadata), [TOKEN, KEYS, TOKEN, KEYS]);
    assert_eq!(
        metadata.requests()[3].header("x-metadata-token"),
        Some("token-1")
    );

    let metadata = service(tokens(), vec![refusal]);
    let error = failure(at(&metadata), &[]);
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(lines(&metadata), [TOKEN, KEYS, TOKEN, KEYS]);
}

#[test]
fn version_2_that_comes_later_is_found_by_its_401() {
    let tokens = vec![status("404 Not Found", "no"), status("200 OK", "token-1")];
    let refusal = status("401 Unauthorized", "");
    let metadata = service(tokens, vec![refusal, json(keys(1, HOUR))]);
    let service = accepting_from(1);
    confirm(&client(&service.url(), at(&metadata), &[])).unwrap();
    assert_eq!(lines(&metadata), [TOKEN, KEYS, TOKEN, KEYS]);
}

#[test]
fn an_ecs_without_an_agency_says_so() {
    let emulator = Emulator::builder().metadata(MetadataService::NoAgency);
    let emulator = emulator.start().unwrap();
    let error = failure(CredentialSource::metadata(), &[(ENDPOINT, emulator.url())]);
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
    assert!(
        error.to_string().contains("this ECS has no agency"),
        "{error}"
    );
    assert_eq!(emulator.requests().len(), 2);
}

#[test]
fn elsewhere_than_on_an_ecs_it_gives_up_soon() {
    let url = format!("http://127.0.0.1:{}", closed_port().unwrap());
    let started = Instant::now();
    let error = failure(CredentialSource::metadata(), &[(ENDPOINT, &url)]);
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
    let text = error.to_string();
    assert!(text.contains(&format!("nobody answers at {url}")), "{text}");
    assert!(text.contains("this is no ECS"), "{text}");
    // Other clouds have something else at this address.
    let metadata = service(
        vec![status("404 Not Found", "")],
        vec![status("404 Not Found", "")],
    );
    let error = failure(at(&metadata), &[]);
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials, "{error}");
}

#[test]
fn f21_an_address_that_is_silent_is_tried_once() {
    let hole = Blackhole::new();
    let started = Instant::now();
    let error = failure(CredentialSource::metadata(), &[(ENDPOINT, &hole.url())]);
    // 3 s for one attempt, 9 s for three.
    assert!(started.elapsed() < Duration::from_secs(7));
    assert!(error.to_string().contains("nobody answers at "), "{error}");
}

#[test]
fn it_is_never_asked_through_a_proxy() {
    let proxy = Server::script([json(keys(0, HOUR))]);
    let url = proxy.url();
    let proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|it| (it, &*url));
    // Whoever may be at this address of the local link, it isn't the proxy.
    let source = CredentialSource::metadata_at("http://169.254.3.1:9").unwrap();
    failure(source, &proxies);
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn what_may_pass_is_tried_again() {
    let metadata = service(
        vec![
            status("500 Internal Server Error", "no"),
            status("200 OK", "a-token"),
        ],
        vec![
            status("502 Bad Gateway", "no"),
            Act::reset(),
            json(keys(1, HOUR)),
        ],
    );
    let service = accepting_from(1);
    confirm(&client(&service.url(), at(&metadata), &[])).unwrap();
    assert_eq!(lines(&metadata), [TOKEN, TOKEN, KEYS, KEYS, KEYS]);
}

#[test]
fn f17_what_is_no_token_and_no_keys_is_refused() {
    let page = status("200 OK", "<html>Sign in, canary</html>");
    let good = || vec![status("200 OK", "a-token")];
    let huge = format!("{{\"canary\":\"{}\"}}", "x".repeat(300 * 1024));
    for (tokens, answers, kind, expected) in [
        (
            vec![page.clone()],
            vec![json(keys(0, HOUR))],
            ErrorKind::UnexpectedResponse,
            "no usable token",
        ),
        (
            good(),
            vec![page],
            ErrorKind::UnexpectedResponse,
            "no usable access",
        ),
        (
            good(),
            vec![json(&huge)],
            ErrorKind::UnexpectedResponse,
            "longer than 256 KiB",
        ),
        (
            good(),
            vec![json(keys(0, -HOUR))],
            ErrorKind::InvalidCredentials,
            "expired",
        ),
        (
            good(),
            vec![status("400 Bad Request", "<html>canary")],
            ErrorKind::Authentication,
            "400: Bad Request",
        ),
        (
            good(),
            vec![status("403 Forbidden", "not a-token")],
            ErrorKind::Authentication,
            "403: not ***",
        ),
    ] {
        let metadata = service(tokens, answers);
        let error = failure(at(&metadata), &[]);
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.contains(expected), "{text}");
        assert!(
            !text.contains("canary") && !text.contains("planted"),
            "{text}"
        );
    }
}

#[test]
fn f03_other_places_in_clear_are_refused() {
    for url in [
        "http://10.0.0.1",
        "http://metadata.example.com",
        "http://127.0.0.1/x",
        "no",
    ] {
        let error = CredentialSource::metadata_at(url).unwrap_err();
        assert_eq!(error.field(), "endpoint");
        let error = failure(CredentialSource::metadata(), &[(ENDPOINT, url)]);
        assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
        assert!(
            error.to_string().contains(&format!("{ENDPOINT} ")),
            "{error}"
        );
    }
}
