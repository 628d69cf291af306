//! Credentials that expire or are refused: asked for anew, once, by whoever needs them first.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use mss_http::{
    Client, CredentialProvider, CredentialSource, Credentials, ErrorKind, FoundCredentials,
    Outcome, Token, UploadState,
};
use time::OffsetDateTime;

use crate::support::{Act, PROJECT, Server, file, keys, locked, quick};

type Answer = Result<FoundCredentials, Box<dyn std::error::Error + Send + Sync>>;

/// A client whose credentials come from `answer`, which learns how often it was asked before.
fn asking(server: &Server, answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Client {
    let asked = AtomicUsize::new(0);
    let source = CredentialSource::callback(move || answer(asked.fetch_add(1, Ordering::Relaxed)));
    let builder = Client::builder().project_id(PROJECT).endpoint(server.url());
    builder.credential_source(source).build().unwrap()
}

fn token(number: usize) -> FoundCredentials {
    FoundCredentials::token(Token::new(format!("token-{number}")).unwrap())
}

/// Accepts the tokens from this number on.
fn accepting_from(first: usize) -> Server {
    Server::acting(move |request, _| {
        let token = request.header("x-auth-token").unwrap_or_default();
        let number: usize = token.strip_prefix("token-").unwrap().parse().unwrap();
        if number >= first {
            return Act::ok();
        }
        let body = r#"{"error_code":"APIGW.0307","error_msg":"The token must be updated."}"#;
        Act::answer("401 Unauthorized", "X-Request-Id: r", body)
    })
}

fn in_a_second() -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::from_secs(1)
}

#[test]
fn f16_a_refused_token_is_renewed_and_the_call_repeated() {
    let server = accepting_from(1);
    let client = asking(&server, |asked| Ok(token(asked)));
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    confirm().unwrap();
    confirm().unwrap();
    assert_eq!(server.requests().len(), 3);
}

/// All of them are refused before the new token is there.
#[test]
fn f16_many_calls_renew_a_token_once() {
    const THREADS: usize = 32;
    let refusals = Arc::new((Mutex::new(0), Condvar::new()));
    let asked = Arc::new(AtomicUsize::new(0));
    let server = {
        let refusals = Arc::clone(&refusals);
        Server::acting(move |request, _| {
            if request.header("x-auth-token") != Some("token-0") {
                return Act::ok();
            }
            let (count, changed) = &*refusals;
            *locked(count) += 1;
            changed.notify_all();
            let body = r#"{"error_code":"APIGW.0307","error_msg":"The token must be updated."}"#;
            Act::answer("401 Unauthorized", "X-Request-Id: r", body)
        })
    };
    let client = {
        let asked = Arc::clone(&asked);
        asking(&server, move |number| {
            asked.fetch_add(1, Ordering::Relaxed);
            if number > 0 {
                let (count, changed) = &*refusals;
                let few = |count: &mut usize| *count < THREADS;
                drop(changed.wait_while(locked(count), few).unwrap());
            }
            Ok(token(number))
        })
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                client
                    .confirm_file_upload(&file(), UploadState::Created)
                    .unwrap();
            });
        }
    });
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn f16_a_token_that_is_refused_again_is_an_error() {
    let server = accepting_from(usize::MAX);
    let client = asking(&server, |asked| Ok(token(asked)));
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    let error = confirm().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!((error.attempts().len(), server.requests().len()), (2, 2));
    // And it isn't asked for again and again.
    for _ in 0..5 {
        confirm().unwrap_err();
    }
    let seen = server.requests();
    assert_eq!(seen.last().unwrap().header("x-auth-token"), Some("token-1"));
}

#[test]
fn f16_a_source_that_has_nothing_new_changes_nothing() {
    let server = accepting_from(1);
    let client = asking(&server, |_| Ok(token(0)));
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!((error.attempts().len(), server.requests().len()), (1, 1));
}

/// A key that another client was refused with isn't tried; the source may have another by now.
#[test]
fn f12_other_credentials_of_the_source_are_used_at_once() {
    let server = Server::acting(|request, _| {
        let authorization = request.header("authorization").unwrap_or_default();
        if authorization.contains("Access=new") {
            return Act::ok();
        }
        let body = r#"{"error_code":"APIGW.0301","error_msg":"verify aksk signature fail"}"#;
        Act::answer("401 Unauthorized", "X-Request-Id: r", body)
    });
    let old = keys();
    let refused = Client::builder().project_id(PROJECT).endpoint(server.url());
    let refused = refused.credentials(old.clone()).build().unwrap();
    refused
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    let new = Credentials::new(format!("new{}", old.access_key()), "secret").unwrap();
    let client = asking(&server, move |asked| {
        let keys = if asked == 0 { &old } else { &new };
        Ok(FoundCredentials::keys(keys.clone()))
    });
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    assert_eq!(server.requests().len(), 2);
}

/// The first attempt was refused and the second not sent: nothing was applied.
#[test]
fn f12_what_is_renewed_may_have_been_refused_before() {
    let body = r#"{"error_code":"APIGW.0301","error_msg":"verify aksk signature fail"}"#;
    let answer = Act::answer("401 Unauthorized", "X-Request-Id: r", body);
    let server = Server::script([answer]);
    let [first, second] = [keys(), keys()];
    let refused = Client::builder().project_id(PROJECT).endpoint(server.url());
    let refused = refused.credentials(second.clone()).build().unwrap();
    refused
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    let client = asking(&server, move |asked| {
        let keys = if asked == 0 { &first } else { &second };
        Ok(FoundCredentials::keys(keys.clone()))
    });
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert_eq!((error.attempts().len(), server.requests().len()), (1, 2));
}

/// What keeps a key from being locked isn't hidden by what else goes wrong.
#[test]
fn f12_a_source_that_fails_hides_no_refusal() {
    let body = r#"{"error_code":"APIGW.0301","error_msg":"verify aksk signature fail"}"#;
    let refusal = Act::answer("401 Unauthorized", "X-Request-Id: r", body);
    let server = Server::script([Act::ok(), refusal]);
    let keys = keys();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let client = asking(&server, move |number| {
        count.fetch_add(1, Ordering::Relaxed);
        match number {
            0 => Ok(FoundCredentials::keys(keys.clone())),
            _ => Err("the vault is sealed".into()),
        }
    });
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    confirm().unwrap();
    for _ in 0..20 {
        let error = confirm().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert!(error.to_string().contains("verify aksk"), "{error}");
    }
    assert_eq!(server.requests().len(), 2);
    assert_eq!(asked.load(Ordering::Relaxed), 2, "asked again and again");
}

/// Nor where the source fails when another key is looked for.
#[test]
fn f12_a_failing_source_hides_no_refusal_of_another_client() {
    let body = r#"{"error_code":"APIGW.0301","error_msg":"verify aksk signature fail"}"#;
    let refusal = Act::answer("401 Unauthorized", "X-Request-Id: r", body);
    let server = Server::script([refusal]);
    let keys = keys();
    let refused = Client::builder().project_id(PROJECT).endpoint(server.url());
    let refused = refused.credentials(keys.clone()).build().unwrap();
    refused
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    let client = asking(&server, move |asked| match asked {
        0 => Ok(FoundCredentials::keys(keys.clone())),
        _ => Err("the vault is sealed".into()),
    });
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(error.to_string().contains("verify aksk"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn f16_the_same_token_again_is_not_sent_again() {
    let server = accepting_from(1);
    let client = asking(&server, |_| Ok(token(0)));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                client
                    .confirm_file_upload(&file(), UploadState::Created)
                    .unwrap_err();
            });
        }
    });
    assert_eq!(server.requests().len(), 16);
}

#[test]
fn f17_a_source_may_use_another_one() {
    let server = Server::script([Act::ok()]);
    let inner = CredentialProvider::new(CredentialSource::callback(|| Ok(token(7)))).unwrap();
    let client = asking(&server, move |_| Ok(inner.get()?));
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    let seen = server.requests();
    assert_eq!(seen[0].header("x-auth-token"), Some("token-7"));
}

/// While old credentials last they are used; the new ones are fetched by one thread.
#[test]
fn many_threads_refresh_once_and_wait_for_nothing() {
    const THREADS: usize = 64;
    let server = Server::script([Act::ok()]);
    let keys = keys();
    // Held until every thread has made a call with the old ones.
    let gate = Arc::new((Mutex::new(0), Condvar::new()));
    let asked = Arc::new(AtomicUsize::new(0));
    let client = {
        let (gate, asked) = (Arc::clone(&gate), Arc::clone(&asked));
        asking(&server, move |number| {
            asked.fetch_add(1, Ordering::Relaxed);
            if number > 0 {
                let (calls, changed) = &*gate;
                let calls = locked(calls);
                drop(changed.wait_while(calls, |calls| *calls < THREADS).unwrap());
            }
            let keys = Credentials::new(keys.access_key(), format!("secret-{number}")).unwrap();
            let life = if number == 0 { 12 } else { 3600 };
            let end = OffsetDateTime::now_utc() + Duration::from_secs(life);
            Ok(FoundCredentials::keys(keys).expires_at(end))
        })
    };
    let confirm = || client.confirm_file_upload(&file(), UploadState::Created);
    confirm().unwrap();
    // Three quarters of their life: from now on new ones are wanted.
    thread::sleep(Duration::from_millis(9100));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                confirm().unwrap();
                let (calls, changed) = &*gate;
                *locked(calls) += 1;
                changed.notify_all();
                confirm().unwrap();
            });
        }
    });
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn expired_credentials_are_replaced_before_the_next_call() {
    let server = Server::acting(|request, number| {
        assert_eq!(
            request.header("x-auth-token"),
            Some(&*format!("token-{number}"))
        );
        Act::ok()
    });
    let client = asking(&server, |asked| Ok(token(asked).expires_at(in_a_second())));
    for _ in 0..2 {
        client
            .confirm_file_upload(&file(), UploadState::Created)
            .unwrap();
        thread::sleep(Duration::from_millis(1100));
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn f17_what_goes_wrong_in_a_source_is_told() {
    let server = Server::script([Act::ok()]);
    let client = asking(&server, |_| Err("the vault is sealed".into()));
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("the vault is sealed"));

    let client = asking(&server, |_| {
        Ok(token(0).expires_at(OffsetDateTime::now_utc() - Duration::from_secs(5)))
    });
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials, "{error}");
    assert!(error.to_string().contains("expired at"), "{error}");

    let client = asking(&server, |_| panic!("a mistake"));
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials, "{error}");
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(server.requests().is_empty());
}

#[test]
fn f17_a_source_that_blocks_holds_a_call_until_its_deadline() {
    let server = Server::script([Act::ok()]);
    let gate = Arc::new(Mutex::new(()));
    let held = locked(&gate);
    let client = {
        let gate = Arc::clone(&gate);
        asking(&server, move |asked| {
            drop(locked(&gate));
            Ok(token(asked))
        })
    };
    let impatient = client
        .with_options(quick(Duration::from_millis(400)))
        .unwrap();
    let started = Instant::now();
    let error = impatient
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert!(started.elapsed() < Duration::from_secs(5));
    // What it answers in the end is used.
    drop(held);
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    let seen = server.requests();
    assert_eq!(seen[0].header("x-auth-token"), Some("token-0"));
}

#[test]
fn f17_a_source_may_not_use_the_client_that_asks_it() {
    let server = Server::script([Act::ok()]);
    let inner: Arc<Mutex<Option<Client>>> = Arc::default();
    let client = {
        let inner = Arc::clone(&inner);
        asking(&server, move |asked| {
            let client = locked(&inner)
                .clone()
                .expect("it is set before the first call");
            client.confirm_file_upload(&file(), UploadState::Created)?;
            Ok(token(asked))
        })
    };
    *locked(&inner) = Some(client.clone());
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert!(error.to_string().contains("a client of its own"), "{error}");
    assert!(server.requests().is_empty());
    locked(&inner).take();
}
