//! The service alone: no sockets, no clock, the same ids every time.

use http::Request;
use serde_json::Value;

use super::*;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn service() -> Service {
    let settings = Settings {
        scheme: "http",
        project_id: "project".to_owned(),
        access_key: "AK".to_owned(),
        secret_key: Secret::new("SK".to_owned()),
        token: Secret::new("token".to_owned()),
        identity: who::Options::new().settle("project", "region").unwrap(),
        region: "region".to_owned(),
        url_lifetime: Duration::from_secs(60),
        rate_limit: None,
        limiter: Limiter::default(),
        body_limit: 100,
        id_seed: [1; 64],
        store_access_key: "STORE".to_owned(),
        store_secret: [2; 64],
    };
    Service::new(settings, "127.0.0.1:1".to_owned(), Faults::default())
}

fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// The whole exchange, the body in pieces of three bytes.
fn exchange(service: &mut Service, head: Parts, body: &[u8]) -> Response<Bytes> {
    match service.begin(head, NOW).step {
        Step::Answer(response) => response,
        Step::Body(mut exchange) => {
            for chunk in body.chunks(3) {
                exchange.push(chunk).unwrap();
            }
            service.finish(exchange, NOW)
        }
    }
}

fn create(service: &mut Service) -> (String, String) {
    let body = br#"{"file_name":"a.mp4","file_md5":"mgNkuembtIDdJeHwKEyFVQ==","file_size":7,
        "file_type":"mp4","asset_id":"a","asset_file_category":"OTHER"}"#;
    let head = head("POST", "/v1/project/files", &[("x-auth-token", "token")]);
    let response = exchange(service, head, body);
    assert_eq!(response.status(), 200, "{response:?}");
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("file_id"), text("upload_url"))
}

fn put_head(url: &str) -> Parts {
    let headers = [
        ("content-md5", "mgNkuembtIDdJeHwKEyFVQ=="),
        ("content-type", "video/mp4"),
        ("content-length", "7"),
    ];
    head("PUT", url, &headers)
}

#[test]
fn the_same_input_gives_the_same_output() {
    let (one, other) = (create(&mut service()), create(&mut service()));
    assert_eq!(one, other);
    let mut service = service();
    assert_ne!(create(&mut service), create(&mut service));
}

#[test]
fn a_put_is_admitted_by_its_head_and_judged_at_its_end() {
    let mut service = service();
    let (file_id, url) = create(&mut service);
    for (body, code) in [
        ("cont", "IncompleteBody"),
        ("contents", "IncompleteBody"),
        ("CONTENT", "BadDigest"),
    ] {
        let response = exchange(&mut service, put_head(&url), body.as_bytes());
        assert_eq!(response.status(), 400);
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(text.contains(&format!("<Code>{code}</Code>")), "{text}");
        assert_eq!(service.file_body(&file_id), None);
    }
    let response = exchange(&mut service, put_head(&url), b"content");
    assert_eq!(response.status(), 200);
    assert_eq!(service.file_body(&file_id).unwrap(), b"content");
}

#[test]
fn given_up_bodies_have_their_answers() {
    let mut service = service();
    let (_, url) = create(&mut service);
    let Step::Body(exchange) = service.begin(put_head(&url), NOW).step else {
        panic!("not admitted");
    };
    let response = service.abandon(exchange, Abandoned::Stalled, NOW);
    assert_eq!(response.status(), 408);
    assert!(response.headers().contains_key("x-obs-request-id"));

    let call = head("POST", "/v1/project/files", &[]);
    let Step::Body(mut exchange) = service.begin(call, NOW).step else {
        panic!("not admitted");
    };
    let too_long = exchange.push(&vec![0; 1024 * 1024 + 1]);
    assert_eq!(too_long, Err(Abandoned::TooLong));
    let response = service.abandon(exchange, Abandoned::TooLong, NOW);
    assert_eq!(response.status(), 413);
}

#[test]
fn the_log_is_bounded_and_keeps_the_newest() {
    let mut service = service();
    let unknown = || head("GET", "/", &[]);
    let Step::Body(first) = service.begin(unknown(), NOW).step else {
        panic!("not admitted");
    };
    for _ in 0..65_536 {
        exchange(&mut service, unknown(), b"");
    }
    // Its entry is gone by now, which must not hit another one.
    service.finish(first, NOW);
    let newest = exchange(&mut service, unknown(), b"");
    let log = service.requests();
    assert_eq!(log.len(), 65_536);
    assert!(log.iter().all(|entry| entry.status == Some(404)));
    assert_eq!(
        log.last().unwrap().request_id.as_bytes(),
        newest.headers()["x-request-id"].as_bytes()
    );
}
