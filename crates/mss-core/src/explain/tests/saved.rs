//! A refusal is found wherever it was saved.

use super::*;

fn report(text: &[u8], ours: Option<&Explanation>) -> Report {
    match saved(text) {
        Saved::Gateway(said) => gateway(&said, ours),
        Saved::ObjectStore(error) => object_store(&error, None::<&Request<()>>),
    }
}

/// The gateway's answer with its message in the ways in which programs keep it.
fn kept(message: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::json!({"error_code": "APIGW.0301", "error_msg": message});
    let pretty = serde_json::to_string_pretty(&json).unwrap();
    let ours = serde_json::json!({"error": {"kind": "authentication", "message": message}});
    let record = serde_json::json!({"level": "ERROR", "msg": json.to_string()});
    vec![
        ("message", message.to_owned()),
        ("body", json.to_string()),
        ("body over lines", format!("\r\n{pretty}\r\n")),
        ("error of the command", ours.to_string()),
        (
            "log",
            format!("10:00 start\n10:01 ERROR answer {json} after 3 ms\n10:02 end\n"),
        ),
        (
            "log of JSON",
            format!("{{\"a\":1}}\n{record}\n{{\"b\":{{}}}}"),
        ),
        (
            "traceback",
            format!(
                "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    \
                 check_signature({{'a': 1}})\nmetastudio.AuthenticationError: CreateFile: status \
                 401 APIGW.0301, {message} (not applied; request id 1)\n\nsignature of the mail"
            ),
        ),
        (
            "the vendor's SDK",
            format!(
                "ClientRequestException - {{status_code:401,request_id:1,error_code:APIGW.0301,\
                 error_msg:{message}, encoded_authorization_message:None}}"
            ),
        ),
        (
            "coloured",
            format!("\x1b[31mERROR\x1b[0m aksk \x1b[1m{message}\x1b[0m\nmore"),
        ),
        (
            "an earlier one",
            format!("verify aksk signature fail\n{message} [APIGW.0301]\n"),
        ),
    ]
}

#[test]
fn each_cause_is_found_wherever_it_was_kept() {
    let ours = signed(&request());
    let shown = ours.canonical_request.replace('\n', "|");
    let incorrect = "Incorrect IAM authentication information: ";
    let expired = "calc aksk signature fail:signature expired, signature time:20260102T000000Z,\
                   server time:20260102T002000Z";
    let minutes = time::Duration::minutes(20);
    for (text, cause) in [
        (
            format!("verify aksk signature fail, canonicalRequest:{shown}"),
            Cause::Key,
        ),
        (expired.to_owned(), Cause::Clock { offset: minutes }),
        ("decrypt token fail".to_owned(), Cause::Token),
        (
            "AK access failed to reach the limit,forbidden".to_owned(),
            Cause::LockedKey,
        ),
        (
            "Get secretKey failed,ak:NOBODY,err:ak not exist".to_owned(),
            Cause::UnknownKey {
                access_key: Some("NOBODY".into()),
            },
        ),
        (
            "verify aksk signature fail".to_owned(),
            Cause::NotComparable(Obstacle::NothingShown),
        ),
    ] {
        for (name, kept) in kept(&format!("{incorrect}{text}")) {
            let report = report(kept.as_bytes(), Some(&ours));
            assert_eq!(
                report.causes(),
                std::slice::from_ref(&cause),
                "{name}: {kept}\n{report}"
            );
            assert!(report.said().contains("IAM auth"), "{name}\n{report}");
            assert!(!report.said().contains("start"), "{name}\n{report}");
        }
    }
}

#[test]
fn the_last_one_counts() {
    let ours = signed(&request());
    let before = said(&ours.canonical_request.replace("POST", "PUT"));
    let text = format!("{before}\n{}\nthe end", said(&ours.canonical_request));
    assert_eq!(report(text.as_bytes(), Some(&ours)).causes(), [Cause::Key]);
    let text = format!("{}\n{before}\nthe end", said(&ours.canonical_request));
    assert_eq!(
        report(text.as_bytes(), Some(&ours)).causes(),
        [Cause::Method]
    );
}

#[test]
fn utf_16_is_read() {
    let ours = signed(&request());
    let text = said(&ours.canonical_request);
    let units: Vec<u16> = format!("\u{feff}{text}\r\n").encode_utf16().collect();
    for bytes in [
        units
            .iter()
            .flat_map(|unit| unit.to_le_bytes())
            .collect::<Vec<_>>(),
        units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        format!("\u{feff}{text}").into_bytes(),
    ] {
        assert_eq!(report(&bytes, Some(&ours)).causes(), [Cause::Key]);
    }
}

#[test]
fn the_object_stores_error_is_found_in_a_log() {
    let error = "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><StringToSign>PUT\n\n\
                 video/mp4\n1\nx-obs-security-token:PLANTED\n/b/k?partNumber=1</StringToSign></Error>";
    for text in [
        error.to_owned(),
        format!("<?xml?>{error}"),
        format!("a\n<Error/>x {error}\nb"),
    ] {
        let report = report(text.as_bytes(), None);
        assert_eq!(
            report.causes(),
            [Cause::NotComparable(Obstacle::NothingOfOurs)]
        );
        assert_eq!(report.code(), Some("SignatureDoesNotMatch"));
        let shown: Vec<_> = report
            .lines()
            .iter()
            .map(|line| line.theirs().unwrap())
            .collect();
        assert_eq!(
            shown,
            [
                "PUT",
                "",
                "video/mp4",
                "1",
                "*** (7 characters)",
                "/b/k?partNumber=***"
            ]
        );
        assert!(
            report
                .lines()
                .iter()
                .all(|line| line.ours().is_none() && !line.differs())
        );
    }
}

#[test]
fn what_says_nothing_says_nothing() {
    for text in [
        "",
        "make: the target does not exist\nbreak signature reach the limit not exist",
        "<html><body>login</body></html>",
        "{}",
        "[1, 2]",
        "<Error></Error>",
        "\u{feff}",
    ] {
        let report = report(text.as_bytes(), None);
        let cause = report.cause();
        assert!(
            matches!(cause, Cause::NotComparable(_)),
            "{text:?}: {cause:?}"
        );
    }
}

#[test]
fn f15_ten_megabytes_are_no_trouble() {
    let ours = signed(&request());
    let shown = ours.canonical_request.replace('\n', "|");
    let noise = "2026-01-02 INFO {\"a\": {\"signature\": 1}} canonical | aksk \u{1f600}\n";
    let noise = noise.repeat(10_000_000 / noise.len());
    let text = format!("{noise}canonicalRequest:{shown}\n{noise}");
    assert_eq!(report(text.as_bytes(), Some(&ours)).causes(), [Cause::Key]);
    for unit in [
        "{",
        "canonicalRequest:",
        "<Error>",
        "{\"",
        "|",
        "\u{feff}",
        "ak:not exist aksk\n",
    ] {
        let report = report(unit.repeat(10_000_000 / unit.len()).as_bytes(), Some(&ours));
        assert!(report.to_string().len() < 10_000);
    }
}
