//! Refusals of the object store, case by case.

use super::*;

pub(super) fn put() -> Request<()> {
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

pub(super) const STORED: &str = "PUT\nAAAAAAAAAAAAAAAAAAAAAA==\nvideo/mp4\n1700000000\n\
                      /bucket/a%20b/key?partNumber=1";

fn refused(string_to_sign: Option<&str>) -> Report {
    let text = string_to_sign
        .map(|text| text.replace('&', "&amp;"))
        .map(|text| format!("<StringToSign>{text}</StringToSign>"))
        .unwrap_or_default();
    let body =
        format!("<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message>{text}</Error>");
    let error = ObsError::parse(&http::Response::new(body.into_bytes()));
    object_store(&error, Some(&put()))
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
