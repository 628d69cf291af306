//! The examination of everything that a call needs.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use mss_emulator::{Emulator, Tls};
use mss_http::{
    CallOptions, CancelHandle, Client, ClientBuilder, CredentialSource, Credentials, ErrorKind,
    FoundCredentials, Proxy, Variables,
    diagnosis::{Diagnosis, Finding, State, Step},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::support::{
    ACCESS_KEY, Act, Authority, Blackhole, PROJECT, Request, SECRET_KEY, Server, Service, builder,
    closed_port, keys, pem_file, self_signed, timed,
};

/// All findings, by their steps.
struct Findings(Vec<Finding>);

impl Findings {
    fn of(diagnosis: Diagnosis) -> Self {
        Self(diagnosis.collect())
    }

    #[track_caller]
    fn get(&self, step: Step) -> &Finding {
        let found = self.0.iter().find(|it| it.step == step);
        found.unwrap_or_else(|| panic!("no {step} in {self}"))
    }

    #[track_caller]
    fn detail(&self, step: Step, name: &str) -> &str {
        let details = &self.get(step).details;
        let found = details.iter().find(|(known, _)| *known == name);
        &found
            .unwrap_or_else(|| panic!("no {name} of {step} in {self}"))
            .1
    }

    /// The states in the order of the steps, by their first letters.
    #[track_caller]
    fn assert_states(&self, expected: &str) {
        let letters = self.0.iter().map(|it| &it.state.as_str()[..1]);
        assert_eq!(letters.collect::<String>(), expected, "{self}");
    }

    #[track_caller]
    fn assert_failed(&self, step: Step, kind: ErrorKind, words: &[&str]) {
        let finding = self.get(step);
        assert_eq!(finding.state, State::Failed, "{self}");
        assert_eq!(finding.kind, Some(kind), "{self}");
        for word in words {
            assert!(finding.found.contains(word), "{word} in: {self}");
        }
    }
}

impl std::fmt::Display for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|it| writeln!(f, "{it:?}"))
    }
}

fn at(server: &Server) -> ClientBuilder {
    builder().endpoint(server.url())
}

/// No variables.
fn nothing() -> Variables {
    Variables::new(|_| None)
}

fn built(builder: ClientBuilder) -> Client {
    builder.build().unwrap()
}

/// A client with a limit for connecting that a test can wait for.
fn quick(builder: ClientBuilder) -> ClientBuilder {
    builder.options(CallOptions::new().connect_timeout(Duration::from_millis(400)))
}

/// The signed calls that have arrived.
fn signed(server: &Server) -> usize {
    let requests = server.requests();
    let is_signed = |it: &&Request| it.header("authorization").is_some();
    requests.iter().filter(is_signed).count()
}

/// An answer of the service itself, to a call for an asset that isn't there.
fn no_asset() -> Act {
    let body = r#"{"error_code":"MSS.00000002","error_msg":"Not Found"}"#;
    Act::answer("404 Not Found", "X-Request-Id: request-1", body)
}

#[test]
fn what_works_is_told_from_the_settings_to_the_call() {
    let service = Service::new();
    let findings = Findings::of(service.client.diagnose());
    findings.assert_states("ooososooo");
    let url = service.emulator.url();
    assert_eq!(findings.detail(Step::Settings, "endpoint"), url);
    assert_eq!(
        findings.detail(Step::Credentials, "origin"),
        "given access key"
    );
    assert_eq!(findings.detail(Step::Credentials, "kind"), "access key");
    let address = findings.detail(Step::Tcp, "address");
    assert_eq!(format!("http://{address}"), url);
    let offset: i64 = findings
        .detail(Step::Clock, "offset_seconds")
        .parse()
        .unwrap();
    assert!(offset.abs() <= 1, "{findings}");
    assert_eq!(findings.detail(Step::Call, "status"), "404");
    let requests = service.emulator.requests();
    assert_eq!(requests.len(), 2, "{requests:?}");
    assert_eq!(
        findings.detail(Step::Call, "request_id"),
        requests[1].request_id
    );
}

#[test]
fn the_request_for_the_time_says_nothing_of_who_calls() {
    let server = Server::script([Act::status(404), no_asset()]);
    let findings = Findings::of(at(&server).diagnose());
    // What has no Date header doesn't tell the time.
    findings.assert_states("ooosossoo");
    let requests = server.requests();
    assert_eq!(requests[0].line(), "GET /");
    for header in [
        "authorization",
        "x-sdk-date",
        "x-project-id",
        "x-auth-token",
    ] {
        assert_eq!(requests[0].header(header), None);
        let is_sent = header != "x-auth-token";
        assert_eq!(requests[1].header(header).is_some(), is_sent, "{header}");
    }
    assert!(requests[1].line().starts_with("GET /v1/"), "{requests:?}");
    assert_eq!(requests.len(), 2);
}

#[test]
fn a_name_is_looked_up() {
    let server = Server::script([Act::status(404), no_asset()]);
    let port = server.address().port();
    let client = builder().endpoint(format!("http://localhost:{port}"));
    let findings = Findings::of(client.diagnose());
    assert_eq!(findings.get(Step::Dns).state, State::Ok, "{findings}");
    let addresses = findings.detail(Step::Dns, "addresses");
    assert!(addresses.contains("127.0.0.1"), "{findings}");
}

#[test]
fn a_certificate_is_told() {
    let emulator = Emulator::builder().tls(Tls::new()).start().unwrap();
    let authority = pem_file(emulator.ca_pem().unwrap());
    let keys = Credentials::new(emulator.access_key(), emulator.secret_key()).unwrap();
    let client = Client::builder().endpoint(emulator.url()).credentials(keys);
    let client = client.project_id(emulator.project_id());
    let findings = Findings::of(client.ca_file(authority.path()).diagnose());
    findings.assert_states("ooosooooo");
    assert_eq!(findings.detail(Step::Tls, "version"), "TLS 1.3");
    for part in ["subject", "issuer"] {
        assert!(
            findings.detail(Step::Tls, part).contains("CN="),
            "{findings}"
        );
    }
    let until = findings.detail(Step::Tls, "valid_until");
    let until = OffsetDateTime::parse(until, &Rfc3339).unwrap();
    assert!(until > OffsetDateTime::now_utc(), "{findings}");
    assert_eq!(emulator.requests().len(), 2, "the handshakes send nothing");
}

#[test]
fn f22_a_certificate_that_is_not_trusted_is_told_with_its_reason() {
    let authority = Authority::named("Private Authority");
    for (tls, reason) in [
        (authority.server(&["127.0.0.1"]), "known authority"),
        (authority.server(&["other.example"]), "known authority"),
        (self_signed(&["127.0.0.1"], false).0, "self-signed"),
    ] {
        let server = Server::script_over(Some(tls), [Act::status(404), no_asset()]);
        let findings = Findings::of(at(&server).diagnose());
        findings.assert_states("ooosofsos");
        findings.assert_failed(Step::Tls, ErrorKind::Tls, &[reason, "issued by"]);
        assert_eq!(server.requests().len(), 0, "{findings}");
    }
    let server = Server::script_over(Some(authority.server(&["other.example"])), [no_asset()]);
    let client = builder().endpoint(server.url()).ca_file(authority.file());
    let findings = Findings::of(client.diagnose());
    findings.assert_failed(Step::Tls, ErrorKind::Tls, &["not for 127.0.0.1"]);
    let issuer = findings.detail(Step::Tls, "issuer");
    assert!(issuer.contains("Private Authority"), "{findings}");
    let client = builder().endpoint(server.url());
    let findings = Findings::of(client.danger_accept_invalid_certs(true).diagnose());
    assert_eq!(findings.get(Step::Tls).state, State::Warning, "{findings}");
    assert_eq!(findings.get(Step::Call).state, State::Ok, "{findings}");
}

#[test]
fn f22_old_tls_and_no_tls_are_told() {
    let server = Server::raw(|connection, _| {
        connection.read_exactly(5);
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let client = builder().endpoint(format!("https://{}", server.address()));
    let findings = Findings::of(client.diagnose());
    findings.assert_failed(Step::Tls, ErrorKind::Tls, &["plain http"]);
}

#[test]
fn f21_a_port_that_is_closed_or_silent_is_told() {
    let closed = format!("https://127.0.0.1:{}", closed_port().unwrap());
    let findings = Findings::of(builder().endpoint(closed).diagnose());
    findings.assert_states("ooosfssos");
    findings.assert_failed(Step::Tcp, ErrorKind::Connect, &["127.0.0.1:"]);
    let blackhole = Blackhole::new();
    let client = quick(builder().endpoint(blackhole.url()));
    let (findings, time) = timed(|| Findings::of(client.diagnose()));
    findings.assert_states("ooosfssos");
    findings.assert_failed(Step::Tcp, ErrorKind::Timeout, &["127.0.0.1:"]);
    assert!(time < Duration::from_secs(1), "{time:?}");
}

#[test]
fn f20_a_name_that_does_not_exist_is_told() {
    let client = builder().endpoint("https://nowhere.invalid");
    let findings = Findings::of(client.diagnose());
    findings.assert_states("ooofsssos");
    findings.assert_failed(Step::Dns, ErrorKind::Resolve, &["nowhere.invalid"]);
}

#[test]
fn f24_a_silent_handshake_is_told() {
    let server = Server::raw(|connection, _| {
        connection.wait_for_client();
    });
    let client = quick(builder().endpoint(format!("https://{}", server.address())));
    let (findings, time) = timed(|| Findings::of(client.diagnose()));
    findings.assert_failed(Step::Tls, ErrorKind::Timeout, &["connect"]);
    assert!(time < Duration::from_secs(1), "{time:?}");
}

#[test]
fn f11_a_wrong_key_is_refused_once() {
    let emulator = Emulator::builder().start().unwrap();
    let keys = Credentials::new(emulator.access_key(), "wrong-secret-key").unwrap();
    let client = Client::builder().endpoint(emulator.url()).credentials(keys);
    let client = built(client.project_id(emulator.project_id()));
    let findings = Findings::of(client.diagnose());
    findings.assert_states("ooososoof");
    findings.assert_failed(Step::Call, ErrorKind::Authentication, &["verify aksk"]);
    assert_eq!(findings.detail(Step::Call, "error_code"), "APIGW.0301");
    let refused = || {
        let requests = emulator.requests();
        requests.iter().filter(|it| it.status == Some(401)).count()
    };
    assert_eq!(refused(), 1);
    let findings = Findings::of(client.diagnose());
    findings.assert_failed(
        Step::Call,
        ErrorKind::Authentication,
        &["refused before", "secret keys differ"],
    );
    assert_eq!(refused(), 1, "the fuse holds the diagnosis too");
}

#[test]
fn f13_a_wrong_clock_is_told_and_the_call_works() {
    for (minutes, requests, words) in [
        (20, 3, "corrects it"),
        (-20, 3, "corrects it"),
        (3, 2, "beyond 15 min"),
        (0, 2, "agree"),
    ] {
        let clock = move || OffsetDateTime::now_utc() + time::Duration::minutes(minutes);
        let service = Service::of(Emulator::builder().clock(Arc::new(clock)));
        let findings = Findings::of(service.client.diagnose());
        let is_off = minutes != 0;
        findings.assert_states(if is_off { "ooososwoo" } else { "ooososooo" });
        let offset: i64 = findings
            .detail(Step::Clock, "offset_seconds")
            .parse()
            .unwrap();
        assert!((offset - 60 * minutes).abs() <= 2, "{findings}");
        let found = &findings.get(Step::Clock).found;
        let direction = if minutes > 0 { "slow" } else { "fast" };
        assert!(
            found.contains(words) && (!is_off || found.contains(direction)),
            "{found}"
        );
        assert_eq!(service.requests(), requests, "{minutes}: {findings}");
    }
}

#[test]
fn what_answers_in_place_of_the_service_is_told() {
    let page = |status: &str, body: &str| Act::answer(status, "X-Request-Id: r", body);
    let said = |code| format!(r#"{{"error_code":"{code}","error_msg":"words"}}"#);
    for (act, kind, words) in [
        (
            page("404 Not Found", "<html>nginx</html>"),
            ErrorKind::UnexpectedResponse,
            "service's words",
        ),
        (
            page("404 Not Found", &said("APIGW.0101")),
            ErrorKind::NotFound,
            "no MetaStudio",
        ),
        (
            page("400 Bad Request", &said("APIG.0201")),
            ErrorKind::Rejected,
            "words",
        ),
        (
            page("403 Forbidden", &said("APIGW.0302")),
            ErrorKind::PermissionDenied,
            "words",
        ),
        (
            page("503 Down", &said("APIGW.0613")),
            ErrorKind::Server,
            "words",
        ),
        (
            page("429 Slow", &said("APIGW.0308")),
            ErrorKind::RateLimited,
            "words",
        ),
        (
            page("200 OK", "<html>log in</html>"),
            ErrorKind::UnexpectedResponse,
            "",
        ),
        (
            page("302 Found", ""),
            ErrorKind::UnexpectedRedirect,
            "redirect",
        ),
        (Act::close(), ErrorKind::Disconnected, "broke"),
    ] {
        let server = Server::acting(move |request, _| match request.header("authorization") {
            None => Act::status(404),
            Some(_) => act.clone(),
        });
        let findings = Findings::of(at(&server).diagnose());
        findings.assert_failed(Step::Call, kind, &[words]);
        assert_eq!(signed(&server), 1, "it is never repeated: {findings}");
    }
    for code in ["MSS.00000002", "MSS.00000003"] {
        let act = page("400 Bad Request", &said(code));
        let server = Server::script([Act::status(404), act]);
        let findings = Findings::of(at(&server).diagnose());
        assert_eq!(findings.get(Step::Call).state, State::Ok, "{findings}");
    }
}

#[test]
fn without_credentials_the_way_is_examined_all_the_same() {
    let server = Server::script([Act::status(404)]);
    let client = Client::builder()
        .endpoint(server.url())
        .variables(nothing());
    let client = client.credential_source(CredentialSource::environment());
    let findings = Findings::of(client.diagnose());
    // The server tells no time; of project and call nothing can be said.
    findings.assert_states("ofosossss");
}

#[test]
fn settings_that_make_no_client_leave_the_credentials() {
    let regionless = builder().endpoint("ftp://planted:secret@h");
    for (client, words) in [
        (Client::builder().credentials(keys()), "region"),
        (regionless, "https://"),
        (
            builder().region("cn-north-4").project_id("a/b"),
            "project_id",
        ),
        (
            builder().region("cn-north-4").ca_file("/no/such/file"),
            "ca_file",
        ),
        (
            builder()
                .region("cn-north-4")
                .proxy(Proxy::url("socks5://u:planted@h")),
            "SOCKS",
        ),
    ] {
        let findings = Findings::of(client.diagnose());
        let text = findings.to_string();
        findings.assert_failed(Step::Settings, ErrorKind::InvalidConfig, &[words]);
        assert!(!text.contains("planted"), "{text}");
        let expected = if ["ca_file", "SOCKS"].contains(&words) {
            "fssssssss"
        } else {
            "fosssssss"
        };
        findings.assert_states(expected);
    }
}

#[test]
fn a_source_that_hangs_does_not_hold_the_examination_up() {
    let server = Server::script([Act::status(404)]);
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let source = CredentialSource::callback(move || {
        let _ = held.lock().unwrap().recv();
        Err("released".into())
    });
    let options = CallOptions::new().total_timeout(Duration::from_millis(300));
    let client = Client::builder()
        .endpoint(server.url())
        .credential_source(source);
    let (findings, time) = timed(|| Findings::of(client.options(options).diagnose()));
    findings.assert_failed(Step::Credentials, ErrorKind::Timeout, &["in time"]);
    assert_eq!(findings.get(Step::Tcp).state, State::Ok, "{findings}");
    assert!(time < Duration::from_secs(1), "{time:?}");
    drop(release);
}

#[test]
fn f57_it_can_be_cancelled_and_ends_then() {
    let server = Server::raw(|connection, _| {
        connection.wait_for_client();
    });
    let handle = CancelHandle::new();
    let client = builder().endpoint(format!("https://{}", server.address()));
    let client = built(client.options(CallOptions::new().cancel(&handle)));
    let findings = thread::scope(|scope| {
        let findings = scope.spawn(|| {
            let findings = Findings::of(client.diagnose());
            (findings, Instant::now())
        });
        // The step before has a connection of its own.
        server.wait_for_connections(2);
        let wished = Instant::now();
        handle.cancel();
        let (findings, ended) = findings.join().unwrap();
        let time = ended.saturating_duration_since(wished);
        assert!(time < Duration::from_millis(200), "{time:?}");
        findings
    });
    findings.assert_states("ooosof");
    findings.assert_failed(Step::Tls, ErrorKind::Cancelled, &["cancelled"]);
    Findings::of(client.diagnose()).assert_states("f");
}

/// A client that has no project and a region to ask IAM about, both played by an emulator.
fn without_project(emulator: &Emulator, secret_key: &str) -> ClientBuilder {
    let iam = emulator.url().to_owned();
    let variables = Variables::new(move |name| {
        (name == "HUAWEICLOUD_SDK_IAM_ENDPOINT").then(|| iam.clone().into())
    });
    let keys = Credentials::new(emulator.access_key(), secret_key).unwrap();
    let client = Client::builder()
        .endpoint(emulator.url())
        .region("cn-north-4");
    client.credentials(keys).variables(variables)
}

#[test]
fn a_project_is_looked_up() {
    let emulator = Emulator::builder().region("cn-north-4").start().unwrap();
    let client = without_project(&emulator, emulator.secret_key());
    let findings = Findings::of(client.diagnose());
    findings.assert_states("ooososooo");
    assert_eq!(findings.detail(Step::Settings, "region"), "cn-north-4");
    assert_eq!(findings.detail(Step::Project, "origin"), "looked up at IAM");
    let id = findings.detail(Step::Project, "project_id");
    assert_eq!(id, emulator.project_id());
}

#[test]
fn f11_iam_refuses_a_wrong_key_once() {
    let emulator = Emulator::builder().region("cn-north-4").start().unwrap();
    let client = without_project(&emulator, "wrong-secret-key");
    let findings = Findings::of(client.diagnose());
    findings.assert_states("ooososofs");
    findings.assert_failed(Step::Project, ErrorKind::Authentication, &[]);
    let requests = emulator.requests();
    let refused = requests.iter().filter(|it| it.status == Some(401));
    assert_eq!(refused.count(), 1, "{requests:?}");
}

const HOST: &str = "metastudio.test";

fn proxied(proxy: &Server) -> ClientBuilder {
    let url = format!("http://user:planted@{}", proxy.address());
    let client = builder().endpoint(format!("https://{HOST}"));
    client.proxy(Proxy::url(url))
}

#[test]
fn f25_a_proxy_is_told_and_gone_through() {
    let authority = Authority::new();
    let tls = authority.server(&[HOST]);
    let server = Server::script_over(Some(tls), [Act::status(404), no_asset()]);
    let to = server.address();
    let proxy = Server::raw(move |connection, _| {
        if connection.request().is_some() {
            connection.send("HTTP/1.1 200 Connection established\r\n\r\n");
            connection.pass_on_to(to);
        }
    });
    let findings = Findings::of(proxied(&proxy).ca_file(authority.file()).diagnose());
    findings.assert_states("ooosoosoo");
    let place = proxy.address().to_string();
    assert_eq!(findings.detail(Step::Proxy, "proxy"), place);
    assert_eq!(findings.detail(Step::Tcp, "address"), place);
    assert_eq!(signed(&server), 1);
    let text = findings.to_string();
    assert!(
        !text.contains("planted") && !text.contains("user"),
        "{text}"
    );
}

#[test]
fn f25_a_proxy_that_refuses_is_told() {
    let proxy = Server::raw(|connection, _| {
        if connection.request().is_some() {
            connection.send("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let findings = Findings::of(proxied(&proxy).diagnose());
    findings.assert_states("ooosofsos");
    findings.assert_failed(Step::Tls, ErrorKind::Proxy, &["407"]);
    assert!(!findings.to_string().contains("planted"), "{findings}");
    let url = format!("http://127.0.0.1:{}", closed_port().unwrap());
    let client = builder().endpoint(format!("https://{HOST}"));
    let findings = Findings::of(client.proxy(Proxy::url(url)).diagnose());
    findings.assert_states("ooosfssos");
    findings.assert_failed(Step::Tcp, ErrorKind::Proxy, &["the proxy 127.0.0.1:"]);
}

#[test]
fn f25_why_there_is_no_proxy_is_told() {
    let variables = Variables::new(|name| match name {
        "HTTPS_PROXY" => Some("http://proxy.invalid:1".into()),
        "NO_PROXY" => Some("excepted.invalid".into()),
        _ => None,
    });
    for (endpoint, proxy, words) in [
        (
            "https://127.0.0.1:1",
            Proxy::Environment,
            "next to this machine",
        ),
        ("https://a.excepted.invalid", Proxy::Environment, "NO_PROXY"),
        ("https://a.excepted.invalid", Proxy::None, "none is set"),
        (
            "https://other.invalid",
            Proxy::Environment,
            "proxy.invalid:1",
        ),
    ] {
        let client = builder().endpoint(endpoint).proxy(proxy);
        let mut diagnosis = built(client.variables(variables.clone())).diagnose();
        let finding = diagnosis.nth(2).unwrap();
        assert_eq!((finding.step, finding.state), (Step::Proxy, State::Ok));
        assert!(finding.found.contains(words), "{finding:?}");
    }
}

#[test]
fn where_credentials_and_project_come_from_is_told_without_secrets() {
    let server = Server::script([Act::status(404), no_asset()]);
    let end = OffsetDateTime::now_utc() + time::Duration::hours(2);
    let source = CredentialSource::callback(move || {
        let keys = Credentials::new(format!("{ACCESS_KEY}YZ"), SECRET_KEY)?;
        let keys = keys.with_security_token("planted-security-token")?;
        Ok(FoundCredentials::keys(keys).expires_at(end))
    });
    let variables =
        Variables::new(|name| (name == "HUAWEICLOUD_SDK_PROJECT_ID").then(|| PROJECT.into()));
    let client = Client::builder()
        .endpoint(server.url())
        .variables(variables);
    let findings = Findings::of(client.credential_source(source).diagnose());
    assert_eq!(findings.detail(Step::Credentials, "origin"), "the callback");
    assert_eq!(
        findings.detail(Step::Credentials, "kind"),
        "temporary access key"
    );
    assert_eq!(
        findings.detail(Step::Credentials, "access_key"),
        "PLAN...YZ"
    );
    let until = findings.detail(Step::Credentials, "expires_at");
    assert_eq!(OffsetDateTime::parse(until, &Rfc3339).unwrap(), end);
    assert_eq!(
        findings.detail(Step::Project, "origin"),
        "HUAWEICLOUD_SDK_PROJECT_ID"
    );
    assert_eq!(findings.detail(Step::Project, "project_id"), PROJECT);
    let text = findings.to_string();
    for hidden in [ACCESS_KEY, SECRET_KEY, "planted-security-token"] {
        assert!(!text.contains(hidden), "{text}");
    }
}
