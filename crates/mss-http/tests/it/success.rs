//! Answers that read like success.

use mss_http::{ErrorKind, Outcome, UploadState};

use crate::support::{Act, Server, builder, create, file};

const HTML: &str = "<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>";

fn confirm(act: &Act, lenient: bool) -> Result<String, (ErrorKind, Outcome, usize)> {
    let server = Server::script([act.clone()]);
    let builder = builder().endpoint(server.url()).lenient(lenient);
    let confirmed = builder
        .build()
        .unwrap()
        .confirm_file_upload(&file(), UploadState::Created);
    match confirmed {
        Ok(confirmed) => Ok(confirmed.request_id),
        Err(error) => {
            assert_eq!(server.requests().len(), error.attempts().len());
            Err((error.kind(), error.outcome(), error.attempts().len()))
        }
    }
}

#[test]
fn f34_the_services_own_answers_are_success() {
    let untrusted = Err((ErrorKind::UnexpectedResponse, Outcome::Unknown, 1));
    for (status, body) in [
        ("200 OK", ""),
        ("200 OK", " \r\n"),
        ("200 OK", "{}"),
        ("200 OK", r#"{"state":"CREATED"}"#),
        ("201 Created", ""),
        ("202 Accepted", "{}"),
        ("204 No Content", ""),
    ] {
        let with_id = Act::answer(status, "X-Request-Id: request-1", body);
        let without = Act::answer(status, "Content-Type: application/json", body);
        let blank = Act::answer(status, "X-Request-Id:  ", body);
        for lenient in [false, true] {
            let confirmed = confirm(&with_id, lenient);
            assert_eq!(confirmed, Ok("request-1".into()), "{status} {body}");
        }
        for act in [without, blank] {
            assert_eq!(confirm(&act, false), untrusted, "{status} {body}");
            assert_eq!(confirm(&act, true), Ok(String::new()), "{status} {body}");
        }
    }
}

#[test]
fn f34_everything_else_with_such_a_status_settles_nothing() {
    let untrusted = Err((ErrorKind::UnexpectedResponse, Outcome::Unknown, 1));
    let long = HTML.repeat(2000);
    for (status, body) in [
        ("200 OK", HTML),
        ("200 OK", long.as_str()),
        ("200 OK", "OK"),
        ("200 OK", "[]"),
        ("200 OK", "{"),
        ("200 OK", "null"),
        ("200 OK", "\u{feff}{}"),
        (
            "200 OK",
            r#"{"error_code":"MSS.00000004","error_msg":"Internal Error"}"#,
        ),
        ("202 Accepted", HTML),
        ("203 Non-Authoritative", "{}"),
        ("206 Partial", "{}"),
    ] {
        let with_id = Act::answer(status, "X-Request-Id: request-1", body);
        let without = Act::answer(status, "Content-Type: text/html", body);
        for lenient in [false, true] {
            for act in [&with_id, &without] {
                let confirmed = confirm(act, lenient);
                let what = &body[..body.len().min(80)];
                assert_eq!(confirmed, untrusted, "{status} {what} {lenient}");
            }
        }
    }
}

#[test]
fn f34_a_registration_needs_what_it_is_for() {
    let body = r#"{"file_id":"f-1","upload_url":"http://127.0.0.1:9/k?Signature=s"}"#;
    for (act, lenient, fine) in [
        (Act::answer("200 OK", "X-Request-Id: r", body), false, true),
        (Act::answer("200 OK", "", body), false, false),
        (Act::answer("200 OK", "", body), true, true),
        (Act::answer("200 OK", "X-Request-Id: r", ""), true, false),
        (Act::answer("204 None", "X-Request-Id: r", ""), true, false),
        (Act::answer("200 OK", "X-Request-Id: r", HTML), true, false),
    ] {
        let server = Server::script([act.clone()]);
        let builder = builder().endpoint(server.url()).lenient(lenient);
        let created = builder.build().unwrap().create_file(&create());
        assert_eq!(created.is_ok(), fine, "{act:?} {created:?}");
        if let Err(error) = created {
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
            assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        }
        assert_eq!(server.requests().len(), 1, "{act:?}");
    }
}
