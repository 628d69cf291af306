//! Faults of the calls for tokens and keys, what the log says of them, and changes over HTTP.

use mss_emulator::{Emulator, Fault, IdentityChange, Operation};
use serde_json::json;

use crate::support::{Connection, Request, Response, emulator, repeatable, unsigned};

fn keys() -> Request {
    Request::new("GET", "/openstack/latest/securitykey", "").header("Host", "169.254.169.254")
}

fn login(emulator: &Emulator, password: &str) -> Request {
    let user = json!({
        "name": emulator.user_name(),
        "password": password,
        "domain": {"name": emulator.domain_name()},
    });
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let body = json!({"auth": {"identity": identity}}).to_string();
    Request::new("POST", "/v3/auth/tokens", body).header("Host", "iam")
}

#[test]
fn an_ordered_failure_has_the_words_of_who_answers() {
    let emulator = emulator();
    let fail = |fault: Fault| emulator.inject(fault).unwrap();
    let good = login(&emulator, emulator.password());

    fail(Fault::status(503).on(Operation::CreateToken));
    let answer = good.send(&emulator);
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["error"]["title"], "Service Unavailable");
    fail(Fault::status(500).on(Operation::CreateToken).applied());
    assert_eq!(good.send(&emulator).json()["error"]["code"], 500);
    fail(
        Fault::status(429)
            .on(Operation::CreateToken)
            .code("APIGW.0308"),
    );
    assert_eq!(good.send(&emulator).error_code(), "APIGW.0308");
    assert_eq!(good.send(&emulator).status, 201);

    fail(Fault::status(500).on(Operation::MetadataKeys));
    let answer = keys().send(&emulator);
    assert_eq!(answer.status, 500);
    assert_eq!(answer.header("content-type"), Some("text/plain"));

    let text = "Please configure Cloud Service Agency first";
    fail(
        Fault::status(401)
            .on(Operation::MetadataKeys)
            .body("text/html", text),
    );
    assert_eq!(keys().send(&emulator).body, text.as_bytes());

    fail(Fault::status(503).on(Operation::AssumeAgency));
    let assume = Request::new("POST", "/v5/agencies/assume-with-oidc", "{}");
    assert_eq!(
        assume.header("Host", "sts").send(&emulator).error_code(),
        "STS.0503"
    );
    assert!(emulator.faults().iter().all(|fault| !fault.pending()));
}

#[test]
fn a_wrong_signature_does_not_use_up_a_failure() {
    let emulator = emulator();
    let id = emulator
        .inject(Fault::status(503).on(Operation::ListProjects))
        .unwrap();
    let list = |token: &str| {
        Request::new("GET", "/v3/projects", "")
            .header("Host", "iam")
            .header("X-Auth-Token", token)
            .send(&emulator)
    };
    assert_eq!(list("wrong").status, 401);
    assert_eq!(emulator.fired(id), 0);
    assert_eq!(list(emulator.token()).status, 503);
    assert_eq!(list(emulator.token()).status, 200);
}

#[test]
fn the_line_can_break_under_them() {
    let emulator = emulator();
    let close = Fault::close().on(Operation::CreateToken).before_answer();
    let id = emulator.inject(close).unwrap();
    let mut connection = Connection::open(emulator.local_addr());
    let request = login(&emulator, emulator.password());
    let mut bytes = request.head();
    bytes.extend_from_slice(&request.body);
    std::io::Write::write_all(&mut connection.0, &bytes).unwrap();
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut connection.0, &mut rest).unwrap();
    assert!(rest.is_empty());
    assert_eq!(emulator.fired(id), 1);
    // It had acted.
    assert_eq!(emulator.requests()[0].status, Some(201));
}

#[test]
fn the_log_names_each_operation() {
    let emulator = emulator();
    for (method, path, operation) in [
        ("POST", "/v3/auth/tokens", Operation::CreateToken),
        ("GET", "/v3/projects", Operation::ListProjects),
        ("GET", "/v3/auth/domains", Operation::ListDomains),
        (
            "PUT",
            "/meta-data/latest/api/token",
            Operation::MetadataToken,
        ),
        (
            "GET",
            "/openstack/latest/securitykey",
            Operation::MetadataKeys,
        ),
        ("POST", "/pod-identity/credentials", Operation::PodKeys),
        (
            "POST",
            "/v5/agencies/assume-with-oidc",
            Operation::AssumeAgency,
        ),
        ("GET", "/v5/caller-identity", Operation::CallerIdentity),
        (
            "POST",
            "/v3.0/OS-AUTH/id-token/tokens",
            Operation::ExchangeIdToken,
        ),
        (
            "POST",
            "/v3.0/OS-CREDENTIAL/securitytokens",
            Operation::CreateTemporaryKeys,
        ),
    ] {
        let answer = Request::new(method, path, "")
            .header("Host", "x")
            .send(&emulator);
        assert_ne!(answer.status, 404, "{path}");
        let seen = emulator.requests().pop().unwrap();
        assert_eq!(
            (seen.operation, seen.path.as_str()),
            (Some(operation), path)
        );
        assert_eq!(operation.as_str().parse::<Operation>().unwrap(), operation);
        // With another method it is nothing.
        let answer = Request::new("DELETE", path, "")
            .header("Host", "x")
            .send(&emulator);
        assert_eq!(answer.status, 404, "{path}");
    }
}

fn order(emulator: &Emulator, change: &str) -> Response {
    Request::new("PUT", "/_emulator/identity", change)
        .header("Host", "x")
        .send(emulator)
}

#[test]
fn keys_and_tokens_can_be_changed_over_http() {
    let emulator = emulator();
    let call = |secret_key: &str| {
        let request = unsigned(&emulator, "/files", repeatable());
        let answer = request
            .signed(emulator.access_key(), secret_key)
            .send(&emulator);
        answer.status
    };
    let access_key = emulator.access_key();
    let pair = json!({"access_key": access_key, "secret_key": "another secret"});
    assert_eq!(
        order(&emulator, &json!({"secret_key": pair}).to_string()).status,
        200
    );
    assert_eq!(call(emulator.secret_key()), 401);
    assert_eq!(call("another secret"), 200);
    let revoke = json!({"revoke_key": access_key}).to_string();
    assert_eq!(order(&emulator, &revoke).status, 200);
    assert_eq!(call("another secret"), 401);
    assert_eq!(order(&emulator, &revoke).status, 404);

    assert_eq!(order(&emulator, r#"{"password": "new"}"#).status, 200);
    assert_eq!(login(&emulator, "new").send(&emulator).status, 201);
    assert_eq!(order(&emulator, r#"{"metadata": "v2_only"}"#).status, 200);
    assert_eq!(keys().send(&emulator).status, 401);
    let with_token = unsigned(&emulator, "/files", repeatable());
    let with_token = with_token.header("X-Auth-Token", emulator.token());
    assert_eq!(with_token.send(&emulator).status, 200);
    assert_eq!(order(&emulator, r#"{"expire": "tokens"}"#).status, 200);
    assert_eq!(with_token.send(&emulator).error_code(), "APIGW.0307");

    let seen = emulator.requests();
    assert!(
        seen.iter()
            .all(|request| !request.path.contains("_emulator"))
    );
}

#[test]
fn what_is_no_change_is_refused_without_repeating_it() {
    let emulator = emulator();
    for wrong in [
        "",
        "{}",
        "\"expire\"",
        r#"{"expire": "canary"}"#,
        r#"{"secret_key": "canary"}"#,
        r#"{"secret_key": {"access_key": "A", "secret_key": "canary", "more": 1}}"#,
        r#"{"password": {"is": "canary"}}"#,
        r#"{"metadata": "canary"}"#,
        r#"{"canary": "canary"}"#,
        r#"{"password": "canary", "expire": "keys"}"#,
    ] {
        let answer = order(&emulator, wrong);
        assert_eq!(answer.status, 400, "{wrong}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(
            error.contains("revoke_key") && !error.contains("canary"),
            "{error}"
        );
    }
}

#[test]
fn no_secret_shows() {
    let secrets = [
        "canary-password",
        "canary-pod",
        "canary-id",
        "canary-key",
        "canary-token",
    ];
    let builder = Emulator::builder()
        .password(secrets[0])
        .pod_token(secrets[1])
        .id_token(secrets[2])
        .secret_key(secrets[3])
        .token(secrets[4]);
    let mut shown = vec![format!("{builder:?}")];
    let emulator = builder.start().unwrap();
    login(&emulator, secrets[0]).send(&emulator);
    login(&emulator, "canary-wrong").send(&emulator);
    keys().header("X-Metadata-Token", "canary").send(&emulator);
    let change = IdentityChange::from_json(r#"{"password": "canary"}"#).unwrap();
    shown.push(format!("{emulator:?} {change:?} {:?}", emulator.requests()));
    for page in ["requests", "faults", "files", "assets"] {
        let page = Request::new("GET", &format!("/_emulator/{page}"), "");
        let page = page.header("Host", "x").send(&emulator);
        shown.push(String::from_utf8(page.body).unwrap());
    }
    let shown = shown.concat();
    assert!(shown.contains("/v3/auth/tokens"));
    assert!(!shown.contains("canary"), "{shown}");
}
