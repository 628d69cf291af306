//! Mutated requests name their mutation; whatever a server prints does no harm.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    store::{STORED, put},
    *,
};

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
            let shown = object_store(&error, Some(&put())).to_string();
            prop_assert!(!shown.contains("PLANTED"));
        }
    }
}
