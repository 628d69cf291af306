//! Tokens by password: how one is got, what it opens, and when it ends.

use std::time::Duration;

use mss_emulator::Emulator;
use serde_json::{Value, json};

use crate::support::{Hand, Request, Response, emulator, repeatable};

/// The body of a login as IAM's reference has it.
fn login_body(emulator: &Emulator, password: &str, scope: Option<Value>) -> Value {
    let user = json!({
        "name": emulator.user_name(),
        "password": password,
        "domain": {"name": emulator.domain_name()},
    });
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let mut auth = json!({"identity": identity});
    if let Some(scope) = scope {
        auth["scope"] = scope;
    }
    json!({"auth": auth})
}

fn post_login(emulator: &Emulator, body: &Value, query: &str) -> Response {
    Request::new("POST", &format!("/v3/auth/tokens{query}"), body.to_string())
        .header("Host", emulator.local_addr().to_string())
        .header("Content-Type", "application/json;charset=utf8")
        .send(emulator)
}

fn project_scope() -> Value {
    json!({"project": {"name": "cn-north-4"}})
}

fn login(emulator: &Emulator) -> String {
    let body = login_body(emulator, emulator.password(), Some(project_scope()));
    let answer = post_login(emulator, &body, "?nocatalog=true");
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.header("x-subject-token").unwrap().to_owned()
}

/// A call of MetaStudio with a token.
fn create(emulator: &Emulator, token: &str) -> Response {
    let target = format!("/v1/{}/files", emulator.project_id());
    Request::new("POST", &target, repeatable())
        .header("Host", emulator.local_addr().to_string())
        .header("X-Auth-Token", token)
        .send(emulator)
}

#[test]
fn a_login_answers_as_iam_does() {
    let emulator = emulator();
    let body = login_body(&emulator, emulator.password(), Some(project_scope()));
    let answer = post_login(&emulator, &body, "?nocatalog=true");
    assert_eq!(answer.status, 201);
    assert!(answer.header("x-iam-trace-id").is_some());
    let domain = json!({"id": emulator.domain_id(), "name": emulator.domain_name()});
    let told = answer.json();
    let token = &told["token"];
    assert_eq!(token["issued_at"], "2026-01-02T03:04:05.000000Z");
    assert_eq!(token["expires_at"], "2026-01-03T03:04:05.000000Z");
    assert_eq!(token["methods"], json!(["password"]));
    let project = json!({"domain": domain, "id": emulator.project_id(), "name": "cn-north-4"});
    assert_eq!(token["project"], project);
    assert_eq!(token["user"]["domain"], domain);
    assert_eq!(token["user"]["name"], emulator.user_name());
    assert_eq!(token["catalog"], json!([]));

    let with_catalog = post_login(&emulator, &body, "");
    let length = |answer: &Response| answer.header("x-subject-token").unwrap().len();
    assert!(length(&with_catalog) > length(&answer));
    let catalog = &with_catalog.json()["token"]["catalog"];
    assert_eq!(catalog[0]["endpoints"][0]["url"], emulator.url());
}

#[test]
fn a_token_opens_its_project_until_it_ends() {
    let hand = Hand::new();
    let emulator = Emulator::builder()
        .token_lifetime(Duration::from_secs(100))
        .clock(hand.clock())
        .start()
        .unwrap();
    let first = login(&emulator);
    assert_eq!(create(&emulator, &first).status, 200);
    hand.advance(99);
    // Another one doesn't touch the first.
    let second = login(&emulator);
    assert_ne!(first, second);
    assert_eq!(create(&emulator, &first).status, 200);
    hand.advance(1);
    let late = create(&emulator, &first);
    assert_eq!(
        (late.status, late.error_code().as_str()),
        (401, "APIGW.0307")
    );
    assert_eq!(create(&emulator, &second).status, 200);
    let wrong = create(&emulator, "nonsense");
    assert_eq!(
        (wrong.status, wrong.error_code().as_str()),
        (401, "APIGW.0301")
    );
}

#[test]
fn tokens_can_be_ended_at_once() {
    let emulator = emulator();
    let token = login(&emulator);
    emulator.expire_tokens();
    for ended in [token.as_str(), emulator.token()] {
        assert_eq!(create(&emulator, ended).error_code(), "APIGW.0307");
    }
    assert_eq!(create(&emulator, &login(&emulator)).status, 200);
}

#[test]
fn the_scope_says_what_a_token_opens() {
    let emulator = Emulator::builder()
        .project_id("p1")
        .region("eu-west-0")
        .projects([("p1", "eu-west-0"), ("p2", "eu-west-1")])
        .clock(Hand::new().clock())
        .start()
        .unwrap();
    let opened_by = |scope| {
        let body = login_body(&emulator, emulator.password(), scope);
        let answer = post_login(&emulator, &body, "");
        assert_eq!(answer.status, 201, "{answer:?}");
        create(&emulator, answer.header("x-subject-token").unwrap()).status
    };
    assert_eq!(opened_by(Some(json!({"project": {"id": "p1"}}))), 200);
    assert_eq!(
        opened_by(Some(json!({"project": {"name": "eu-west-0"}}))),
        200
    );
    assert_eq!(
        opened_by(Some(json!({"project": {"name": "eu-west-1"}}))),
        403
    );
    let domain = emulator.domain_name();
    assert_eq!(opened_by(Some(json!({"domain": {"name": domain}}))), 403);
    let domain = emulator.domain_id();
    assert_eq!(opened_by(Some(json!({"domain": {"id": domain}}))), 403);
    assert_eq!(opened_by(None), 403);

    for unknown in [
        json!({"project": {"name": "cn-north-4"}}),
        json!({"project": {"id": "p1", "name": "eu-west-1"}}),
        json!({"domain": {"name": "somebody else"}}),
    ] {
        let body = login_body(&emulator, emulator.password(), Some(unknown));
        assert_eq!(post_login(&emulator, &body, "").status, 404);
    }
}

#[test]
fn what_is_no_login_is_refused_in_iams_words() {
    let emulator = emulator();
    let good = login_body(&emulator, emulator.password(), Some(project_scope()));
    let without = |pointer: &str| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = Value::Null;
        body
    };
    for body in [
        json!([]),
        json!({}),
        without("/auth"),
        without("/auth/identity/methods"),
        without("/auth/identity/password/user/name"),
        without("/auth/identity/password/user/password"),
        without("/auth/identity/password/user/domain"),
        login_body(&emulator, emulator.password(), Some(json!({"project": {}}))),
        login_body(&emulator, emulator.password(), Some(json!("all"))),
    ] {
        let answer = post_login(&emulator, &body, "");
        assert_eq!(answer.status, 400, "{body}");
        let error =
            json!({"code": 400, "message": "The request body is invalid", "title": "Bad Request"});
        assert_eq!(answer.json()["error"], error, "{body}");
    }
    let mut stranger = good;
    stranger["auth"]["identity"]["password"]["user"]["name"] = json!("nobody");
    for body in [login_body(&emulator, "wrong", None), stranger] {
        let answer = post_login(&emulator, &body, "");
        assert_eq!(answer.status, 401);
        let error = json!({
            "code": 401,
            "message": "The username or password is wrong.",
            "title": "Unauthorized",
        });
        assert_eq!(answer.json()["error"], error);
    }
}

#[test]
fn five_wrong_passwords_lock_the_account_for_15_minutes() {
    let hand = Hand::new();
    let emulator = Emulator::builder().clock(hand.clock()).start().unwrap();
    let message = |password: &str| {
        let answer = post_login(&emulator, &login_body(&emulator, password, None), "");
        assert_eq!(answer.status, 401);
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for _ in 0..5 {
        assert_eq!(message("wrong"), "The username or password is wrong.");
    }
    assert!(message(emulator.password()).contains("locked"));
    hand.advance(15 * 60);
    login(&emulator);
}

#[test]
fn a_password_may_change() {
    let emulator = emulator();
    let token = login(&emulator);
    emulator.set_password("another");
    let old = login_body(&emulator, emulator.password(), None);
    assert_eq!(post_login(&emulator, &old, "").status, 401);
    let new = login_body(&emulator, "another", None);
    assert_eq!(post_login(&emulator, &new, "").status, 201);
    assert_eq!(create(&emulator, &token).status, 200);
}
