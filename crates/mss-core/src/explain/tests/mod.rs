//! Refusals of the gateway, case by case.
#![allow(clippy::unwrap_used)] // in functions beside the tests, too

mod properties;
mod saved;
mod store;

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
    // A part of it may be shown, and then it has to fit.
    for (hidden, cause) in [
        ("PLANTED-***", Cause::Key),
        ("***456789", Cause::Key),
        ("***x", Cause::HeaderChanged("x-security-token".into())),
        ("x***", Cause::HeaderChanged("x-security-token".into())),
    ] {
        let report = replaced(&ours, TOKEN, hidden);
        assert_eq!(report.causes(), [cause], "{hidden}");
    }
}
