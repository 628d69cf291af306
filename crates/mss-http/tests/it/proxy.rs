//! Proxies on the way, good and bad ones.

use std::{net::SocketAddr, process::Command, time::Duration};

use mss_http::{
    CallOptions, Client, ClientBuilder, Error, ErrorKind, Outcome, Proxy, Upload, UploadState,
};

use crate::support::{
    Act, Authority, Connection, SECRET_KEY, Server, assert_near, asset, builder, closed_port,
    confirmed, create, file, metastudio_over, timed,
};

/// A name that only a proxy knows.
const HOST: &str = "metastudio.test";
const ENDPOINT: &str = "https://metastudio.test";
const OPENED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

/// A proxy that lets everything through, to one address whatever the name.
fn open_proxy(to: SocketAddr) -> Server {
    Server::raw(move |connection, _| pass_through(connection, to))
}

fn pass_through(connection: &mut Connection, to: SocketAddr) {
    if connection.request().is_some() {
        connection.send(OPENED);
        connection.pass_on_to(to);
    }
}

/// A proxy that answers CONNECT with these bytes and closes.
fn answering(bytes: impl Into<Vec<u8>>) -> Server {
    let bytes = bytes.into();
    Server::raw(move |connection, _| {
        if connection.request().is_some() {
            connection.send(&bytes);
        }
    })
}

fn through(proxy: &Server) -> ClientBuilder {
    builder().endpoint(ENDPOINT).proxy(Proxy::url(proxy.url()))
}

fn confirm(client: &Client) -> Result<(), Error> {
    let confirmed = client.confirm_file_upload(&file(), UploadState::Created);
    confirmed.map(drop)
}

#[test]
fn f25_calls_go_through_a_tunnel_of_which_the_proxy_sees_the_host_only() {
    let authority = Authority::new();
    let server = Server::script_over(Some(authority.server(&[HOST])), [Act::ok()]);
    let proxy = open_proxy(server.address());
    let client = through(&proxy).ca_file(authority.file()).build().unwrap();
    for _ in 0..3 {
        confirm(&client).unwrap();
    }
    assert_eq!(server.requests().len(), 3);
    let seen = proxy.requests();
    assert_eq!(seen.len(), 1, "the tunnel is kept: {seen:?}");
    assert_eq!(seen[0].line(), format!("CONNECT {HOST}:443"));
    for kept_back in ["Authorization", "X-Sdk-Date", "Proxy-Authorization"] {
        assert_eq!(seen[0].header(kept_back), None);
    }
}

#[test]
fn f25_an_upload_goes_through_it_too() {
    let authority = Authority::new();
    let server = metastudio_over(Some(authority.server(&[HOST])), |_, _, _| None);
    let proxy = open_proxy(server.address());
    let builder = through(&proxy).ca_file(authority.file());
    let client = builder.upload_host_suffixes([HOST]).build().unwrap();
    let source = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    std::fs::write(source.path(), vec![b'x'; 1 << 20]).unwrap();
    client.upload(Upload::new(source.path(), asset())).unwrap();
    assert_eq!(server.requests()[1].body.len(), 1 << 20);
    assert_eq!(confirmed(&server), ["CREATED"]);
}

#[test]
fn f25_a_proxy_that_speaks_tls_itself_is_used() {
    let authority = Authority::new();
    let server = Server::script_over(Some(authority.server(&[HOST])), [Act::ok()]);
    let to = server.address();
    let tls = Some(authority.server(&["127.0.0.1"]));
    let proxy = Server::over(tls, move |connection, _| pass_through(connection, to));
    let client = through(&proxy).ca_file(authority.file()).build().unwrap();
    confirm(&client).unwrap();
    assert_eq!(proxy.requests().len(), 1);
    let stranger = through(&proxy).build().unwrap();
    let error = confirm(&stranger).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    let place = format!("the proxy {}", proxy.address());
    assert!(error.to_string().contains(&place), "{error}");
}

/// Plain http goes through a tunnel too, so that the proxy can't change the signed request.
#[test]
fn f25_plain_http_goes_through_a_tunnel_too() {
    let server = Server::script([Act::ok()]);
    let proxy = open_proxy(server.address());
    let endpoint = format!("http://{HOST}:8080");
    let builder = through(&proxy).endpoint(endpoint).allow_http(true);
    confirm(&builder.build().unwrap()).unwrap();
    assert_eq!(proxy.requests()[0].line(), format!("CONNECT {HOST}:8080"));
    assert!(server.requests()[0].line().starts_with("POST /v1/"));
}

#[test]
fn f25_this_machine_is_reached_without_a_proxy() {
    let server = Server::script([Act::ok()]);
    let proxy = answering(OPENED);
    for host in ["127.0.0.1", "localhost"] {
        let endpoint = format!("http://{host}:{}", server.address().port());
        confirm(&through(&proxy).endpoint(endpoint).build().unwrap()).unwrap();
    }
    assert_eq!((server.requests().len(), proxy.connections()), (2, 0));
}

#[test]
fn f25_user_name_and_password_go_to_the_proxy_and_into_no_text() {
    let proxy = answering("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
    let url = format!("http://us%40er:pa%3Ass%40w:rd@{}", proxy.address());
    let builder = through(&proxy).proxy(Proxy::url(&url));
    let shown = format!("{builder:?} {:?}", Proxy::url(&url));
    let client = builder.build().unwrap();
    let error = confirm(&client).unwrap_err();
    let seen = proxy.requests();
    // us@er:pa:ss@w:rd
    assert_eq!(
        seen[0].header("proxy-authorization"),
        Some("Basic dXNAZXI6cGE6c3NAdzpyZA==")
    );
    assert_eq!(error.kind(), ErrorKind::Proxy, "{error}");
    assert_eq!(seen.len(), 1, "it isn't asked again: {error}");
    let text = format!("{shown} {client:?} {error} {error:?}");
    for secret in ["us@er", "us%40er", "pa:ss", "pa%3Ass", "w:rd", "dXNAZXI"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("407"), "{error}");
    assert!(text.contains(&proxy.address().to_string()), "{error}");
}

#[track_caller]
fn assert_proxy_error(error: &Error, place: &str, words: &str, attempts: usize) {
    assert_eq!(error.kind(), ErrorKind::Proxy, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!(error.attempts().len(), attempts, "{error}");
    let text = error.to_string();
    assert!(text.contains(words), "{words} in: {text}");
    assert!(text.contains(place), "{place} in: {text}");
    assert!(!text.contains(SECRET_KEY));
}

#[test]
fn f25_a_proxy_that_refuses_is_named() {
    let many_headers = "X-Words: words\r\n".repeat(30);
    let long = format!("HTTP/1.1 200 OK\r\nX-Words: {}", "w".repeat(100_000));
    for (bytes, words, attempts) in [
        ("HTTP/1.1 407 W\r\n\r\n".to_owned(), "user name", 1),
        ("HTTP/1.1 403 W\r\n\r\n".to_owned(), "403", 1),
        ("HTTP/1.1 405 W\r\n\r\n".to_owned(), "405 to CONNECT", 1),
        (
            "HTTP/1.1 502 W\r\n\r\n".to_owned(),
            "502: it can't reach",
            3,
        ),
        ("HTTP/1.1 503 W\r\n\r\n".to_owned(), "503", 3),
        (
            "HTTP/1.1 302 W\r\nLocation: https://a\r\n\r\n".to_owned(),
            "302",
            3,
        ),
        (String::new(), "without an answer", 3),
        ("HTTP/1.1 200".to_owned(), "without an answer", 3),
        ("SSH-2.0-words\r\n\r\n".to_owned(), "no proper HTTP", 3),
        (long, "the proxy", 3),
        (
            format!("HTTP/1.1 502 W\r\n{many_headers}\r\n"),
            "the proxy",
            3,
        ),
        // Opens the tunnel and closes it.
        (OPENED.to_owned(), "behind the proxy", 3),
    ] {
        let proxy = answering(bytes);
        let client = through(&proxy).build().unwrap();
        let place = proxy.address().to_string();
        for error in [
            confirm(&client).unwrap_err(),
            client.create_file(&create()).unwrap_err(),
        ] {
            assert_proxy_error(&error, &place, words, attempts);
        }
    }
}

#[test]
fn f25_a_proxy_that_cannot_be_reached_is_named() {
    let port = closed_port().unwrap();
    let url = format!("http://user:planted@127.0.0.1:{port}");
    let builder = builder().endpoint(ENDPOINT).proxy(Proxy::url(url));
    let error = confirm(&builder.build().unwrap()).unwrap_err();
    let words = "can't connect to the proxy";
    assert_proxy_error(&error, &format!("127.0.0.1:{port}"), words, 3);
    let nowhere = crate::support::builder().endpoint(ENDPOINT);
    let nowhere = nowhere.proxy(Proxy::url("http://user:planted@nowhere.invalid:3128"));
    let error = confirm(&nowhere.build().unwrap()).unwrap_err();
    assert_proxy_error(&error, "nowhere.invalid:3128", "can't resolve the proxy", 3);
    assert!(!error.to_string().contains("planted"), "{error}");
}

#[test]
fn f25_a_silent_proxy_ends_with_the_time_for_connecting() {
    let silent = Server::raw(|connection, _| {
        connection.wait_for_client();
    });
    // The tunnel is open, and on the other side nobody speaks TLS.
    let silent_behind = Server::raw(|connection, _| {
        connection.request();
        connection.send(OPENED);
        connection.wait_for_client();
    });
    let budget = Duration::from_millis(300);
    let options = CallOptions::new().connect_timeout(budget).max_attempts(1);
    for proxy in [silent, silent_behind] {
        let client = through(&proxy).options(options.clone()).build().unwrap();
        let (result, time) = timed(|| confirm(&client));
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        assert!(error.to_string().contains("connect"), "{error}");
        assert_near(time, budget);
    }
}

#[test]
fn f22_a_certificate_behind_a_proxy_is_checked_for_the_host_and_not_for_the_proxy() {
    let authority = Authority::new();
    let tls = authority.server(&["127.0.0.1", "localhost"]);
    let server = Server::script_over(Some(tls), [Act::ok()]);
    let proxy = open_proxy(server.address());
    let client = through(&proxy).ca_file(authority.file()).build().unwrap();
    let error = confirm(&client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert!(
        error.to_string().contains("not for metastudio.test"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn f25_a_proxys_url_that_makes_no_sense_is_refused_when_the_client_is_built() {
    for (url, words) in [
        ("", "no URL"),
        ("http://", "no URL"),
        ("http://user:planted#@host:1", "percent-encoded"),
        ("ftp://user:planted@host:1", "no URL"),
        ("socks5://user:planted@host:1", "SOCKS"),
        ("socks5h://user:planted@host:1", "SOCKS"),
    ] {
        let builder = builder().endpoint("http://127.0.0.1:1");
        let error = builder.proxy(Proxy::url(url)).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(words), "{url}: {text}");
        assert!(!text.contains("planted"), "{text}");
    }
}

/// Runs [`confirms_in_an_environment`] in a process of its own, whose variables nobody else has.
fn run_with(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "proxy::confirms_in_an_environment"]);
    command.args(["--ignored", "--nocapture"]);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    let given = variables.iter().copied();
    let output = command.env(URL, ENDPOINT).envs(given).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = text.lines().find_map(|line| line.split_once("said: "));
    let (_, said) = said.unwrap_or_else(|| panic!("it said nothing: {text}"));
    said.to_owned()
}

const URL: &str = "MSS_TEST_ENDPOINT";
const WITHOUT_PROXY: &str = "MSS_TEST_WITHOUT_PROXY";

#[test]
#[ignore = "half of those f25 tests that need an environment"]
#[allow(clippy::print_stdout, reason = "the other half reads it")]
fn confirms_in_an_environment() {
    let endpoint = std::env::var(URL).unwrap();
    let mut builder = builder().endpoint(endpoint).allow_http(true);
    if std::env::var_os(WITHOUT_PROXY).is_some() {
        builder = builder.proxy(Proxy::None);
    }
    let builder = builder.options(CallOptions::new().max_attempts(1));
    match builder.build().and_then(|client| confirm(&client)) {
        Ok(()) => println!("said: fine"),
        Err(error) => println!("said: {} {error}", error.kind()),
    }
}

#[test]
fn f25_the_environments_proxy_is_used_but_for_the_hosts_of_no_proxy() {
    let proxy = answering("HTTP/1.1 407 W\r\n\r\n");
    let url = format!("http://user:planted@{}", proxy.address());
    let mut asked = 0;
    for (variables, kind, is_asked) in [
        (&[("HTTPS_PROXY", &*url)][..], "proxy", true),
        (&[("https_proxy", &*url)], "proxy", true),
        (&[("ALL_PROXY", &*url)], "proxy", true),
        (
            &[("HTTPS_PROXY", &*url), ("NO_PROXY", "other.test")],
            "proxy",
            true,
        ),
        (&[("HTTP_PROXY", &*url)], "resolve", false),
        (
            &[("HTTPS_PROXY", &*url), ("NO_PROXY", "a, .test")],
            "resolve",
            false,
        ),
        (
            &[("HTTPS_PROXY", &*url), ("no_proxy", HOST)],
            "resolve",
            false,
        ),
        (
            &[("HTTPS_PROXY", &*url), ("NO_PROXY", "*")],
            "resolve",
            false,
        ),
        (
            &[("HTTPS_PROXY", &*url), (WITHOUT_PROXY, "1")],
            "resolve",
            false,
        ),
        (
            &[("HTTPS_PROXY", &*url), (URL, "http://metastudio.test")],
            "resolve",
            false,
        ),
        (
            &[("HTTP_PROXY", &*url), (URL, "http://metastudio.test")],
            "proxy",
            true,
        ),
        (
            &[("HTTPS_PROXY", "socks5://user:planted@host:1")],
            "invalid_config",
            false,
        ),
        (&[("HTTPS_PROXY", "")], "resolve", false),
    ] {
        let line = run_with(variables);
        assert!(
            line.starts_with(&format!("{kind} ")),
            "{variables:?}: {line}"
        );
        assert!(!line.contains("planted"), "{line}");
        asked += usize::from(is_asked);
        assert_eq!(proxy.requests().len(), asked, "{variables:?}: {line}");
    }
}

#[test]
fn f25_a_proxy_that_cannot_be_used_does_not_hinder_calls_to_this_machine() {
    let server = Server::script([Act::ok()]);
    let line = run_with(&[("ALL_PROXY", "socks5://host:1"), (URL, &server.url())]);
    assert_eq!(line, "fine");
}
