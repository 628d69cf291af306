//! Help texts, the version, and what is said about arguments that don't fit.

mod support;

use support::{Session, redacted};

#[test]
fn help_of_each_command() {
    let _guard = redacted(None);
    for command in [
        "upload", "confirm", "resume", "doctor", "sign", "explain", "emulator",
    ] {
        let done = Session::new().run([command, "--help"]);
        insta::assert_snapshot!(format!("help_{command}"), done.text());
        let short = Session::new().run([command, "-h"]);
        assert_eq!(short.stdout, done.stdout, "{command}");
    }
    insta::assert_snapshot!("help", Session::new().run(["--help"]).text());
    insta::assert_snapshot!("version", Session::new().run(["--version"]).text());
}

#[test]
fn without_a_command_it_says_how_it_is_used() {
    let done = Session::new().run::<&str>([]);
    assert_eq!((done.code, done.stdout.as_str()), (2, ""));
    assert!(done.stderr.contains("Usage: metastudio"), "{}", done.stderr);
}

#[test]
fn wrong_arguments() {
    let _guard = redacted(None);
    let cases: [(&str, &[&str]); 6] = [
        ("no_file_id", &["confirm"]),
        (
            "wrong_state",
            &["confirm", "f", "--state", "created", "--json"],
        ),
        ("no_asset_id", &["upload", "clip.mp4"]),
        (
            "bad_endpoint",
            &["confirm", "f", "--region", "r", "--endpoint", "e"],
        ),
        (
            "local_and_region",
            &["confirm", "f", "--region", "r", "--local"],
        ),
        (
            "no_time",
            &["confirm", "f", "--total-timeout=-1", "--region", "r"],
        ),
    ];
    for (name, arguments) in cases {
        let done = Session::new().run(arguments);
        assert_eq!(done.code, 2, "{name}");
        insta::assert_snapshot!(name, done.text());
    }
}

#[cfg(unix)]
#[test]
fn f02_arguments_that_are_no_text_are_a_clean_error() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};

    let odd = || OsString::from_vec(b"f\xff".to_vec());
    let word = OsString::from;
    for arguments in [
        vec![word("confirm"), odd(), word("--region=r")],
        vec![word("confirm"), word("f"), word("--endpoint"), odd()],
        vec![word("sign"), word("GET"), odd()],
        vec![odd()],
    ] {
        let done = Session::new().run(arguments);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""));
        assert!(done.stderr.starts_with("error: "), "{}", done.stderr);
    }
}
