//! TLS: whom the client trusts, and what it says when it doesn't.

use mss_http::{CallOptions, Client, ClientBuilder, Error, ErrorKind, Outcome, UploadState};
use rcgen::date_time_ymd;

use crate::{
    cancel::{cancellable, cancelled},
    support::{Act, Authority, Connection, Server, builder, file, pem_file, self_signed},
};

pub(crate) const THIS_MACHINE: [&str; 2] = ["localhost", "127.0.0.1"];

pub(crate) fn trusting(server: &Server, authority: &Authority) -> Client {
    let builder = builder().endpoint(server.url()).ca_file(authority.file());
    builder.build().unwrap()
}

pub(crate) fn confirm(client: &Client) -> Result<(), Error> {
    let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
    confirmed.map(drop)
}

/// Nothing was sent, nothing is tried again, and the reason is told.
#[track_caller]
fn assert_refused(server: &Server, client: &Client, reasons: &[&str]) {
    let error = confirm(client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(error.attempts().len(), 1, "{error}");
    for reason in reasons {
        assert!(error.to_string().contains(reason), "{reason} in: {error}");
    }
    assert_eq!(server.counts(), (0, 1), "{error}");
}

#[test]
fn a_given_authority_is_trusted_and_connections_are_kept() {
    let authority = Authority::new();
    let server = Server::script_over(Some(authority.server(&THIS_MACHINE)), [Act::ok()]);
    let client = trusting(&server, &authority);
    for _ in 0..3 {
        confirm(&client).unwrap();
    }
    assert_eq!(server.counts(), (3, 1));
    let by_name = format!("https://localhost:{}", server.address().port());
    let builder = builder().endpoint(by_name).ca_file(authority.file());
    confirm(&builder.build().unwrap()).unwrap();
}

#[test]
fn f22_an_unknown_authority_is_refused() {
    let authority = Authority::new();
    let other = Authority::new();
    let reasons = ["not signed by a known authority", "ca_file"];
    for known in [None, Some(other.file())] {
        let server = Server::script_over(Some(authority.server(&THIS_MACHINE)), [Act::ok()]);
        let mut builder = builder().endpoint(server.url());
        if let Some(path) = known {
            builder = builder.ca_file(path);
        }
        assert_refused(&server, &builder.build().unwrap(), &reasons);
    }
}

#[test]
fn f22_another_authority_of_the_same_name_is_not_taken_for_it() {
    let (signer, known) = (Authority::named("twin"), Authority::named("twin"));
    let server = Server::script_over(Some(signer.server(&THIS_MACHINE)), [Act::ok()]);
    assert_refused(&server, &trusting(&server, &known), &["ca_file"]);
}

#[test]
fn f22_a_self_signed_certificate_is_refused_until_it_is_given() {
    let (tls, certificate) = self_signed(&THIS_MACHINE, false);
    let server = Server::script_over(Some(tls.clone()), [Act::ok()]);
    let stranger = builder().endpoint(server.url()).build().unwrap();
    assert_refused(&server, &stranger, &["self-signed", "ca_file"]);
    let known = pem_file(&certificate);
    let friend = builder().endpoint(server.url()).ca_file(known.path());
    confirm(&friend.build().unwrap()).unwrap();
}

#[test]
fn f22_an_authoritys_certificate_is_no_servers() {
    let (tls, certificate) = self_signed(&THIS_MACHINE, true);
    let server = Server::script_over(Some(tls), [Act::ok()]);
    let known = pem_file(&certificate);
    let builder = builder().endpoint(server.url()).ca_file(known.path());
    assert_refused(&server, &builder.build().unwrap(), &["CA:TRUE"]);
}

#[test]
fn f22_a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let tls = authority.server(&["other.example", "127.0.0.2"]);
    let server = Server::script_over(Some(tls), [Act::ok()]);
    let client = trusting(&server, &authority);
    let reasons = ["not for 127.0.0.1", "other.example, 127.0.0.2"];
    assert_refused(&server, &client, &reasons);
}

#[test]
fn f22_a_certificate_out_of_its_time_is_refused() {
    let authority = Authority::new();
    let expired = authority.server_with(&THIS_MACHINE, |params| {
        params.not_after = date_time_ymd(2021, 3, 4);
    });
    let not_yet = authority.server_with(&THIS_MACHINE, |params| {
        params.not_before = date_time_ymd(2999, 5, 6);
    });
    for (tls, reasons) in [
        (expired, ["expired on 2021-03-04", "clock"]),
        (not_yet, ["valid from 2999-05-06", "clock"]),
    ] {
        let server = Server::script_over(Some(tls), [Act::ok()]);
        assert_refused(&server, &trusting(&server, &authority), &reasons);
    }
}

/// A server that reads the client's first words and answers with these bytes.
fn speaking(bytes: &'static [u8]) -> Server {
    Server::raw(move |connection: &mut Connection, _| {
        let seen = connection.read_exactly(5).unwrap_or_default();
        assert!(seen.starts_with(&[0x16, 3]), "no TLS: {seen:?}");
        connection.send(bytes);
        connection.wait_for_client();
    })
}

#[test]
fn f22_old_versions_of_tls_are_refused() {
    let mut hello = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    // No session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
    hello.extend([0, 0xc0, 0x13, 0]);
    let hello: &'static [u8] = Vec::leak(hello);
    let alert = &[0x15, 3, 1, 0, 2, 2, 70];
    for bytes in [hello, alert] {
        let server = speaking(bytes);
        let endpoint = format!("https://{}", server.address());
        let client = builder().endpoint(endpoint).build().unwrap();
        assert_refused(&server, &client, &["TLS 1.2"]);
    }
}

#[test]
fn f22_what_does_not_speak_tls_is_named() {
    let server = speaking(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let endpoint = format!("https://{}", server.address());
    let client = builder().endpoint(endpoint).build().unwrap();
    assert_refused(&server, &client, &["plain http"]);
}

#[test]
fn only_the_loud_option_turns_the_check_off() {
    let (tls, _) = self_signed(&["other.example"], true);
    let server = Server::script_over(Some(tls), [Act::ok()]);
    let insecure = |accept| {
        let builder = builder().endpoint(server.url());
        builder.danger_accept_invalid_certs(accept).build().unwrap()
    };
    confirm(&insecure(true)).unwrap();
    assert_eq!(
        confirm(&insecure(false)).unwrap_err().kind(),
        ErrorKind::Tls
    );
}

#[track_caller]
pub(crate) fn assert_invalid(builder: ClientBuilder, words: &[&str]) {
    let error = builder.endpoint("https://localhost:1").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{word} in: {error}");
    }
}

#[test]
fn f23_a_ca_file_that_is_of_no_use_is_refused_when_the_client_is_built() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.pem");
    assert_invalid(
        builder().ca_file(&missing),
        &["ca_file", "missing.pem", "can't be read"],
    );
    let unreadable = directory.path();
    assert_invalid(builder().ca_file(unreadable), &["ca_file", "can't be read"]);
    let (_, key) = Authority::new().client();
    let garbage = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    for (text, word) in [
        ("", "is empty"),
        ("\n", "no certificate in PEM"),
        ("hello", "no certificate in PEM"),
        (&*key, "no certificate in PEM"),
        ("-----BEGIN CERTIFICATE-----\naGVsbG8=\n", "no proper PEM"),
        (garbage, "no certificate that can be read"),
    ] {
        let file = pem_file(text);
        assert_invalid(builder().ca_file(file.path()), &["ca_file", word]);
    }
}

/// System bundles hold certificates that nobody can read any more.
#[test]
fn f23_what_is_unusable_in_a_bundle_does_not_spoil_the_rest() {
    let authority = Authority::new();
    let server = Server::script_over(Some(authority.server(&THIS_MACHINE)), [Act::ok()]);
    let good = std::fs::read_to_string(authority.file()).unwrap();
    let bundle = pem_file(&format!(
        "# words\n-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n{good}"
    ));
    let builder = builder().endpoint(server.url()).ca_file(bundle.path());
    confirm(&builder.build().unwrap()).unwrap();
}

#[test]
fn f23_a_client_certificate_is_checked_when_the_client_is_built() {
    let authority = Authority::new();
    let (certificate, key) = authority.client();
    let (_, other_key) = authority.client();
    let both = pem_file(&format!("{certificate}{other_key}"));
    assert_invalid(
        builder().client_cert(both.path()),
        &["client_cert", "doesn't belong"],
    );
    let certificate = pem_file(&certificate);
    for (text, word) in [
        (&*other_key, "doesn't belong"),
        ("", "is empty"),
        ("hello", "no private key in PEM"),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\naGVsbG8=\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "encrypted",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n",
            "can't be used",
        ),
    ] {
        let file = pem_file(text);
        let builder = builder().client_cert(certificate.path());
        assert_invalid(builder.client_key(file.path()), &["client_key", word]);
    }
    let key = pem_file(&key);
    let alone = builder().client_key(key.path());
    assert_invalid(alone, &["client_key", "without client_cert"]);
    let keyless = builder().client_cert(certificate.path());
    assert_invalid(keyless, &["client_cert", "no private key"]);
}

#[test]
fn a_client_shows_its_certificate() {
    let authority = Authority::new();
    let server = Server::script_over(Some(authority.server_for_known_clients()), [Act::ok()]);
    let (certificate, key) = authority.client();
    let both = pem_file(&format!("{key}{certificate}"));
    let builder = || builder().endpoint(server.url()).ca_file(authority.file());
    confirm(&builder().client_cert(both.path()).build().unwrap()).unwrap();
    let certificate = pem_file(&certificate);
    let key = pem_file(&key);
    let apart = builder().client_cert(certificate.path());
    confirm(&apart.client_key(key.path()).build().unwrap()).unwrap();
    assert_eq!(server.counts(), (2, 2));
}

/// With TLS 1.3 the server says so only after the client takes the connection for ready.
#[test]
fn f22_a_server_that_wants_another_client_certificate_has_not_read_the_request() {
    let authority = Authority::named("clients");
    let (certificate, key) = Authority::new().client();
    let unknown = pem_file(&format!("{certificate}{key}"));
    let (certificate, key) = Authority::named("clients").client();
    let twin = pem_file(&format!("{certificate}{key}"));
    for shown in [None, Some(unknown.path()), Some(twin.path())] {
        let server = Server::script_over(Some(authority.server_for_known_clients()), [Act::ok()]);
        let mut builder = builder().endpoint(server.url()).ca_file(authority.file());
        if let Some(path) = shown {
            builder = builder.client_cert(path);
        }
        assert_refused(&server, &builder.build().unwrap(), &["client_cert"]);
    }
}

#[test]
fn f24_a_call_is_cancelled_during_the_handshake() {
    let server = Server::raw(|connection, _| {
        connection.wait_for_client();
    });
    let endpoint = format!("https://{}", server.address());
    let client = builder().endpoint(endpoint).build().unwrap();
    let (client, handle) = cancellable(&client);
    let error = cancelled(
        &handle,
        || server.wait_for_connections(1),
        || confirm(&client),
    );
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
}

#[test]
fn f29_an_answer_that_is_cut_off_leaves_the_outcome_open() {
    let authority = Authority::new();
    let tls = authority.server(&THIS_MACHINE);
    let cut = b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Le".to_vec();
    for act in [Act::close(), Act::reset(), Act::SendAndClose(cut)] {
        let server = Server::script_over(Some(tls.clone()), [act]);
        let options = CallOptions::new().max_attempts(1);
        let client = trusting(&server, &authority).with_options(options).unwrap();
        let error = confirm(&client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    }
}

/// Idle connections that the server has closed are replaced, and nobody notices.
#[test]
fn f27_a_kept_connection_that_was_closed_is_replaced_over_tls_too() {
    let authority = Authority::new();
    let tls = authority.server(&THIS_MACHINE);
    let server = Server::over(Some(tls), |connection, _| {
        if connection.request().is_some() {
            connection.perform(&Act::ok());
        }
    });
    let client = trusting(&server, &authority);
    for number in 1..=3 {
        confirm(&client).unwrap();
        server.wait_for_ends(number);
    }
    assert_eq!(server.counts(), (3, 3));
}
