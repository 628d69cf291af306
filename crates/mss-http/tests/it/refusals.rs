//! Definite refusals, whatever their body.

use mss_http::{Credentials, ErrorKind, Outcome, UploadState};

use crate::support::{
    ACCESS_KEY, Act, SECRET_KEY, Server, answer, builder, client, client_with_token, create, file,
};

const STATUSES: [(u16, ErrorKind); 5] = [
    (400, ErrorKind::Rejected),
    (401, ErrorKind::Authentication),
    (403, ErrorKind::PermissionDenied),
    (404, ErrorKind::NotFound),
    (409, ErrorKind::Rejected),
];

#[test]
fn f35_every_body_gives_a_typed_error_and_one_request() {
    let long = format!(
        r#"{{"error_code":"C.1","error_msg":"{}"}}"#,
        "m".repeat(100_000)
    );
    let bodies: [(&[u8], Option<&str>, &str); 12] = [
        (
            br#"{"error_code":"MSS.00000003","error_msg":"Invalid parameter"}"#,
            Some("MSS.00000003"),
            "Invalid parameter",
        ),
        (br#"{"errorCode":"C.1","errorMsg":"m"}"#, Some("C.1"), "m"),
        (
            br#"{"error":{"code":"C.1","message":"m"}}"#,
            Some("C.1"),
            "m",
        ),
        (br#"[{"error_code":"C.1"}]"#, None, "[{"),
        (
            b"<?xml version=\"1.0\"?><Error><Code>X</Code></Error>",
            None,
            "<Error>",
        ),
        (b"\xff\xfe\x00broken", None, "broken"),
        (br#"{"error_code":"C.1","error_"#, None, "error_code"),
        (b"", None, ""),
        (b"  \r\n ", None, ""),
        (b"line one\r\nline two\x07", None, "line one  line two"),
        (br#"{"error_code":7,"error_msg":null}"#, Some("7"), ""),
        (long.as_bytes(), None, "error_code"),
    ];
    for (status, kind) in STATUSES {
        for (body, code, message) in bodies {
            let what = format!("{status} {}", body[..body.len().min(60)].escape_ascii());
            let bytes = answer(&format!("{status} W"), "X-Request-Id: request-1", body);
            let server = Server::script([Act::Send(bytes)]);
            let client = client(&server);
            let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
            let created = client.create_file(&create());
            for error in [confirmed.expect_err(&what), created.expect_err(&what)] {
                assert_eq!(error.kind(), kind, "{what}: {error}");
                assert_eq!(error.outcome(), Outcome::NotApplied, "{what}: {error}");
                assert_eq!(error.status(), Some(status), "{what}");
                assert_eq!(error.error_code(), code, "{what}");
                assert!(error.message().contains(message), "{what}: {error}");
                assert!(error.message().len() <= 2048, "{what}: {error}");
                assert!(!error.to_string().contains(['\r', '\n']), "{what}: {error}");
                assert_eq!(error.request_id(), Some("request-1"), "{what}");
                assert_eq!(error.attempts().len(), 1, "{what}");
            }
            assert_eq!(server.requests().len(), 2, "{what}");
        }
    }
}

#[test]
fn f35_a_body_that_breaks_off_is_a_refusal_all_the_same() {
    for (status, kind) in STATUSES {
        let head = format!("HTTP/1.1 {status} W\r\nX-Request-Id: request-1\r\n");
        for rest in [
            "Content-Length: 1000\r\n\r\n{\"error_code\":\"C.1\"",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhe",
            "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        ] {
            let bytes = format!("{head}{rest}").into_bytes();
            let server = Server::script([Act::SendAndClose(bytes)]);
            let error = client(&server)
                .confirm_file_upload(&file(), UploadState::Created)
                .expect_err(rest);
            assert_eq!(error.kind(), kind, "{rest}: {error}");
            assert_eq!(error.outcome(), Outcome::NotApplied, "{rest}: {error}");
            assert_eq!(server.requests().len(), 1, "{rest}");
        }
    }
}

/// The gateway repeats the request that it refuses.
#[test]
fn f35_f65_what_a_refusal_repeats_is_struck_out() {
    let token = "planted-security-token-1234567890";
    let server = Server::acting(move |request, _| {
        let authorization = request.header("authorization").unwrap_or_default();
        let body = format!(
            "{{\"error_code\":\"APIGW.0301\",\"error_msg\":\"verify aksk signature fail, \
             x-security-token:{token}|{SECRET_KEY} {authorization}\",\"request_id\":\"{token}\"}}"
        );
        Act::answer("401 Unauthorized", "", body)
    });
    let keys = Credentials::new(ACCESS_KEY, SECRET_KEY).unwrap();
    let keys = keys.with_security_token(token).unwrap();
    let builder = builder().endpoint(server.url()).credentials(keys);
    let error = builder
        .build()
        .unwrap()
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    let requests = server.requests();
    let authorization = requests[0].header("authorization").unwrap();
    let signature = authorization.rsplit_once("Signature=").unwrap().1;
    assert_eq!(signature.len(), 64);
    let text = format!("{error} {error:?} {error:#?} {:?}", error.attempts());
    for secret in [token, SECRET_KEY, signature, &signature[..9]] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains(&signature[..8]), "{text}");
    assert_eq!(error.error_code(), Some("APIGW.0301"));
    assert_eq!(requests.len(), 1, "a 401 is never tried again");
}

/// Real tokens have several thousand characters, so an excerpt ends in their middle.
#[test]
fn f65_a_long_token_that_comes_back_is_struck_out_whole() {
    let token: Vec<_> = (0..1_000).map(|number| format!("{number:x}.")).collect();
    let token = token.concat();
    let body = format!(
        r#"{{"error_code":"E","error_msg":"you sent {token}, half of it {}"}}"#,
        &token[7..2_000]
    );
    for body in [body.clone(), format!("<html>{body}")] {
        let answer = Act::answer("401 Unauthorized", "X-Request-Id: r", &body);
        let server = Server::script([answer]);
        let client = client_with_token(&server, &token);
        let error = client
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap_err();
        let all = format!("{error} {error:?} {}", error.message());
        let leaked = (0..token.len() - 20).find(|at| all.contains(&token[*at..at + 20]));
        assert_eq!(leaked, None, "{all}");
        assert!(all.contains("***"), "{all}");
    }
}

/// Of a secret that the end of an excerpt goes through, too little may be left to be known again.
#[test]
fn f65_a_secret_is_struck_out_before_a_text_is_cut() {
    let token = "0.1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.";
    // An excerpt has 2 KiB, so some characters of the token are still in it.
    let body = format!("{}{token}", "y".repeat(2_035));
    let answer = Act::answer("401 Unauthorized", "X-Request-Id: r", body);
    let server = Server::script([answer]);
    let client = client_with_token(&server, token);
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert!(error.message().ends_with("***"), "{error:?}");
    assert!(!error.message().contains("0.1"), "{error:?}");
}

#[test]
fn an_operation_that_leads_elsewhere_is_not_sent() {
    struct Stray(String);
    impl mss_http::Operation for Stray {
        type Response = ();
        const NAME: &'static str = "Stray";
        const IDEMPOTENCY: mss_http::Idempotency = mss_http::Idempotency::Repeatable;
        fn request(
            &self,
            _: &mss_http::Target<'_>,
        ) -> Result<http::Request<Vec<u8>>, mss_http::InvalidInput> {
            Ok(http::Request::post(&self.0).body(Vec::new()).unwrap())
        }
        fn parse(&self, _: &http::Response<Vec<u8>>) -> Result<(), mss_http::UnexpectedAnswer> {
            Ok(())
        }
    }
    let (own, other) = (Server::script([Act::ok()]), Server::script([Act::ok()]));
    let client = client(&own);
    let error = client
        .execute(&Stray(format!("{}/x", other.url())))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!((own.counts(), other.counts()), ((0, 0), (0, 0)));
    client.execute(&Stray(format!("{}/x", own.url()))).unwrap();
}
