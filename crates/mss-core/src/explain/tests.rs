//! Mutated requests name their mutation; whatever a server prints does no harm.
#![allow(clippy::unwrap_used)] // in functions beside the tests, too

use proptest::{collection::vec, prelude::*, sample::select};
use time::OffsetDateTime;

use super::*;
use crate::{Credentials, signing::Signer};

const TOKEN: &str = "PLANTED-security-token-0123456789";
const PATH: &str = "/v1/6a6a1f8354f64dd9b9a614def7b59d83/files";

fn signed(request: &Request<Vec<u8>>) -> Explanation {
    let credentials = Credentials::new("ACCESSKEY", "secret").unwrap();
    let credentials = credentials.with_security_token(TOKEN).unwrap();
    let signer = Signer::new(&credentials);
    signer.explain(request, OffsetDateTime::UNIX_EPOCH).unwrap()
}

fn request() -> Request<Vec<u8>> {
    let url = format!("https://metastudio.cn-north-4.myhuaweicloud.com{PATH}?b=2&a=1%2B1");
    Request::post(url)
        .header("content-type", "application/json")
        .header("x-app-userid", "ann|x-project-id:x|bob")
        .header("x-project-id", "6a6a1f8354f64dd9b9a614def7b59d83")
        .body(b"{}".to_vec())
        .unwrap()
}

fn said(canonical_request: &str) -> String {
    let shown = canonical_request.replace('\n', "|");
    let message = format!(
        "Incorrect IAM authentication information: verify aksk signature fail, \
         canonicalRequest:{shown}"
    );
    serde_json::json!({"error_code": "APIGW.0301", "error_msg": message}).to_string()
}

/// The report if the gateway sees one thing replaced.
fn replaced(ours: &Explanation, from: &str, to: &str) -> Report {
    assert!(ours.canonical_request.contains(from), "{from}");
    let theirs = ours.canonical_request.replacen(from, to, 1);
    gateway(said(&theirs).as_bytes(), Some(ours))
}

fn differing(report: &Report) -> Vec<Part> {
    let lines = report.lines().iter().filter(|line| line.differs());
    lines.map(|line| line.part().clone()).collect()
}

fn header(name: &str) -> Part {
    Part::Header(name.to_owned())
}

#[test]
fn f11_the_same_text_means_another_key() {
    let ours = signed(&request());
    let report = gateway(said(&ours.canonical_request).as_bytes(), Some(&ours));
    assert_eq!(report.causes(), [Cause::Key]);
    assert_eq!(differing(&report), []);
    assert_eq!(report.code(), Some("APIGW.0301"));
    // A saved text has something behind it.
    let message = format!(
        "{}\"}} request id 1",
        ours.canonical_request.replace('\n', "|")
    );
    let report = gateway(
        format!("canonicalRequest:{message}").as_bytes(),
        Some(&ours),
    );
    assert_eq!(report.causes(), [Cause::Key]);
}

#[test]
fn the_same_text_is_the_same_however_odd_it_is() {
    let mut odd = request();
    let name = "x|y".parse::<http::HeaderName>().unwrap();
    odd.headers_mut().insert(name, "a||b|c".parse().unwrap());
    let ours = signed(&odd);
    let report = gateway(said(&ours.canonical_request).as_bytes(), Some(&ours));
    assert_eq!(report.causes(), [Cause::Key]);
    let report = replaced(&ours, "POST", "PUT");
    assert!(
        matches!(report.cause(), Cause::NotComparable(_)),
        "{report}"
    );
}

#[test]
fn f18_each_mutation_is_named() {
    let ours = signed(&request());
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let value = "x-app-userid:ann|x-project-id:x|bob\n";
    for (from, to, cause, part) in [
        ("POST", "PUT", Cause::Method, Part::Method),
        ("/files/", "/file/", Cause::Path, Part::Path),
        ("/files/", "/f%69les/", Cause::PathEncoding, Part::Path),
        ("/files/", "/f%2569les/", Cause::PathEncoding, Part::Path),
        ("/files/\n", "/files\n", Cause::PathEncoding, Part::Path),
        ("a=1%2B1&b=2", "b=2&a=1%2B1", Cause::QueryOrder, Part::Query),
        ("a=1%2B1", "a=1%201", Cause::QueryEncoding, Part::Query),
        ("a=1%2B1", "a=1+1", Cause::QueryEncoding, Part::Query),
        ("a=1%2B1", "a=2", Cause::Query, Part::Query),
        ("a=1%2B1", "a=1|1", Cause::Query, Part::Query),
        (
            "application/json",
            "application/json;charset=utf8",
            Cause::HeaderChanged("content-type".into()),
            header("content-type"),
        ),
        (
            "application/json",
            "a|b|c:d",
            Cause::HeaderChanged("content-type".into()),
            header("content-type"),
        ),
        (
            "host:metastudio",
            "host:proxy",
            Cause::HeaderChanged("host".into()),
            header("host"),
        ),
        (
            "content-type:application/json\n",
            "",
            Cause::HeaderRemoved("content-type".into()),
            header("content-type"),
        ),
        (
            "content-type:application/json\n",
            "content-type:\n",
            Cause::HeaderRemoved("content-type".into()),
            header("content-type"),
        ),
        (
            value,
            "",
            Cause::HeaderRemoved("x-app-userid".into()),
            header("x-app-userid"),
        ),
        (
            "x-sdk-date:1970",
            "x-sdk-date:1971",
            Cause::HeaderChanged("x-sdk-date".into()),
            header("x-sdk-date"),
        ),
        (
            "x-security-token:PLANTED",
            "x-security-token:OTHER",
            Cause::HeaderChanged("x-security-token".into()),
            header("x-security-token"),
        ),
        (
            "content-type:application/json\n",
            "content-type:application/json\ncontent-type:text/plain\n",
            Cause::HeaderAdded("content-type".into()),
            header("content-type"),
        ),
        (
            "content-type;host",
            "host;content-type",
            Cause::NotComparable(Obstacle::Ambiguous),
            Part::Method,
        ),
        (
            hash,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            Cause::BodyHash,
            Part::BodyHash,
        ),
        (hash, "UNSIGNED-PAYLOAD", Cause::BodyHash, Part::BodyHash),
    ] {
        let report = replaced(&ours, from, to);
        if !matches!(cause, Cause::NotComparable(_)) {
            assert_eq!(differing(&report), [part], "{from} -> {to}\n{report}");
        }
        assert_eq!(report.causes(), [cause], "{from} -> {to}\n{report}");
    }
}

#[test]
fn a_header_that_was_added_and_signed_is_named_without_the_list() {
    let ours = signed(&request());
    let theirs = ours
        .canonical_request
        .replacen("host:", "forwarded:x\nhost:", 1);
    let theirs = theirs.replacen(";host;", ";forwarded;host;", 1);
    let report = gateway(said(&theirs).as_bytes(), Some(&ours));
    assert_eq!(report.causes(), [Cause::HeaderAdded("forwarded".into())]);
    assert_eq!(
        differing(&report),
        [header("forwarded"), Part::SignedHeaders]
    );
}

#[test]
fn several_causes_come_in_the_order_of_the_request() {
    let ours = signed(&request());
    let theirs = ours
        .canonical_request
        .replace("POST", "PUT")
        .replace("json", "xml");
    let report = gateway(said(&theirs).as_bytes(), Some(&ours));
    let header = Cause::HeaderChanged("content-type".into());
    assert_eq!(report.causes(), [Cause::Method, header]);
}

#[test]
fn more_than_one_reading_is_not_comparable() {
    let ours = signed(&request());
    for (from, to) in [
        // A part of the user id, or another project?
        (
            "x-app-userid:ann|x-project-id:x|bob",
            "x-app-userid:eve|x-project-id:x|bob",
        ),
        ("application/json", "json|host:other"),
        // Of the path or of the query?
        ("/files/\na=1%2B1&b=2", "/files\na|b"),
    ] {
        let report = replaced(&ours, from, to);
        assert_eq!(
            report.causes(),
            [Cause::NotComparable(Obstacle::Ambiguous)],
            "{report}"
        );
    }
}

#[test]
fn f15_what_is_no_canonical_request_is_not_comparable() {
    let ours = signed(&request());
    let whole = said(&ours.canonical_request);
    let cut = &ours.canonical_request[..ours.canonical_request.len() - 1];
    for (text, obstacle) in [
        (String::new(), Obstacle::NothingShown),
        ("Unauthorized".into(), Obstacle::NothingShown),
        ("verify aksk signature fail".into(), Obstacle::NothingShown),
        ("canonicalRequest:".into(), Obstacle::NothingShown),
        ("canonicalRequest:||||||||".into(), Obstacle::Malformed),
        ("canonicalRequest:POST|/|x".into(), Obstacle::Malformed),
        (said(cut), Obstacle::Malformed),
        (said(&"|".repeat(200_000)), Obstacle::Malformed),
        (format!("<html><p>{whole}"), Obstacle::NotTheGateway),
        (said(&"a".repeat(300_000)), Obstacle::TooLong),
    ] {
        for ours in [None, Some(&ours)] {
            let report = gateway(text.as_bytes(), ours);
            assert_eq!(
                report.causes(),
                [Cause::NotComparable(obstacle)],
                "{report}"
            );
            assert!(report.to_string().contains("not comparable"), "{report}");
        }
    }
}

#[test]
fn f15_of_a_huge_text_the_beginning_is_kept() {
    let ours = signed(&request());
    for header in [
        "x-app-userid:ann|x-project-id:x|",
        "x-security-token:t0ken-1|",
        "host:h|",
    ] {
        let name = header.split(':').next().unwrap();
        let headers = header.repeat(200_000 / header.len());
        let hash = "0".repeat(64);
        let text = format!("canonicalRequest:GET|/||{headers}|{name}|{hash}");
        for ours in [None, Some(&ours)] {
            let report = gateway(text.as_bytes(), ours);
            assert!(report.lines().len() <= 200);
            let counted = report.lines().len() + report.omitted();
            assert!(counted > 1000 || report.lines().is_empty(), "{counted}");
            assert!(report.to_string().len() < 2_000_000);
        }
    }
}

#[test]
fn without_ours_the_gateways_side_is_shown() {
    let ours = signed(&request());
    let report = gateway(said(&ours.canonical_request).as_bytes(), None);
    assert_eq!(
        *report.cause(),
        Cause::NotComparable(Obstacle::NothingOfOurs)
    );
    assert!(
        report
            .lines()
            .iter()
            .all(|line| line.ours().is_none() && !line.differs())
    );
    let path = report
        .lines()
        .iter()
        .find(|line| *line.part() == Part::Path);
    assert_eq!(path.unwrap().theirs(), Some(&*format!("{PATH}/")));
}

#[test]
fn ours_has_to_be_a_canonical_request() {
    let mut ours = signed(&request());
    let text = said(&ours.canonical_request);
    ours.canonical_request = "POST".into();
    let report = gateway(text.as_bytes(), Some(&ours));
    assert_eq!(*report.cause(), Cause::NotComparable(Obstacle::OursIsNone));
}

#[test]
fn other_refusals_are_told_by_their_words() {
    let minutes = time::Duration::minutes;
    let expired = "calc aksk signature fail:signature expired, signature time:20260102T000000Z,";
    for (text, cause, words) in [
        (
            format!("{expired}server time:20260102T002000Z"),
            Cause::Clock {
                offset: minutes(20),
            },
            "20 min 0 s slow",
        ),
        (
            format!("{expired}server time:20160102T000000Z"),
            Cause::Clock {
                offset: time::Duration::days(-3653),
            },
            "3653 d 0 h fast",
        ),
        ("decrypt token fail".into(), Cause::Token, "token"),
        (
            "Get secretKey failed,ak:NOBODY,err:ak not exist".into(),
            Cause::UnknownKey {
                access_key: Some("NOBODY".into()),
            },
            "no access key NOBODY",
        ),
        (
            "AK access failed to reach the limit,forbidden".into(),
            Cause::LockedKey,
            "wait five minutes",
        ),
        (
            format!("{expired}server time:soon"),
            Cause::NotComparable(Obstacle::NothingShown),
            "not comparable",
        ),
    ] {
        let report = gateway(text.as_bytes(), None);
        assert_eq!(report.causes(), [cause], "{text}");
        assert!(report.to_string().contains(words), "{report}");
        assert!(report.said().contains(text.split(':').next().unwrap()));
    }
}

#[test]
fn a_report_reads_well() {
    let ours = signed(&request());
    let report = replaced(&ours, "host:metastudio.cn-north-4", "host:proxy");
    insta::assert_snapshot!(report.to_string(), @r"
    cause: the header host was changed on its way
    what to do: A proxy or load balancer passes another host on: let it keep the Host header, or sign with the host that it sends.
    the server said: Incorrect IAM authentication information: verify aksk signature fail [APIGW.0301]
    what was signed (! marks what differs):
      method: POST
      path: /v1/6a6a1f8354f64dd9b9a614def7b59d83/files/
      query: a=1%2B1&b=2
      content-type: application/json
    ! host:
        here      metastudio.cn-north-4.myhuaweicloud.com
        at server proxy.myhuaweicloud.com
      x-app-userid: ann|x-project-id:x|bob
      x-project-id: 6a6a1f8354f64dd9b9a614def7b59d83
      x-sdk-date: 19700101T000000Z
      x-security-token: *** (33 characters)
      signed headers: content-type;host;x-app-userid;x-project-id;x-sdk-date;x-security-token
      hash of the body: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
    ");
}

#[test]
fn f65_no_report_shows_a_token_or_a_signature() {
    let ours = signed(&request());
    let signature = ours
        .headers
        .authorization()
        .rsplit('=')
        .next()
        .unwrap()
        .to_owned();
    let whole = said(&ours.canonical_request);
    let authorization = format!("Authorization: {}", ours.headers.authorization());
    for text in [
        whole.clone(),
        whole.replace("PLANTED", "PLANTED2"),
        whole.replace("x-security-token:", "x-other:"),
        whole.replace("canonicalRequest", "canonical"),
        whole.replace("application/json", TOKEN),
        whole.replace("||", "|"),
        format!("no: {authorization}"),
        format!("Signature={signature}"),
        format!("decrypt token fail: {TOKEN}"),
        format!("ak:{TOKEN},err:ak not exist"),
        format!(r#"{{"error_code":"{TOKEN}","error_msg":"{authorization}"}}"#),
    ] {
        for ours in [Some(&ours), None] {
            // Without ours nothing tells a token where there is none of its names.
            if ours.is_none() && !text.contains("token:") {
                continue;
            }
            let report = gateway(text.as_bytes(), ours);
            let shown = format!("{report}{report:?}");
            assert!(!shown.contains("PLANTED-"), "{text}\n{shown}");
            assert!(!shown.contains("PLANTED2"), "{text}\n{shown}");
            assert!(!shown.contains(&signature[..9]), "{text}\n{shown}");
        }
    }
}

#[test]
fn a_token_that_was_hidden_before_is_not_taken_for_another() {
    let ours = signed(&request());
    let report = replaced(&ours, TOKEN, "***");
    assert_eq!(report.causes(), [Cause::Key]);
}

// The object store.

fn put() -> Request<()> {
    let url = "https://bucket.obs.cn-north-4.myhuaweicloud.com/a%20b/key?AccessKeyId=AK\
               &Expires=1700000000&Signature=PLANTEDsignature%3D&partNumber=1\
               &x-obs-security-token=PLANTEDtoken";
    Request::put(url)
        .header("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")
        .header("Content-Type", "video/mp4")
        .header("Content-Length", "7")
        .body(())
        .unwrap()
}

const STORED: &str = "PUT\nAAAAAAAAAAAAAAAAAAAAAA==\nvideo/mp4\n1700000000\n\
                      /bucket/a%20b/key?partNumber=1";

fn refused(string_to_sign: Option<&str>) -> Report {
    let text = string_to_sign
        .map(|text| text.replace('&', "&amp;"))
        .map(|text| format!("<StringToSign>{text}</StringToSign>"))
        .unwrap_or_default();
    let body =
        format!("<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message>{text}</Error>");
    let error = ObsError::parse(&http::Response::new(body.into_bytes()));
    object_store(&error, &put())
}

#[test]
fn the_store_found_what_was_sent_or_something_else() {
    for (from, to, cause) in [
        ("PUT", "PUT", Cause::SignedUrl),
        ("/bucket/", "/", Cause::SignedUrl),
        ("a%20b", "a b", Cause::SignedUrl),
        ("PUT", "POST", Cause::Method),
        ("AAAA==", "AAAB==", Cause::ContentMd5),
        ("video/mp4", "", Cause::ContentType),
        ("video/mp4", "video/mp4; charset=utf-8", Cause::ContentType),
        ("1700000000", "1700000001", Cause::Expires),
        ("/key", "/other", Cause::Resource),
        ("partNumber=1", "partNumber=2", Cause::Resource),
        (
            "/bucket",
            "x-amz-date:now\n/bucket",
            Cause::HeaderAdded("x-amz-date".into()),
        ),
    ] {
        assert!(STORED.contains(from));
        let report = refused(Some(&STORED.replacen(from, to, 1)));
        assert_eq!(report.causes(), [cause], "{from} -> {to}\n{report}");
        let shown = format!("{report}{report:?}");
        assert!(!shown.contains("PLANTED"), "{shown}");
    }
}

#[test]
fn a_string_to_sign_may_be_missing_or_nonsense() {
    let obstacle = |report: Report| match report.cause() {
        Cause::NotComparable(obstacle) => *obstacle,
        other => panic!("{other:?}"),
    };
    assert_eq!(obstacle(refused(None)), Obstacle::NothingShown);
    for text in ["", "PUT", "a\nb\nc\nd\ne", "a\nb\nc\nd\nno header\n/e"] {
        assert_eq!(obstacle(refused(Some(text))), Obstacle::Malformed, "{text}");
    }
}

#[test]
fn a_token_in_the_resource_is_hidden() {
    let text = STORED.replace(
        "partNumber=1",
        "partNumber=1&x-obs-security-token=PLANTEDtoken",
    );
    let report = refused(Some(&text));
    assert_eq!(report.causes(), [Cause::SignedUrl]);
    let text = text.replace("PLANTEDtoken", "PLANTEDother");
    let report = refused(Some(&text));
    assert_eq!(report.causes(), [Cause::Resource]);
    assert!(!format!("{report}{report:?}").contains("PLANTED"));
}

// Properties.

/// Names of headers that a request may have beside its own.
const NAMES: [&str; 6] = ["accept", "x-a", "x-b", "x-c", "x-domain-id", "user-agent"];

fn requests() -> impl Strategy<Value = Request<Vec<u8>>> {
    let value = "[a-zA-Z0-9:;=,/]([ a-zA-Z0-9|:;=,/]{0,12}[a-zA-Z0-9|])?";
    let headers = vec((select(&NAMES[..]), value), 0..6);
    let target = "(/[a-z0-9%+:]{0,8}){1,4}";
    let query = vec(("[a-z]{1,3}", "[a-z0-9+]{0,4}"), 0..4);
    (target, query, headers, vec(any::<u8>(), 0..20)).prop_map(|(path, query, headers, body)| {
        let path = path.replace('%', "%20");
        let pairs: Vec<_> = query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::post(format!("https://h.example{path}?{}", pairs.join("&")));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(body).unwrap()
    })
}

/// A mutation of one line; the part that it is in.
fn mutated(ours: &Explanation, which: usize, replacement: &str) -> (String, Part) {
    let sections = Sections::of_canonical_request(&ours.canonical_request).unwrap();
    let mut lines: Vec<_> = ours.canonical_request.lines().map(str::to_owned).collect();
    let last = lines.len() - 1;
    let count = sections.headers.len() + 4;
    let (at, part, line) = match which % count {
        0 => (0, Part::Method, format!("X{}", lines[0])),
        1 => (1, Part::Path, format!("{}{replacement}/", lines[1])),
        2 => (2, Part::Query, format!("{}&{replacement}", lines[2])),
        3 => (last, Part::BodyHash, "0".repeat(64)),
        other => {
            let name = sections.headers[other - 4].0;
            let at = other - 1;
            (at, header(name), format!("{}{replacement}", lines[at]))
        }
    };
    lines[at] = line;
    (lines.join("\n"), part)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_mutated_request_names_the_mutated_part(
        request in requests(), which: prop::sample::Index, replacement in "[a-z0-9]{1,8}",
    ) {
        let ours = signed(&request);
        let (theirs, part) = mutated(&ours, which.index(100), &replacement);
        let report = gateway(said(&theirs).as_bytes(), Some(&ours));
        if matches!(report.cause(), Cause::NotComparable(_)) {
            // Only a value that looks like another header can be read in two ways.
            prop_assert_eq!(report.cause(), &Cause::NotComparable(Obstacle::Ambiguous));
            let headers = Sections::of_canonical_request(&ours.canonical_request).unwrap().headers;
            let piped = headers.iter().any(|(_, value)| value.contains('|') && value.contains(':'));
            prop_assert!(piped, "{}", ours.canonical_request);
        } else {
            // Of a name that comes twice any line can be the one.
            let mut parts = differing(&report);
            parts.dedup();
            prop_assert_eq!(parts, [part], "{}\n{}", theirs, report);
            prop_assert_eq!(report.causes().len(), 1);
        }
    }

    #[test]
    fn an_unchanged_request_blames_the_key(request in requests()) {
        let ours = signed(&request);
        let report = gateway(said(&ours.canonical_request).as_bytes(), Some(&ours));
        prop_assert_eq!(report.causes(), [Cause::Key]);
    }

    #[test]
    fn f15_anything_may_stand_in_an_answer(
        bytes in vec(any::<u8>(), 0..400), text in "\\PC{0,80}", frame in 0_u8..6,
    ) {
        let ours = signed(&request());
        let said = match frame {
            0 => bytes,
            1 => text.into_bytes(),
            2 => [b"canonicalRequest:".as_slice(), &bytes].concat(),
            3 => said(&text).into_bytes(),
            4 => said(&String::from_utf8_lossy(&bytes)).into_bytes(),
            _ => {
                // A genuine one with something wrong in it.
                let mut genuine = said(&ours.canonical_request).into_bytes();
                for (at, byte) in bytes.iter().enumerate().take(5) {
                    let place = (at * 97 + usize::from(*byte) * 3) % genuine.len();
                    genuine[place] = *byte;
                }
                genuine
            }
        };
        for ours in [None, Some(&ours)] {
            let report = gateway(&said, ours);
            let shown = report.to_string();
            let unfit = |c: char| c != '\n' && crate::service_error::is_unfit_for_a_line(c);
            prop_assert!(!shown.contains(unfit), "{:?}", shown);
            prop_assert!(!report.causes().is_empty());
        }
    }

    #[test]
    fn anything_may_stand_in_a_string_to_sign(text in "[ -~\\n]{0,200}", cut in 0_usize..80) {
        let genuine = &STORED[..cut.min(STORED.len())];
        for text in [text.clone(), format!("{genuine}{text}")] {
            let error = ObsError {
                string_to_sign: Some(crate::Secret::new(text)),
                ..ObsError::default()
            };
            let shown = object_store(&error, &put()).to_string();
            prop_assert!(!shown.contains("PLANTED"));
        }
    }
}
