//! Input that is refused before anything is sent.

use std::{process::Command, time::Duration};

use mss_http::{
    AppUserId, AssetId, CallOptions, Client, ContentMd5, CreateFile, Credentials, ErrorKind,
    FileCategory, FileId, InvalidInput, Outcome, ProjectId, Token, Upload, UploadState,
};

use crate::support::{ACCESS_KEY, Act, PROJECT, SECRET_KEY, Server, asset, builder, client};

/// What is no single, plain segment of a path.
const NO_SEGMENT: [&str; 19] = [
    "", " ", ".", "..", "../x", "a/b", "a\\b", "a?x", "a#b", "a%2Fb", "%2e%2e", "a\r\nb", "a\0b",
    "a\tb", "a\x7fb", "é", "文件", " a", "a ",
];

fn too_long() -> String {
    "x".repeat(300)
}

#[test]
fn f01_f02_what_is_no_plain_segment_becomes_no_id() {
    let long = too_long();
    for value in NO_SEGMENT.into_iter().chain([long.as_str()]) {
        let error = value.parse::<FileId>().expect_err(value);
        assert_eq!(error.field(), "file_id", "{value:?}");
        assert_eq!(value.parse::<AssetId>().unwrap_err().field(), "asset_id");
        assert_eq!(
            value.parse::<ProjectId>().unwrap_err().field(),
            "project_id"
        );
    }
}

#[test]
fn f03_a_bad_project_or_endpoint_builds_no_client() {
    let server = Server::script([Act::ok()]);
    let long = too_long();
    for value in NO_SEGMENT.into_iter().chain([long.as_str()]) {
        // An empty one counts as not given.
        let built = builder().endpoint(server.url()).project_id(value).build();
        let error = built.expect_err(value);
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.to_string().contains("project_id"), "{error}");
    }
    let url = server.url();
    let host = url.trim_start_matches("http://");
    for endpoint in [
        format!("{url}/v1"),
        format!("{url}?a=b"),
        format!("{url}#f"),
        format!("http://user:hunter2@{host}"),
        host.to_owned(),
        format!("ftp://{host}"),
        format!("{url}\r\nX: y"),
        "http://metastudio.cn-north-4.myhuaweicloud.com".to_owned(),
        "http://10.0.0.1".to_owned(),
        String::new(),
    ] {
        let error = builder().endpoint(&endpoint).build().expect_err(&endpoint);
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let error = builder().build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(server.connections(), 0);
}

#[test]
fn f04_only_the_three_words_are_states() {
    for value in [
        "", "created", "BOGUS", "1", "CREATED ", " CREATED", "CREATING",
    ] {
        let error = value.parse::<UploadState>().expect_err(value);
        assert_eq!(error.field(), "state");
    }
}

#[test]
fn f05_user_ids_that_a_signature_could_not_survive_are_refused() {
    let long = "u".repeat(10_000);
    for value in ["", "用户", "é", "a\r\nb", " a", "a ", "a b", "a\tb", &long] {
        let error = value.parse::<AppUserId>().expect_err(value);
        assert_eq!(error.field(), "app_user_id");
    }
}

#[test]
fn f06_bad_keys_are_refused_by_name_and_never_shown() {
    let bad = [
        "",
        "HUNTER2\n",
        " HUNTER2",
        "HUNTER2 ",
        "HUN TER2",
        "HUNTÉR2",
        "HUNTER2\0",
    ];
    let shown = |error: &InvalidInput| format!("{error} {error:?}");
    for value in bad {
        for (field, error) in [
            (
                "access_key",
                Credentials::new(value, SECRET_KEY).unwrap_err(),
            ),
            (
                "secret_key",
                Credentials::new(ACCESS_KEY, value).unwrap_err(),
            ),
            ("token", Token::new(value).unwrap_err()),
        ] {
            assert_eq!(error.field(), field, "{value:?}");
            assert!(!shown(&error).contains("HUN"), "{error}");
        }
        let keys = Credentials::new(ACCESS_KEY, SECRET_KEY).unwrap();
        let error = keys.with_security_token(value).unwrap_err();
        assert_eq!(error.field(), "security_token", "{value:?}");
    }
}

/// The environment belongs to the whole process, so each of its cases is a process of its own.
#[test]
fn f06_keys_of_the_environment_are_checked_too() {
    let server = Server::script([Act::ok()]);
    let url = server.url();
    let good = [
        ("HUAWEICLOUD_SDK_AK", ACCESS_KEY),
        ("HUAWEICLOUD_SDK_SK", SECRET_KEY),
        ("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT),
    ];
    assert_eq!(in_environment(&url, &good), "fine");
    let request = &server.requests()[0];
    assert!(
        request
            .header("authorization")
            .unwrap()
            .contains(ACCESS_KEY)
    );
    assert_eq!(request.header("x-project-id"), Some(PROJECT));

    let with_token = [
        &good[..],
        &[("HUAWEICLOUD_SDK_SECURITY_TOKEN", "sts-token")],
    ]
    .concat();
    assert_eq!(in_environment(&url, &with_token), "fine");
    let requests = server.requests();
    assert_eq!(requests[1].header("x-security-token"), Some("sts-token"));

    for (at, value, kind, named) in [
        (0, "", "invalid_credentials", "HUAWEICLOUD_SDK_AK"),
        (1, "", "invalid_credentials", "HUAWEICLOUD_SDK_SK"),
        (1, "HUNTER2\n", "invalid_credentials", "HUAWEICLOUD_SDK_SK"),
        (2, "", "invalid_config", "HUAWEICLOUD_SDK_PROJECT_ID"),
        (2, "..", "invalid_config", "project_id"),
    ] {
        let mut variables = good;
        variables[at].1 = value;
        let text = in_environment(&url, &variables);
        assert!(text.starts_with(kind), "{text}");
        assert!(text.contains(named), "{text}");
        assert!(!text.contains("HUNTER2"), "{text}");
    }
    assert_eq!(server.requests().len(), 2);
}

/// Runs [`confirms_with_the_environment`] in a process of its own and gives its last words.
fn in_environment(url: &str, variables: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "input::confirms_with_the_environment"])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .env("MSS_TEST_ENDPOINT", url)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = text.split_once("said: ").expect(&text).1;
    said.lines().next().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "half of f06_keys_of_the_environment_are_checked_too"]
#[allow(clippy::print_stdout, reason = "the other half reads it")]
fn confirms_with_the_environment() {
    let endpoint = std::env::var("MSS_TEST_ENDPOINT").unwrap();
    let done = Client::builder()
        .endpoint(endpoint)
        .build()
        .and_then(|client| client.confirm_file_upload(&"f".parse().unwrap(), UploadState::Created));
    match done {
        Ok(_) => println!("said: fine"),
        Err(error) => println!("said: {} {error}", error.kind()),
    }
}

#[test]
fn f07_files_beyond_the_documented_limits_are_not_registered() {
    let create =
        |name: &str, size| CreateFile::new(name, size, ContentMd5::new([0; 16]), asset()).map(drop);
    let long = format!("{}.mp4", "n".repeat(253));
    for (name, size, field) in [
        ("", 1, "file_name"),
        (long.as_str(), 1, "file_name"),
        ("a/b.mp4", 1, "file_name"),
        ("a\\b.mp4", 1, "file_name"),
        ("a\nb.mp4", 1, "file_name"),
        ("a\0b.mp4", 1, "file_name"),
        ("noextension", 1, "file_type"),
        ("a.mp4", 0, "file_size"),
        ("a.mp4", 5_368_709_121, "file_size"),
    ] {
        let error = create(name, size).expect_err(name);
        assert_eq!(error.field(), field, "{name:?}");
    }
    create(&long[1..], 5_368_709_120).unwrap();
    for word in ["", "main", "BO GUS", "ÄNDERE"] {
        let error = word.parse::<FileCategory>().expect_err(word);
        assert_eq!(error.field(), "asset_file_category");
    }
}

/// A name that no file system objects to and the service does.
#[test]
fn f07_an_upload_checks_the_name_before_it_reads_gigabytes() {
    let server = Server::script([Act::ok()]);
    let directory = tempfile::tempdir().unwrap();
    for name in ["noextension", "line\nend.mp4", "back\\slash.mp4"] {
        let path = directory.path().join(name);
        let content = std::fs::File::create(&path).unwrap();
        // As large as the service takes, and without a single block on the disk.
        content.set_len(5_368_709_120).unwrap();
        let error = client(&server)
            .upload(Upload::new(&path, asset()))
            .expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    let path = directory.path().join("too-large.mp4");
    let content = std::fs::File::create(&path).unwrap();
    content.set_len(536_870_912_001).unwrap();
    let error = client(&server)
        .upload(Upload::new(&path, asset()))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn f08_times_and_numbers_out_of_range_are_refused() {
    let server = Server::script([Act::ok()]);
    let week = Duration::from_secs(7 * 24 * 60 * 60);
    let setters: [fn(CallOptions, Duration) -> CallOptions; 4] = [
        CallOptions::connect_timeout,
        CallOptions::attempt_timeout,
        CallOptions::total_timeout,
        CallOptions::stall_timeout,
    ];
    let mut refused = Vec::new();
    for set in setters {
        for time in [Duration::ZERO, week, Duration::MAX] {
            refused.push(set(CallOptions::new(), time));
        }
    }
    for attempts in [0, 101, u32::MAX] {
        refused.push(CallOptions::new().max_attempts(attempts));
    }
    for options in refused {
        let built = builder().endpoint(server.url()).options(options.clone());
        let errors = [
            built.build().expect_err("out of range"),
            client(&server)
                .with_options(options)
                .expect_err("out of range"),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        }
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn two_ways_to_say_who_calls_are_one_too_many() {
    let token = Token::new("token").unwrap();
    let error = builder()
        .region("cn-north-4")
        .token(token)
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.to_string().contains("only one may be given"));
}
