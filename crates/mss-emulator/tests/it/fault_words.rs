//! Faults as words: what is understood, and what is said to the rest.

use mss_emulator::{Fault, Operation};

use crate::support::emulator;

#[test]
fn all_forms_mean_the_same() {
    let forms = [
        (
            "put:reset@1000,times=2",
            r#"{"operation": "put", "how": "reset", "after_bytes": 1000, "times": 2}"#,
            Fault::reset()
                .on(Operation::PutObject)
                .after_body_bytes(1000)
                .times(2),
        ),
        (
            "confirm:close,at=answer",
            r#"{"operation": "confirm", "how": "close", "at": "answer"}"#,
            Fault::close()
                .on(Operation::ConfirmFileUpload)
                .before_answer(),
        ),
        (
            "any:truncate@7,times=all",
            r#"{"how": "truncate", "after_bytes": 7, "times": null}"#,
            Fault::truncate(7).always(),
        ),
        (
            "confirm:429,retry_after=5,applied=true,file_id=7",
            r#"{"operation": "confirm", "status": 429, "retry_after": "5", "applied": true,
                "file_id": "7"}"#,
            Fault::status(429)
                .retry_after("5")
                .applied()
                .file("7")
                .on(Operation::ConfirmFileUpload),
        ),
        (
            "put:status,code=SlowDown",
            r#"{"operation": "put", "code": "SlowDown"}"#,
            Fault::store_error("SlowDown"),
        ),
        (
            "any:slow_close,delay=0.5,at=done",
            r#"{"how": "slow_close", "delay": 0.5, "at": "done"}"#,
            Fault::slow_close(std::time::Duration::from_millis(500)).after_answer(),
        ),
        (
            "put:bandwidth,bytes_per_second=1024",
            r#"{"operation": "put", "how": "bandwidth", "bytes_per_second": 1024}"#,
            Fault::bandwidth(1024).on(Operation::PutObject),
        ),
        (
            "any:black_hole,at=connect",
            r#"{"how": "black_hole", "at": "connect"}"#,
            Fault::black_hole().on_connect(),
        ),
    ];
    for (short, json, built) in forms {
        assert_eq!(short.parse::<Fault>().unwrap(), built, "{short}");
        assert_eq!(Fault::from_json(json).unwrap(), built, "{json}");
    }
}

#[test]
fn what_means_nothing_is_named_with_what_would() {
    for (text, said) in [
        ("put", "such as put:reset@1000"),
        (
            "fetch:reset",
            "create, create_large, put, confirm, delete, create_asset, show_asset, delete_asset, \
             create_token, list_projects, list_domains, metadata_token, metadata_keys, pod_keys, \
             assume_agency, caller_identity, exchange_id_token, create_temporary_keys, any",
        ),
        (
            "put:explode",
            "reset, close, slow_close, black_hole, truncate, latency",
        ),
        (
            "put:reset,at=nowhere",
            "connect, request, body, received, answer, answer_body, done",
        ),
        ("put:reset@many", "after_bytes must be a whole number"),
        ("put:reset,times=0", "times must be 1 or more"),
        (
            "put:reset,times=-1",
            "times must be a whole number, or \"all\"",
        ),
        (
            "put:reset,delay=1",
            "how reset takes no delay; it takes operation, file_id, times, at, after_bytes",
        ),
        ("put:reset,times", "NAME=VALUE"),
        ("put:reset,times=1,times=2", "times is given twice"),
        ("put:latency", "how latency needs delay"),
        (
            "put:latency,delay=-1",
            "delay must be a number of seconds, 0 or more",
        ),
        (
            "put:bandwidth,bytes_per_second=0",
            "bytes_per_second must be 1 or more",
        ),
        ("put:slice,size=0", "size must be 1 or more"),
        ("put:100", "status must be 200 to 999"),
        ("put:70000", "status must be 200 to 999"),
        ("put:503@7", "faults of the line"),
        ("put:status", "needs status or code"),
        ("put:reset,at=connect", "nobody knows yet"),
        (
            "any:bandwidth,bytes_per_second=1,at=connect",
            "within request, body, answer",
        ),
        ("any:latency,delay=1,at=done", "nothing left"),
        (
            "any:reset,at=done,after_bytes=1",
            "at done takes no after_bytes",
        ),
        ("put:truncate,at=body", "within answer or answer_body"),
        ("confirm:expired", "create, create_large and put"),
    ] {
        let error = text.parse::<Fault>().unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    for (text, said) in [
        ("[]", "a JSON object"),
        ("{", "a JSON object"),
        ("{}", "how is missing"),
        (r#"{"how": 5}"#, "how must be a text; not 5"),
        (
            r#"{"status": 429, "retry_after": "a\nb"}"#,
            "that a header can hold",
        ),
    ] {
        let error = Fault::from_json(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn a_fault_that_contradicts_itself_is_not_taken() {
    let emulator = emulator();
    let bad = Fault::status(503).after_body_bytes(7);
    assert!(emulator.inject(bad).is_err());
    assert!(emulator.inject(Fault::reset().times(0)).is_err());
    assert!(emulator.faults().is_empty());
}
