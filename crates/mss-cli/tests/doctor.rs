//! `metastudio doctor`: what each finding means is the client's business; here is how it is told,
//! and how the command ends.

#![allow(clippy::unwrap_used)] // in the helpers of tests

mod support;

use std::{net::TcpListener, sync::Arc};

use insta::internals::SettingsBindDropGuard;
use mss_emulator::{Emulator, Tls};
use support::{Done, Session, settings};
use time::{Duration, OffsetDateTime};

/// As the other snapshots, with words in place of times and names that differ from run to run.
fn redacted() -> SettingsBindDropGuard {
    let mut settings = settings();
    let head = r"(?m)^(ok|warning|skipped|FAILED)( +)(\w+) +(\d+ ms)? +";
    settings.add_filter(head, "$1$2$3 [time] ");
    settings.add_filter(r"within \d s", "within [n] s");
    settings.add_filter(r"127\.0\.0\.1:[1-9]\d+", "127.0.0.1:[port]");
    settings.add_filter(r"\b[0-9a-f]{32}\b", "[32 hex digits]");
    settings.add_filter(r"[0-9A-Z]{4}\.\.\.[0-9A-Z]{2}\b", "[masked key]");
    settings.add_filter(r"until \d{4}-\d\d-\d\d", "until [day]");
    settings.bind_to_scope()
}

fn doctor(session: &Session) -> Done {
    session.run(["doctor"])
}

fn states(done: &Done) -> Vec<(String, String)> {
    let json = done.json();
    let findings = json["findings"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    findings
        .map(|it| (text(&it["name"]), text(&it["state"])))
        .collect()
}

#[test]
fn local() {
    let _guard = redacted();
    let done = Session::new().run(["doctor", "--local"]);
    insta::assert_snapshot!("local", done.stdout);
    assert_eq!(done.code, 0);
}

#[test]
fn json_is_one_object_with_everything() {
    let emulator = Emulator::builder().start().unwrap();
    let done = Session::at(&emulator).run(["doctor", "--json"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    let json = done.json();
    assert_eq!(json["exit_code"], 0);
    let names: Vec<_> = states(&done).into_iter().map(|(name, _)| name).collect();
    let all = "settings credentials proxy dns tcp tls clock project call";
    assert_eq!(names.join(" "), all);
    for finding in json["findings"].as_array().unwrap() {
        let fields = ["found", "advice", "kind", "milliseconds", "details"];
        for field in fields {
            assert!(finding.get(field).is_some(), "{field} in {finding}");
        }
    }
    let credentials = &json["findings"][1]["details"];
    assert_eq!(
        credentials["origin"],
        "the environment (HUAWEICLOUD_SDK_AK)"
    );
    assert_eq!(credentials["kind"], "access key");
    assert_eq!(json["findings"][8]["details"]["status"], "404");
}

#[test]
fn a_wrong_key() {
    let _guard = redacted();
    let emulator = Emulator::builder()
        .access_key("DOCTORSTESTKEY")
        .start()
        .unwrap();
    let session = Session::at(&emulator).set("HUAWEICLOUD_SDK_SK", "planted-secret-key");
    let done = doctor(&session);
    insta::assert_snapshot!("wrong_key", done.text());
    let json = session.run(["doctor", "--json"]);
    assert_eq!((done.code, json.code), (3, 3));
    assert_eq!(json.json()["exit_code"], 3);
    let failures = emulator.requests();
    let failures = failures.iter().filter(|it| it.status == Some(401));
    assert_eq!(failures.count(), 1, "the second one isn't made");
}

#[test]
fn what_is_missing() {
    let _guard = redacted();
    let emulator = Emulator::builder().start().unwrap();
    let nowhere = Session::new().set("HUAWEICLOUD_SDK_AK", "DOCTORSTESTKEY");
    let nowhere = nowhere.set("HUAWEICLOUD_SDK_SK", "planted-secret-key");
    let done = doctor(&nowhere);
    insta::assert_snapshot!("no_service", done.text());
    assert_eq!(done.code, 2);
    let done = doctor(&Session::new().set("METASTUDIO_ENDPOINT", emulator.url()));
    insta::assert_snapshot!("no_credentials", done.text());
    assert_eq!(done.code, 3);
}

#[test]
fn a_wrong_clock_is_a_warning() {
    let _guard = redacted();
    let clock = || OffsetDateTime::now_utc() + Duration::hours(1);
    let emulator = Emulator::builder().clock(Arc::new(clock)).start().unwrap();
    let done = Session::at(&emulator).run(["doctor", "--json"]);
    assert_eq!(done.code, 0, "{}", done.text());
    let expected = ("clock".to_owned(), "warning".to_owned());
    assert!(states(&done).contains(&expected), "{}", done.text());
    let done = doctor(&Session::at(&emulator));
    let last = done.stdout.lines().last();
    assert_eq!(last, Some("calls work, with 1 warning"), "{}", done.text());
}

#[test]
fn a_port_that_is_closed_and_a_certificate_that_is_not_trusted() {
    let _guard = redacted();
    let emulator = Emulator::builder().tls(Tls::new()).start().unwrap();
    let untrusted = doctor(&Session::at(&emulator));
    insta::assert_snapshot!("untrusted", untrusted.text());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let closed = doctor(&Session::at(&emulator).set("METASTUDIO_ENDPOINT", closed));
    insta::assert_snapshot!("closed_port", closed.text());
    assert_eq!((untrusted.code, closed.code), (5, 5));
}

/// All that could be planted is: in the variables that are read, and in one that nobody reads.
#[test]
fn f66_neither_secrets_nor_the_environment_are_shown() {
    let emulator = Emulator::builder().start().unwrap();
    let session = Session::at(&emulator)
        .set("HUAWEICLOUD_SDK_AK", "PlantedAccessKey")
        .set("HUAWEICLOUD_SDK_SK", "PlantedSecretKey")
        .set("HUAWEICLOUD_SDK_SECURITY_TOKEN", "PlantedSecurityToken")
        .set(
            "HTTPS_PROXY",
            "http://PlantedUser:PlantedPassword@proxy.invalid:1",
        )
        .set("DATABASE_PASSWORD", "PlantedElsewhere");
    let through = session
        .clone()
        .set("METASTUDIO_ENDPOINT", "https://metastudio.invalid");
    let token = session.clone().set("METASTUDIO_TOKEN", "PlantedUserToken");
    for session in [&session, &through, &token] {
        for options in [&["doctor"][..], &["doctor", "--json"]] {
            let done = session.run(options);
            let text = done.text().replace("Plan...ey", "[masked]");
            assert!(!text.contains("Planted"), "{text}");
            assert!(!text.contains("DATABASE_PASSWORD"), "{text}");
        }
    }
}
