//! Files of all kinds, in directories of their own.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::{
    config_file::HOME,
    credentials::testing::{collect_warnings, keys, load, warnings_with},
};

/// A home directory with this file in it.
struct Home(TempDir);

impl Home {
    fn with(content: impl AsRef<[u8]>) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.0.path().join(".huaweicloud")).unwrap();
        fs::write(home.file(), content).unwrap();
        home
    }

    fn file(&self) -> PathBuf {
        self.0.path().join(".huaweicloud").join("credentials")
    }

    fn load(&self, source: impl Into<CredentialSource>) -> Result<FoundCredentials, NotFound> {
        let home = self.0.path().to_str().unwrap();
        load(&source.into(), &[(HOME, home)])
    }

    /// The problem, with `FILE` for the path.
    fn problem(&self, source: impl Into<CredentialSource>) -> (Why, String) {
        let error = self.load(source).unwrap_err();
        let file = self.file();
        (
            error.why,
            error.problem.replace(file.to_str().unwrap(), "FILE"),
        )
    }
}

const TWO: &str = "[basic]\nak = AK\nsk = SK\n[other]\nAK: AK2\nsk: SK2\n\
    security_token: TOKEN\nproject_id: project\ndomain_id: domain\n\
    iam_endpoint: https://iam.example.com\n";

#[test]
fn a_section_of_the_home_file_has_all_that_there_is() {
    let home = Home::with(TWO);
    let found = home.load(CredentialSource::profile()).unwrap();
    assert_eq!(keys(&found), ("AK", "SK", None));
    assert_eq!(
        found.origin,
        format!("[basic] of {}", home.file().display())
    );
    let found = home.load(Profile::new().section("other")).unwrap();
    assert_eq!(keys(&found), ("AK2", "SK2", Some("TOKEN")));
    assert_eq!(found.project_id.as_deref(), Some("project"));
    assert_eq!(found.domain_id.as_deref(), Some("domain"));
    assert_eq!(
        found.iam_endpoint.as_deref(),
        Some("https://iam.example.com")
    );
}

#[test]
fn a_named_file_goes_before_the_one_at_home() {
    let (home, other) = (Home::with(TWO), Home::with("[basic]\nak=OTHER\nsk=SK"));
    let other = other.file();
    let variables = [
        (HOME, home.0.path().to_str().unwrap()),
        (FILE, other.to_str().unwrap()),
    ];
    let found = load(&CredentialSource::profile(), &variables).unwrap();
    assert_eq!(keys(&found).0, "OTHER");
    let source = Profile::new().file(home.file()).into();
    let found = load(&source, &variables).unwrap();
    assert_eq!(keys(&found).0, "AK");
}

#[test]
fn the_file_is_read_anew_each_time() {
    let home = Home::with(TWO);
    let source = CredentialSource::profile();
    assert_eq!(keys(&home.load(source.clone()).unwrap()).0, "AK");
    fs::write(home.file(), "[basic]\nak=NEW\nsk=SK").unwrap();
    assert_eq!(keys(&home.load(source).unwrap()).0, "NEW");
}

#[test]
fn an_identity_provider_goes_before_a_key_pair_but_not_half_of_one() {
    let pair = "[basic]\nak = AK\nsk = SK\n";
    for half in [
        "idp_id = idp",
        "id_token_file = /none",
        "idp_id =\nid_token_file = /none",
    ] {
        let home = Home::with(format!("{pair}{half}"));
        let found = home.load(CredentialSource::profile()).unwrap();
        assert_eq!(keys(&found), ("AK", "SK", None));
    }
    let gone = tempfile::tempdir().unwrap().path().join("gone");
    let gone = gone.to_str().unwrap();
    let home = Home::with(format!("{pair}idp_id = idp\nid_token_file = {gone}"));
    let (why, problem) = home.problem(CredentialSource::profile());
    assert_eq!(why, Why::Invalid);
    assert!(problem.contains(gone), "{problem}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_file() {
    let home = Home::with(format!("\u{feff}{TWO}"));
    let found = home.load(CredentialSource::profile()).unwrap();
    assert_eq!(keys(&found), ("AK", "SK", None));
}

#[test]
fn what_is_wrong_in_a_file_is_named_by_its_line() {
    for (content, expected) in [
        (
            "ak = canary",
            "line 1 of FILE stands before the first [section]",
        ),
        (
            "[basic]\ncanary",
            "line 2 of FILE is neither [section] nor key = value",
        ),
        (
            "[basic]\nsk = canary\nSK = canary",
            "line 3 of FILE sets a key that line 2 has set",
        ),
        (
            "[basic]\n[x]\n[basic]",
            "line 3 of FILE begins a section that began in line 1",
        ),
        (
            "\n[basic]\nsk = canary",
            "[basic] in line 2 of FILE has sk, but no ak",
        ),
        (
            "[basic]\nak = canary\nsk =",
            "[basic] in line 1 of FILE has ak, but no sk",
        ),
        (
            "[basic]\nidp_id = canary",
            "[basic] in line 1 of FILE has idp_id, but no id_token_file",
        ),
        (
            "[basic]\nx = canary",
            "[basic] in line 1 of FILE has no ak and sk",
        ),
        (
            "[basic]\nak = canary\n  sk = canary",
            "ak in line 2 of FILE goes on in line 3, for that line is indented",
        ),
        (
            "[basic]\nak = AK\nsk = 'canary'",
            "sk in line 3 of FILE is in quotes, which would be part of it",
        ),
        (
            "[basic]\nak = AK\nsk = canary # old",
            "sk in line 3 of FILE has a comment behind it; a comment needs a line of its own",
        ),
        (
            "[basic]\nak = AK\nsk = canary%(x)s",
            "sk in line 3 of FILE refers with %(...)s to a key that isn't there",
        ),
        (
            "[basic]\nak = AK\nsk = can ary",
            "sk in line 3 of FILE may only hold visible ASCII characters",
        ),
        (
            "[basic]\nak = AK\nsk = SK\nsecurity_token = can ary",
            "security_token in line 4 of FILE may only hold visible ASCII characters",
        ),
    ] {
        let home = Home::with(content);
        let (why, problem) = home.problem(CredentialSource::profile());
        assert_eq!((why, &*problem), (Why::Invalid, expected), "{content}");
    }
}

#[test]
fn what_is_not_there_is_a_mistake_only_where_it_was_asked_for() {
    let usual = CredentialSource::profile;
    let staging = || Profile::new().section("staging");
    for (content, expected) in [
        (
            "[global]\nak=AK\n[x\u{1b}y]",
            "has no section [basic], only [global], [x\\u{1b}y]",
        ),
        ("", "has no section [basic], none at all"),
    ] {
        let home = Home::with(content);
        assert_eq!(
            home.problem(usual()),
            (Why::Absent, format!("FILE {expected}"))
        );
        assert_eq!(home.problem(staging()).0, Why::Invalid);
        let named = Profile::new().file(home.file());
        assert_eq!(home.problem(named).0, Why::Invalid);
    }
    let home = Home::with("");
    fs::remove_file(home.file()).unwrap();
    let missing = "there is no file FILE".to_owned();
    assert_eq!(home.problem(usual()), (Why::Absent, missing.clone()));
    assert_eq!(home.problem(staging()), (Why::Invalid, missing.clone()));
    let named = Profile::new().file(home.file());
    assert_eq!(home.problem(named), (Why::Invalid, missing));
    let homeless = load(&usual(), &[]).unwrap_err();
    assert_eq!(homeless.why, Why::Absent);
    let expected = "neither HUAWEICLOUD_SDK_CREDENTIALS_FILE nor a home directory is set";
    assert_eq!(homeless.problem, expected);
}

#[test]
fn only_so_many_sections_are_named() {
    let sections: Vec<_> = (0..1000)
        .map(|it| format!("[{it}{}]", "x".repeat(100)))
        .collect();
    let (_, problem) = Home::with(sections.join("\n")).problem(CredentialSource::profile());
    assert!(
        problem.ends_with(", ...") && problem.len() < 500,
        "{problem}"
    );
}

#[test]
fn f43_what_is_no_small_text_file_is_refused_at_once() {
    for (content, expected) in [
        (vec![b'#'; 10 * 1024 * 1024], "FILE is larger than 1 MiB"),
        (
            b"[basic]\n\nak = \xff".to_vec(),
            "FILE is not UTF-8 (line 3)",
        ),
    ] {
        let home = Home::with(content);
        let (why, problem) = home.problem(CredentialSource::profile());
        assert_eq!((why, &*problem), (Why::Invalid, expected));
    }
    let home = Home::with("");
    fs::remove_file(home.file()).unwrap();
    fs::create_dir(home.file()).unwrap();
    let directory = (Why::Invalid, "FILE is a directory".to_owned());
    assert_eq!(home.problem(CredentialSource::profile()), directory);
    // A file in place of the directory can't be looked into, not even by root.
    let below = Home::with("").file().join("credentials");
    let error = load(&Profile::new().file(below).into(), &[]).unwrap_err();
    assert_eq!(error.why, Why::Invalid);
}

#[cfg(unix)]
#[test]
fn f43_a_pipe_is_not_waited_for() {
    let home = Home::with("");
    fs::remove_file(home.file()).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(home.file())
        .status();
    assert!(made.unwrap().success());
    let expected = "FILE is no regular file (a pipe, a socket or a device)";
    let expected = (Why::Invalid, expected.to_owned());
    assert_eq!(home.problem(CredentialSource::profile()), expected);
}

#[cfg(unix)]
#[test]
fn f66_a_file_that_others_can_read_is_warned_about_once() {
    use std::os::unix::fs::PermissionsExt as _;

    collect_warnings();
    let home = Home::with(TWO);
    let shown = home.file().display().to_string();
    let load_with = |mode| {
        fs::set_permissions(home.file(), fs::Permissions::from_mode(mode)).unwrap();
        home.load(CredentialSource::profile()).unwrap();
        home.load(Profile::new().section("other")).unwrap();
        warnings_with(&shown)
    };
    assert_eq!(load_with(0o600), Vec::<String>::new());
    let expected = format!(
        "{shown} holds keys and can be read by others than its owner (mode 640): chmod 600 \
         {shown}"
    );
    assert_eq!(load_with(0o640), std::slice::from_ref(&expected));
    assert_eq!(load_with(0o604), [expected]);
}
