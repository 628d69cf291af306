//! An identity provider that IAM knows.

use mss_emulator::{Emulator, Operation};
use mss_http::{CredentialSource, ErrorKind};
use tempfile::tempdir;

use super::{failure, json, keys, lines, token_file, works};
use crate::support::{Act, Server};

const IAM: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";

#[test]
fn its_keys_work() {
    let emulator = Emulator::builder().start().unwrap();
    let directory = tempdir().unwrap();
    let file = token_file(directory.path(), &format!("{}\n", emulator.id_token()));
    let source = CredentialSource::id_token("ACME", file);
    // As the vendor's users write it.
    let iam = format!("{}/v3", emulator.url());
    works(&emulator, source, &[(IAM, &iam)]);
    let asked: Vec<_> = emulator.requests().iter().map(|it| it.operation).collect();
    let expected = [
        Operation::ExchangeIdToken,
        Operation::CreateTemporaryKeys,
        Operation::CreateFile,
    ];
    assert_eq!(asked, expected.map(Some));
}

#[test]
fn f65_neither_token_is_shown_where_iam_repeats_it() {
    let directory = tempdir().unwrap();
    let file = token_file(directory.path(), "planted-id-token");
    for refused in [0, 1] {
        let iam = Server::acting(move |request, number| {
            if number == refused {
                let body = format!(
                    r#"{{"error":{{"code":403,"message":{:?}}}}}"#,
                    request.text()
                );
                return Act::answer("403 Forbidden", "X-IAM-Trace-Id: trace-1", body);
            }
            let headers = "X-Subject-Token: planted-user-token";
            Act::answer("201 Created", headers, r#"{"token":{}}"#)
        });
        let source = CredentialSource::id_token("ACME", &file);
        let error = failure(source, &[(IAM, &iam.url())]);
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(
            text.contains("answered 403: ") && text.contains("(request trace-1)"),
            "{text}"
        );
        assert!(!text.contains("planted"), "{text}");
        assert_eq!(lines(&iam).len(), refused + 1);
    }
}

#[test]
fn f17_answers_without_a_token_or_keys_are_refused() {
    let directory = tempdir().unwrap();
    let file = token_file(directory.path(), "id-token");
    let token = Act::answer("201 Created", "X-Subject-Token: planted-token", "{}");
    for (acts, expected) in [
        (
            vec![json(keys(0, time::Duration::HOUR))],
            "no usable X-Subject-Token",
        ),
        (
            vec![token.clone(), json("<html>planted</html>")],
            "no usable access",
        ),
        (vec![token], "no usable access"),
    ] {
        let iam = Server::script(acts);
        let source = CredentialSource::id_token("ACME", &file);
        let error = failure(source, &[(IAM, &iam.url())]);
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        let text = format!("{error} {error:?}");
        assert!(
            text.contains(expected) && !text.contains("planted"),
            "{text}"
        );
    }
    let source = CredentialSource::id_token("AC\nME", &file);
    let error = failure(source, &[(IAM, "http://127.0.0.1:9")]);
    assert!(
        error.to_string().contains("idp_id can't stand in a header"),
        "{error}"
    );
}
