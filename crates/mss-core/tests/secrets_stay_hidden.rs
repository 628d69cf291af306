//! A planted secret never appears in `Debug` or in an error.
#![allow(clippy::unwrap_used)] // in functions beside the tests, too

use std::fmt::Debug;

use http::{Request, Response};
use mss_core::{
    AppUserId, Authorizer, ContentMd5, CreateFile, Credentials, Endpoint, Operation, ProjectId,
    Secret, Token, UploadUrlPolicy, check_success,
    signing::{Algorithm, Signer, SigningError},
};
use time::OffsetDateTime;

/// Part of each secret: key, tokens, query of the pre-signed URL, password in a URL.
const PLANTED: &str = "PLANTED";
const SECRET_KEY: &str = "PLANTED-secret-key";
const SECURITY_TOKEN: &str = "PLANTED-security-token";
const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

#[track_caller]
fn assert_hidden(value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shown.contains(PLANTED), "{shown}");
    }
}

/// The error, its sources, in both spellings.
#[track_caller]
fn assert_hidden_in_error(error: &(dyn std::error::Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_hidden(&error);
        assert!(!error.to_string().contains(PLANTED), "{error}");
        next = error.source();
    }
}

fn credentials() -> Credentials {
    let permanent = Credentials::new("ACCESSKEY", SECRET_KEY).unwrap();
    permanent.with_security_token(SECURITY_TOKEN).unwrap()
}

fn request() -> Request<Vec<u8>> {
    let url = "https://user:PLANTED-password@host/path";
    Request::post(url).body(Vec::new()).unwrap()
}

#[test]
fn keys_and_tokens() {
    assert_hidden(&Secret::new(SECRET_KEY));
    assert_hidden(&credentials());
    let token = Token::new("PLANTED-token").unwrap();
    assert_hidden(&token);
    assert_hidden(&Authorizer::from(&credentials()));
    assert_hidden(&Authorizer::from(token));
}

#[test]
fn signatures() {
    for (name, scope) in [
        ("SDK-HMAC-SHA256", None),
        ("SDK-HMAC-SM3", None),
        ("V11-HMAC-SHA256", Some("globe")),
    ] {
        let algorithm = Algorithm::named(name, scope, scope).unwrap();
        assert_signer_hides(&Signer::with_algorithm(&credentials(), algorithm));
    }
}

fn assert_signer_hides(signer: &Signer) {
    assert_hidden(signer);
    let explained = signer.explain(&request(), NOW).unwrap();
    // It is in there, so a `Debug` that was derived would show it.
    assert!(explained.canonical_request.contains(SECURITY_TOKEN));
    assert!(!explained.canonical_request.contains("PLANTED-password"));
    assert_hidden(&explained);
    assert_hidden(&explained.headers);
    // A signature is good for 15 minutes.
    let authorization = explained.headers.authorization();
    let signature = authorization.rsplit('=').next().unwrap();
    assert!(!format!("{explained:?}").contains(signature));
}

#[test]
fn headers_of_a_request_that_is_ready_to_be_sent() {
    let project: ProjectId = "project".parse().unwrap();
    let token = Authorizer::from(Token::new("PLANTED-token").unwrap());
    for authorizer in [Authorizer::from(&credentials()), token] {
        let mut request = request();
        authorizer
            .authorize(&mut request, Some(&project), NOW)
            .unwrap();
        let sent = |value: &http::HeaderValue| value.to_str().unwrap().contains(PLANTED);
        assert!(request.headers().values().any(sent));
        assert_hidden(request.headers());
        if let Some(authorization) = request.headers().get("authorization") {
            assert!(authorization.is_sensitive());
        }
    }
}

#[test]
fn the_upload_url() {
    let url = "https://bucket.obs.example.com/PLANTED-key?Signature=PLANTED-signature";
    let created = create(&format!(r#"{{"file_id":"f","upload_url":"{url}"}}"#)).unwrap();
    assert_eq!(created.upload_url.secret().expose(), url);
    assert_hidden(&created);
    assert_hidden(&created.upload_url);
    assert_hidden(created.upload_url.secret());
    let nowhere = UploadUrlPolicy::new([], false);
    assert_hidden_in_error(&nowhere.check(&created.upload_url).unwrap_err());
}

#[test]
fn errors_about_input() {
    for blank in ["PLANTED secret", "PLANTED\n", "PLANTEDÉ"] {
        assert_hidden_in_error(&Credentials::new("ACCESSKEY", blank).unwrap_err());
        assert_hidden_in_error(&Token::new(blank).unwrap_err());
        let refused = credentials().with_security_token(blank);
        assert_hidden_in_error(&refused.unwrap_err());
    }
    for url in [
        "https://user:PLANTED@host",
        "http://user:PLANTED@host:x",
        "https://user:PLANTED@",
        "ftp://user:PLANTED@host",
    ] {
        assert_hidden_in_error(&Endpoint::parse(url, true).unwrap_err());
    }
}

#[test]
fn errors_about_a_signature() {
    let signer = Signer::new(&credentials());
    let mut request = request();
    let planted = "PLANTED".parse().unwrap();
    request.headers_mut().insert("x-sdk-date", planted);
    let malformed = signer.sign(&request, NOW).unwrap_err();
    assert_eq!(malformed, SigningError::MalformedDate);
    assert_hidden_in_error(&malformed);
    *request.uri_mut() = "/PLANTED".parse().unwrap();
    let no_host = signer.sign(&request, NOW).unwrap_err();
    assert_eq!(no_host, SigningError::NoHost);
    assert_hidden_in_error(&no_host);
}

#[test]
fn errors_about_an_answer() {
    for body in [
        r#"{"file_id":"f","upload_url":"PLANTED"}"#,
        r#"{"file_id":"f","upload_url":"ftp://host/PLANTED"}"#,
        r#"{"file_id":"f","upload_url":"https://PLANTED@host/"}"#,
        r#"{"file_id":"f","upload_url":["PLANTED"]}"#,
        r#"{"upload_url":"https://host/PLANTED"}"#,
        "PLANTED",
    ] {
        assert_hidden_in_error(&create(body).unwrap_err());
        let answer = Response::new(body.as_bytes().to_vec());
        assert_hidden_in_error(&check_success(&answer, false).unwrap_err());
    }
}

fn create(answer: &str) -> Result<mss_core::CreatedFile, mss_core::UnexpectedAnswer> {
    let user: AppUserId = "user".parse().unwrap();
    let md5 = ContentMd5::new([0; 16]);
    let create = CreateFile::new("a.mp4", 1, md5, "asset".parse().unwrap()).unwrap();
    create
        .app_user_id(user)
        .parse(&Response::new(answer.as_bytes().to_vec()))
}
