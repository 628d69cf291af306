//! Keys for a pod's token and for an id token, and the account behind a key.

use std::time::Duration;

use mss_emulator::Emulator;
use serde_json::{Value, json};

use crate::support::{Hand, Request, Response, emulator, repeatable, unsigned};

fn post(emulator: &Emulator, path: &str, body: &Value) -> Request {
    Request::new("POST", path, body.to_string())
        .header("Host", emulator.local_addr().to_string())
        .header("Content-Type", "application/json;charset=UTF-8")
}

/// A call of MetaStudio with temporary keys, given by the names that their source has for them.
fn status_of_a_call(emulator: &Emulator, keys: &Value, names: [&str; 3]) -> u16 {
    let [access, secret, token] = names.map(|name| keys[name].as_str().unwrap());
    unsigned(emulator, "/files", repeatable())
        .header("X-Security-Token", token)
        .signed(access, secret)
        .send(emulator)
        .status
}

const IAM_NAMES: [&str; 3] = ["access", "secret", "securitytoken"];
const STS_NAMES: [&str; 3] = ["access_key_id", "secret_access_key", "security_token"];

/// The message, and that the answer has IAM's shape.
fn iam_error(answer: &Response) -> (u16, String) {
    let error = &answer.json()["error"];
    assert_eq!(error["code"], answer.status);
    assert!(answer.header("x-iam-trace-id").is_some());
    let message = error["message"].as_str().unwrap();
    (answer.status, message.to_owned())
}

#[test]
fn a_pod_gets_keys_for_its_token() {
    let emulator = Emulator::builder()
        .pod_token("the-pod's-own")
        .clock(Hand::new().clock())
        .start()
        .unwrap();
    let url = emulator.pod_url();
    let path = url.strip_prefix(emulator.url()).unwrap();
    let answer = post(&emulator, path, &json!({}))
        .header("Authorization", emulator.pod_token())
        .send(&emulator);
    assert_eq!(answer.status, 200);
    let keys = &answer.json()["credential"];
    assert_eq!(keys["expires_at"], "2026-01-03T03:04:05.000000Z");
    assert_eq!(status_of_a_call(&emulator, keys, IAM_NAMES), 200);

    let nothing = post(&emulator, path, &json!({}));
    let wrong = nothing.clone().header("Authorization", "another");
    for refused in [nothing, wrong] {
        assert_eq!(iam_error(&refused.send(&emulator)).0, 401);
    }
}

fn assume_body(emulator: &Emulator) -> Value {
    json!({
        "provider_urn": "iam::account:oidcProvider:ci",
        "agency_urn": "iam::account:agency:upload",
        "agency_session_name": "oidc-sts-session",
        "id_token": emulator.id_token(),
        "duration_seconds": 900,
    })
}

#[test]
fn sts_gives_keys_for_an_id_token() {
    let hand = Hand::new();
    let emulator = Emulator::builder().clock(hand.clock()).start().unwrap();
    let assume = |body: &Value| post(&emulator, "/v5/agencies/assume-with-oidc", body);
    let answer = assume(&assume_body(&emulator)).send(&emulator);
    assert_eq!(answer.status, 200);
    let keys = &answer.json()["credentials"];
    assert_eq!(keys["expiration"], "2026-01-02T03:19:05.000000Z");
    assert_eq!(status_of_a_call(&emulator, keys, STS_NAMES), 200);
    // The date of the call's signature is still good then.
    hand.advance(899);
    assert_eq!(status_of_a_call(&emulator, keys, STS_NAMES), 200);
    hand.advance(1);
    assert_eq!(status_of_a_call(&emulator, keys, STS_NAMES), 401);

    for (name, wrong, status) in [
        ("id_token", json!("forged"), 401),
        ("id_token", json!(null), 400),
        ("provider_urn", json!(""), 400),
        ("agency_urn", json!(null), 400),
        ("agency_session_name", json!(1), 400),
        ("duration_seconds", json!(899), 400),
        ("duration_seconds", json!(43_201), 400),
        ("duration_seconds", json!("900"), 400),
    ] {
        let mut body = assume_body(&emulator);
        body[name] = wrong;
        let answer = assume(&body).send(&emulator);
        assert_eq!(answer.status, status, "{body}");
        assert!(!answer.error_code().is_empty() && !answer.error_msg().is_empty());
    }
}

fn exchange_body(id_token: &str) -> Value {
    json!({"auth": {"id_token": {"id": id_token}}})
}

fn keys_body(token: &str, seconds: Option<u64>) -> Value {
    let token = json!({"id": token, "duration_seconds": seconds});
    json!({"auth": {"identity": {"methods": ["token"], "token": token}}})
}

#[test]
fn iam_gives_a_token_for_an_id_token_and_keys_for_that() {
    let emulator = Emulator::builder()
        .token_lifetime(Duration::from_secs(1000))
        .clock(Hand::new().clock())
        .start()
        .unwrap();
    let exchange = |body: &Value| post(&emulator, "/v3.0/OS-AUTH/id-token/tokens", body);
    let answer = exchange(&exchange_body(emulator.id_token()))
        .header("X-Idp-Id", "ci")
        .send(&emulator);
    assert_eq!(answer.status, 201);
    let told = answer.json();
    assert_eq!(told["token"]["methods"], json!(["mapped"]));
    assert_eq!(
        told["token"]["user"]["OS-FEDERATION"]["identity_provider"]["id"],
        "ci"
    );
    assert!(told["token"].get("project").is_none(), "it is unscoped");

    let token = answer.header("x-subject-token").unwrap();
    let get_keys =
        |body: &Value| post(&emulator, "/v3.0/OS-CREDENTIAL/securitytokens", body).send(&emulator);
    let answer = get_keys(&keys_body(token, Some(21_600)));
    assert_eq!(answer.status, 201);
    let keys = &answer.json()["credential"];
    assert_eq!(keys["expires_at"], "2026-01-02T09:04:05.000000Z");
    assert_eq!(status_of_a_call(&emulator, keys, IAM_NAMES), 200);
    let shortest = get_keys(&keys_body(token, None)).json();
    assert_eq!(
        shortest["credential"]["expires_at"],
        "2026-01-02T03:19:05.000000Z"
    );

    assert_eq!(iam_error(&get_keys(&keys_body("forged", None))).0, 401);
    assert_eq!(iam_error(&get_keys(&keys_body(token, Some(86_401)))).0, 400);
    assert_eq!(iam_error(&get_keys(&json!({"auth": {}}))).0, 400);
    let forged = exchange(&exchange_body("forged")).header("X-Idp-Id", "ci");
    assert_eq!(iam_error(&forged.send(&emulator)).0, 401);
    let nobodys = exchange(&exchange_body(emulator.id_token()));
    assert_eq!(iam_error(&nobodys.send(&emulator)).0, 400);
    emulator.expire_tokens();
    assert_eq!(iam_error(&get_keys(&keys_body(token, None))).0, 401);
}

#[test]
fn a_key_tells_its_account() {
    let emulator = emulator();
    let get = |path: &str| {
        let mut request = unsigned(&emulator, "", "");
        "GET".clone_into(&mut request.method);
        path.clone_into(&mut request.target);
        request
    };
    let signed = |request: Request| {
        let answer = request
            .signed(emulator.access_key(), emulator.secret_key())
            .send(&emulator);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let domains = signed(get("/v3/auth/domains"));
    assert_eq!(domains["domains"][0]["id"], emulator.domain_id());
    let caller = signed(get("/v5/caller-identity"));
    assert_eq!(caller["account_id"], emulator.domain_id());

    for path in ["/v3/auth/domains", "/v5/caller-identity", "/v3/projects"] {
        assert_eq!(get(path).send(&emulator).status, 401, "{path}");
        let wrong = get(path).signed(emulator.access_key(), "another secret");
        assert_eq!(wrong.send(&emulator).error_code(), "APIGW.0301", "{path}");
    }
}
