//! A good request passes, again and again; with anything changed it doesn't.

use mss_emulator::Emulator;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::support::{Hand, Request, emulator, hex, register, unsigned};

#[test]
fn each_single_mutation_is_refused_and_the_original_accepted_again() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let path = format!("/files/{}/complete", file.file_id);
    let good = unsigned(&emulator, &path, "{\"state\": \"FAILED\"}")
        .header("X-App-UserId", "tester-01")
        .signed(emulator.access_key(), emulator.secret_key());
    assert_eq!(good.send(&emulator).status, 200);

    let edit = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let authorization = good.headers.last().unwrap().1.clone();
    let other_key = good
        .clone()
        .without("Authorization")
        .signed(emulator.access_key(), "another secret");
    let other_name = authorization.replace(emulator.access_key(), "NOBODY");
    let fewer_signed = authorization.replace("x-app-userid;", "");
    let more_signed = authorization.replace("x-sdk-date,", "x-sdk-date;x-zero,");
    let mut digits: Vec<char> = authorization.chars().collect();
    let last = digits.last_mut().unwrap();
    *last = if *last == '0' { '1' } else { '0' };
    let other_digit: String = digits.into_iter().collect();

    let mutations = [
        (
            "path",
            edit(&|r| r.target = r.target.replace(&file.file_id, "x")),
        ),
        ("query", edit(&|r| r.target += "?a=b")),
        ("host", good.clone().replace("Host", "localhost:1")),
        (
            "content-type",
            good.clone().replace("Content-Type", "text/plain"),
        ),
        ("content-type gone", good.clone().without("Content-Type")),
        ("user", good.clone().replace("X-App-UserId", "tester-02")),
        ("user gone", good.clone().without("X-App-UserId")),
        (
            "user twice",
            good.clone().header("X-App-UserId", "tester-01"),
        ),
        ("project", good.clone().replace("X-Project-Id", "other")),
        (
            "date",
            good.clone().replace("X-Sdk-Date", "20260102T030406Z"),
        ),
        ("date garbled", good.clone().replace("X-Sdk-Date", "now")),
        ("date gone", good.clone().without("X-Sdk-Date")),
        (
            "body",
            edit(&|r| r.body = b"{\"state\":\"FAILED\"}".to_vec()),
        ),
        ("body longer", edit(&|r| r.body.push(b'\n'))),
        ("body gone", edit(&|r| r.body.clear())),
        (
            "named hash",
            good.clone()
                .header("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"),
        ),
        ("key", other_key),
        (
            "key name",
            good.clone().replace("Authorization", &other_name),
        ),
        (
            "fewer signed",
            good.clone().replace("Authorization", &fewer_signed),
        ),
        (
            "more signed",
            good.clone().replace("Authorization", &more_signed),
        ),
        (
            "signature",
            good.clone().replace("Authorization", &other_digit),
        ),
    ];
    for (what, mutation) in mutations {
        let answer = mutation.send(&emulator);
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(answer.error_code(), "APIGW.0301", "{what}");
        assert_eq!(good.send(&emulator).status, 200, "after {what}");
    }
    // Another method isn't this call any more, so the gateway never gets to the signature.
    for method in ["PUT", "GET", "DELETE"] {
        let answer = edit(&|r| method.clone_into(&mut r.method)).send(&emulator);
        assert_eq!(answer.status, 404, "{method}");
    }
    assert_eq!(good.send(&emulator).status, 200);
}

/// In the canonical request an empty header and a missing one look the same.
#[test]
fn a_signed_header_must_come_even_when_it_is_empty() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let path = format!("/files/{}/complete", file.file_id);
    let good = unsigned(&emulator, &path, "{\"state\": \"FAILED\"}")
        .header("X-Empty", "")
        .signed(emulator.access_key(), emulator.secret_key());
    assert_eq!(good.send(&emulator).status, 200);
    assert_eq!(good.without("X-Empty").send(&emulator).status, 401);
}

#[test]
fn a_hash_of_the_clients_own_must_be_true() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let path = format!("/files/{}/complete", file.file_id);
    let body = b"{\"state\": \"FAILED\"}";
    let right = hex(&Sha256::digest(body));
    let wrong = hex(&Sha256::digest(b""));
    for (hash, status) in [
        (right.as_str(), 200),
        ("UNSIGNED-PAYLOAD", 200),
        (wrong.as_str(), 401),
        ("anything", 401),
    ] {
        let answer = unsigned(&emulator, &path, body)
            .header("X-Sdk-Content-Sha256", hash)
            .signed(emulator.access_key(), emulator.secret_key())
            .send(&emulator);
        assert_eq!(answer.status, status, "{hash}");
    }
}

#[test]
fn what_is_not_signed_may_change() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let path = format!("/files/{}/complete", file.file_id);
    let good = unsigned(&emulator, &path, "{\"state\": \"FAILED\"}")
        .signed(emulator.access_key(), emulator.secret_key());
    for agent in ["one", "another"] {
        let request = good.clone().header("User-Agent", agent);
        assert_eq!(request.send(&emulator).status, 200);
    }
}

#[test]
fn the_gateway_shows_its_own_canonical_request() {
    let emulator = emulator();
    let request = unsigned(&emulator, "/files/f/complete?b=2&a=1", "{}")
        .signed(emulator.access_key(), "another secret");
    let text = request.send(&emulator).error_msg();
    let project = emulator.project_id();
    assert_eq!(
        text,
        format!(
            "Incorrect IAM authentication information: verify aksk signature fail, \
             canonicalRequest:POST|/v1/{project}/files/f/complete/|a=1&b=2|\
             content-type:application/json|host:{}|x-project-id:{project}|\
             x-sdk-date:20260102T030405Z||content-type;host;x-project-id;x-sdk-date|\
             44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            emulator.local_addr()
        )
    );
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    access_key: String,
    secret_key: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    authorization: String,
}

/// The vendor's own signer made these; the emulator has no such file, and says so only to
/// those whose signature is good.
#[test]
fn the_vendors_confirm_requests_pass() {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../vectors/gateway.json")).unwrap();
    let mut passed = Vec::new();
    for vector in vectors {
        if vector.method != "POST" || !vector.target.contains("/complete") {
            continue;
        }
        let emulator = Emulator::builder()
            .project_id("6a6a1f8354f64dd9b9a614def7b59d83")
            .access_key(vector.access_key)
            .secret_key(vector.secret_key)
            .clock(Hand::new().clock())
            .start()
            .unwrap();
        let mut request = Request::new("POST", &vector.target, vector.body);
        request.headers = vector.headers;
        let request = request.header("Authorization", vector.authorization);
        let answer = request.send(&emulator);
        let expected = match vector.name.as_str() {
            // Its user id isn't ASCII.
            "M4" => (400, "MSS.00000003"),
            _ => (404, "MSS.00000002"),
        };
        let seen = (answer.status, answer.error_code());
        assert_eq!((seen.0, seen.1.as_str()), expected, "{}", vector.name);
        let mutated = request.replace("X-Project-Id", "other").send(&emulator);
        assert_eq!(mutated.status, 401, "{}", vector.name);
        passed.push(vector.name);
    }
    assert_eq!(passed, ["M1", "M2", "M4", "M5", "M6", "M7"]);
}
