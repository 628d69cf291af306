//! Texts in which a refusal of the signature may stand.

use http::Request;
use mss_core::{
    Credentials,
    explain::{self, Report, Saved},
    is_unfit_for_a_line,
    signing::{Explanation, Signer},
};
use time::OffsetDateTime;

const TOKEN: &str = "PLANTED-token-0123456789";

/// Whatever a server prints, the report is short, fits a terminal, names a cause, and shows no
/// token of ours, not even where the server printed it.
pub(crate) fn check(said: &[u8]) {
    let ours = ours();
    show(&explain::gateway(said, None));
    hides_the_token(&show(&explain::gateway(said, Some(&ours))));
    let framed = [b"canonicalRequest:", said, TOKEN.as_bytes()].concat();
    hides_the_token(&show(&explain::gateway(&framed, Some(&ours))));
    match explain::saved(said) {
        Saved::Gateway(found) => {
            hides_the_token(&show(&explain::gateway(&found, Some(&ours))));
        }
        Saved::ObjectStore(error) => {
            show(&explain::object_store(&error, None::<&Request<()>>));
        }
    }
}

fn show(report: &Report) -> String {
    let shown = report.to_string();
    let acts = |c: char| c != '\n' && is_unfit_for_a_line(c);
    assert!(!shown.contains(acts), "{shown:?}");
    assert!(shown.len() < 500_000, "{}", shown.len());
    assert!(!report.causes().is_empty());
    shown
}

fn hides_the_token(shown: &str) {
    assert!(!shown.contains(TOKEN), "{shown}");
}

fn ours() -> Explanation {
    let request = Request::post("https://h.example/v1/p/files?a=1&b=2")
        .header("content-type", "application/json")
        .header("x-app-userid", "ann")
        .body("")
        .expect("these parts make one");
    let now = OffsetDateTime::from_unix_timestamp(1_767_323_045).expect("a day of 2026");
    let keys =
        Credentials::new("AK", "PLANTED-secret").and_then(|it| it.with_security_token(TOKEN));
    let signed = keys.map(|keys| Signer::new(&keys).explain(&request, now));
    signed.expect("keys").expect("a request that can be signed")
}
