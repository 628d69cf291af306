//! An agency for an OpenID Connect token.

use mss_emulator::{Emulator, Operation};
use mss_http::{CredentialSource, ErrorKind};
use tempfile::tempdir;

use super::{accepting_from, client, confirm, failure, json, keys, lines, token_file, works};
use crate::support::{Act, Server};

const STS: &str = "HUAWEICLOUD_SDK_STS_ENDPOINT";
const PROVIDER: (&str, &str) = ("HUAWEICLOUD_OIDC_PROVIDER_URN", "iam::d:oidcProvider:ci");
const AGENCY: (&str, &str) = ("HUAWEICLOUD_OIDC_AGENCY_URN", "iam::d:agency:uploader");
const ID_TOKEN: &str = "HUAWEICLOUD_OIDC_ID_TOKEN";
const TOKEN_FILE: &str = "HUAWEICLOUD_OIDC_TOKEN_FILE";

#[test]
fn its_keys_work() {
    let emulator = Emulator::builder().start().unwrap();
    let directory = tempdir().unwrap();
    let file = token_file(directory.path(), &format!("{}\n", emulator.id_token()));
    let sts = (STS, emulator.url());
    let variables = [sts, PROVIDER, AGENCY, (TOKEN_FILE, &*file)];
    works(&emulator, CredentialSource::oidc(), &variables);
    let variables = [
        sts,
        PROVIDER,
        AGENCY,
        (ID_TOKEN, emulator.id_token()),
        (TOKEN_FILE, "/none"),
    ];
    works(&emulator, CredentialSource::oidc(), &variables);
    let asked: Vec<_> = emulator.requests().iter().map(|it| it.operation).collect();
    let once = [Some(Operation::AssumeAgency), Some(Operation::CreateFile)];
    assert_eq!(asked, once.repeat(2));
}

#[test]
fn all_variables_stand_in_the_request_and_the_file_is_read_anew() {
    let directory = tempdir().unwrap();
    let path = directory.path().to_owned();
    let file = token_file(&path, "id-token-0");
    let sts = Server::acting(move |_, number| {
        token_file(&path, "id-token-1");
        json(keys(number, time::Duration::HOUR))
    });
    let service = accepting_from(1);
    let url = sts.url();
    let variables = [
        (STS, &*url),
        PROVIDER,
        AGENCY,
        (TOKEN_FILE, &*file),
        ("HUAWEICLOUD_OIDC_SESSION_NAME", "night-job"),
        ("HUAWEICLOUD_OIDC_DURATION_SECONDS", "900"),
        ("HUAWEICLOUD_OIDC_POLICY", "{}"),
        ("HUAWEICLOUD_OIDC_POLICY_IDS", "a, b,,"),
    ];
    confirm(&client(
        &service.url(),
        CredentialSource::oidc(),
        &variables,
    ))
    .unwrap();
    let requests = sts.requests();
    assert_eq!(requests.len(), 2);
    for (number, request) in requests.iter().enumerate() {
        assert_eq!(request.line(), "POST /v5/agencies/assume-with-oidc");
        assert_eq!(request.header("authorization"), None);
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let expected = serde_json::json!({
            "provider_urn": PROVIDER.1,
            "agency_urn": AGENCY.1,
            "agency_session_name": "night-job",
            "id_token": format!("id-token-{number}"),
            "duration_seconds": 900,
            "policy": "{}",
            "policy_ids": ["a", "b"],
        });
        assert_eq!(body, expected);
    }
}

#[test]
fn what_is_missing_is_named() {
    let oidc = CredentialSource::oidc;
    for (variables, expected) in [
        (
            vec![],
            "HUAWEICLOUD_OIDC_PROVIDER_URN and HUAWEICLOUD_OIDC_AGENCY_URN are not set",
        ),
        (
            vec![PROVIDER, (ID_TOKEN, "canary")],
            "HUAWEICLOUD_OIDC_AGENCY_URN is not set",
        ),
        (
            vec![AGENCY, (ID_TOKEN, "canary")],
            "HUAWEICLOUD_OIDC_PROVIDER_URN is not set",
        ),
        (
            vec![PROVIDER, AGENCY],
            "HUAWEICLOUD_OIDC_ID_TOKEN or HUAWEICLOUD_OIDC_TOKEN_FILE is not set",
        ),
        (
            vec![
                PROVIDER,
                AGENCY,
                (ID_TOKEN, "canary"),
                ("HUAWEICLOUD_OIDC_DURATION_SECONDS", "1h"),
            ],
            "HUAWEICLOUD_OIDC_DURATION_SECONDS is no number of seconds",
        ),
        (
            vec![
                PROVIDER,
                AGENCY,
                (ID_TOKEN, "canary"),
                (STS, "http://sts.example.com"),
            ],
            "HUAWEICLOUD_SDK_STS_ENDPOINT must be https",
        ),
    ] {
        let error = failure(oidc(), &variables);
        assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }
}

#[test]
fn a_refusal_is_told_once_and_an_outage_is_tried_three_times() {
    let emulator = Emulator::builder().start().unwrap();
    let variables = [
        (STS, emulator.url()),
        PROVIDER,
        AGENCY,
        (ID_TOKEN, "planted-wrong-token"),
    ];
    let error = failure(CredentialSource::oidc(), &variables);
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let text = error.to_string();
    assert!(
        text.contains(&format!("STS at {} answered 401", emulator.url())),
        "{text}"
    );
    assert!(
        text.contains("The id token is not accepted. (request "),
        "{text}"
    );
    assert!(!text.contains("planted"), "{text}");
    assert_eq!(emulator.requests().len(), 1);

    for (act, kind) in [
        (Act::status(503), ErrorKind::Server),
        (Act::close(), ErrorKind::Disconnected),
    ] {
        let sts = Server::script([act]);
        let url = sts.url();
        let variables = [(STS, &*url), PROVIDER, AGENCY, (ID_TOKEN, "token")];
        let error = failure(CredentialSource::oidc(), &variables);
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(lines(&sts).len(), 3);
    }
}

#[test]
fn f25_a_way_that_breaks_off_before_anything_is_sent_is_tried_three_times() {
    let proxy = Server::script([Act::answer("502 Bad Gateway", "", "")]);
    let url = proxy.url();
    let token = (ID_TOKEN, "planted-token");
    let variables = [PROVIDER, AGENCY, token, ("HTTPS_PROXY", &*url)];
    let error = failure(CredentialSource::oidc(), &variables);
    assert_eq!(error.kind(), ErrorKind::Proxy, "{error}");
    let asked = lines(&proxy);
    assert_eq!(asked.len(), 3, "{asked:?}");
    // Without a region, where the vendor's clients ask.
    assert!(
        asked[0].starts_with("CONNECT sts.cn-north-4.myhuaweicloud.com:443"),
        "{asked:?}"
    );
}

#[test]
fn f17_what_holds_no_keys_is_refused() {
    let huge = format!("{{\"canary\":\"{}\"}}", "x".repeat(300 * 1024));
    for (body, expected) in [
        ("<html>canary</html>", "no usable access"),
        (
            r#"{"credentials":{"access_key_id":"A","secret_access_key":"canary"}}"#,
            "no usable access",
        ),
        ("", "no usable access"),
        (&*huge, "longer than 256 KiB"),
    ] {
        let sts = Server::script([json(body)]);
        let url = sts.url();
        let variables = [(STS, &*url), PROVIDER, AGENCY, (ID_TOKEN, "token")];
        let error = failure(CredentialSource::oidc(), &variables);
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{text}");
        assert!(
            text.contains(expected) && !text.contains("canary"),
            "{text}"
        );
        assert_eq!(sts.requests().len(), 1);
    }
}
