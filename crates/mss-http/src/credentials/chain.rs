//! Several sources, one after the other.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Instant,
};

use super::{CredentialSource, FoundCredentials, Loading, NotFound, Source, Why};
use crate::ErrorKind;

/// Sources in the order in which they are asked.
#[derive(Debug)]
struct Chain {
    links: Vec<Link>,
    /// The link that served last; none when it is beyond the last.
    serving: AtomicUsize,
}

#[derive(Debug)]
struct Link {
    source: CredentialSource,
    was_warned_about: AtomicBool,
}

impl CredentialSource {
    /// Where the vendor's tools look, in the order of its Python SDK: [`CredentialSource::oidc`],
    /// [`CredentialSource::environment`], [`CredentialSource::profile`],
    /// [`CredentialSource::metadata`], [`CredentialSource::pod`]. What a client does that is told
    /// nothing else; [`CredentialSource::chain`] tells how.
    pub fn default_chain() -> Self {
        Self::chain([
            Self::oidc(),
            Self::environment(),
            Self::profile(),
            Self::metadata(),
            Self::pod(),
        ])
    }

    /// The first of these sources that has credentials.
    ///
    /// From then on only that one is asked: when it fails for some time, credentials of somebody
    /// else would be a surprise. The search begins anew when nothing points to it any more, such
    /// as after its file was deleted.
    ///
    /// Where none has credentials, the error tells what each said, in order. A source that is set
    /// up and doesn't work is passed over; a warning says so, once, when a later one serves.
    pub fn chain(sources: impl IntoIterator<Item = CredentialSource>) -> Self {
        let links = sources.into_iter().map(|source| Link {
            source,
            was_warned_about: AtomicBool::new(false),
        });
        Self::of(Chain {
            links: links.collect(),
            serving: AtomicUsize::new(usize::MAX),
        })
    }
}

impl Source for Chain {
    fn name(&self) -> &'static str {
        "chain"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        if let Some(link) = self.links.get(self.serving.load(Ordering::Relaxed)) {
            match link.source.0.load(loading) {
                Err(error) if error.why == Why::Absent => {}
                answer => return answer,
            }
        }
        self.search(loading)
    }
}

impl Chain {
    fn search(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let mut tried: Vec<(&Link, NotFound)> = Vec::new();
        for (index, link) in self.links.iter().enumerate() {
            if loading.deadline <= Instant::now() {
                break;
            }
            match link.source.0.load(loading) {
                Ok(found) => {
                    self.serving.store(index, Ordering::Relaxed);
                    for (link, problem) in &tried {
                        link.warn(problem, &found.origin);
                    }
                    return Ok(found);
                }
                Err(problem) => tried.push((link, problem)),
            }
        }
        Err(self.nothing(tried))
    }

    /// What all the sources said. It is of the kind of the first that is set up: that one would
    /// have served.
    fn nothing(&self, tried: Vec<(&Link, NotFound)>) -> NotFound {
        if self.links.is_empty() {
            return NotFound::new(Why::Absent, "the chain of sources is empty");
        }
        let said = tried
            .iter()
            .map(|(link, error)| (link.name(), &*error.problem));
        let unasked = self.links[tried.len()..].iter();
        let account: Vec<_> = said
            .chain(unasked.map(|link| (link.name(), "not asked, for the time was over")))
            .zip(1..)
            .map(|((name, problem), number)| format!("({number}) {name}: {problem}"))
            .collect();
        let problem = format!("looked in this order: {}", account.join("; "));
        let is_whole = tried.len() == self.links.len();
        let is_set_up = |(_, error): &(&Link, NotFound)| error.why != Why::Absent;
        match tried.into_iter().find(is_set_up) {
            Some((_, error)) => NotFound { problem, ..error },
            None if is_whole => NotFound::new(Why::Absent, problem),
            None => NotFound::new(Why::Failed(ErrorKind::Timeout), problem),
        }
    }
}

impl Link {
    fn name(&self) -> &'static str {
        self.source.0.name()
    }

    /// Says that the source was passed over, unless it simply isn't set up.
    fn warn(&self, error: &NotFound, origin: &str) {
        if error.why == Why::Absent || self.was_warned_about.swap(true, Ordering::Relaxed) {
            return;
        }
        log::warn!(
            "the credentials come from {origin}, because {} is set up but doesn't work: {}",
            self.name(),
            error.problem
        );
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        sync::{Arc, Mutex},
    };

    use mss_core::Credentials;

    use super::*;
    use crate::credentials::testing::{collect_warnings, keys, load, load_until, warnings_with};

    /// A source that goes through these answers: an access key, or why there is none. The last one
    /// stays.
    #[derive(Debug)]
    struct Scripted {
        name: &'static str,
        answers: Mutex<VecDeque<Result<&'static str, Why>>>,
        asked: Arc<AtomicUsize>,
    }

    impl Source for Scripted {
        fn name(&self) -> &'static str {
            self.name
        }

        fn load(&self, _: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let mut answers = self.answers.lock().unwrap();
            let answer = answers[0];
            if answers.len() > 1 {
                answers.pop_front();
            }
            let problem = format!("{} said {answer:?}", self.name);
            let access_key = answer.map_err(|why| NotFound::new(why, problem))?;
            let mut found = FoundCredentials::keys(Credentials::new(access_key, "SK").unwrap());
            found.origin = format!("script {}", self.name);
            Ok(found)
        }
    }

    fn source<const N: usize>(
        name: &'static str,
        answers: [Result<&'static str, Why>; N],
    ) -> (CredentialSource, Arc<AtomicUsize>) {
        let asked = Arc::<AtomicUsize>::default();
        let scripted = Scripted {
            name,
            answers: Mutex::new(answers.into()),
            asked: Arc::clone(&asked),
        };
        (CredentialSource::of(scripted), asked)
    }

    fn access_key(chain: &CredentialSource) -> String {
        keys(&load(chain, &[]).unwrap()).0.to_owned()
    }

    const FAILED: Why = Why::Failed(ErrorKind::Timeout);

    #[test]
    fn the_first_that_has_credentials_serves_and_none_behind_it_is_asked() {
        let (a, _) = source("a", [Err(Why::Absent)]);
        let (b, _) = source("b", [Ok("B")]);
        let (c, asked_c) = source("c", [Ok("C")]);
        assert_eq!(access_key(&CredentialSource::chain([a, b, c])), "B");
        assert_eq!(asked_c.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_one_that_served_goes_on_serving_also_when_it_fails() {
        let (a, asked_a) = source("a", [Err(Why::Absent), Ok("A")]);
        let (b, _) = source(
            "b",
            [
                Ok("B1"),
                Err(FAILED),
                Err(Why::Refused),
                Err(Why::Invalid),
                Ok("B2"),
            ],
        );
        let chain = CredentialSource::chain([a, b]);
        assert_eq!(access_key(&chain), "B1");
        for why in [FAILED, Why::Refused, Why::Invalid] {
            let error = load(&chain, &[]).unwrap_err();
            assert_eq!(error.why, why);
            assert!(error.problem.starts_with("b said "), "{}", error.problem);
        }
        assert_eq!(access_key(&chain), "B2");
        assert_eq!(asked_a.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_search_begins_anew_when_nothing_points_to_the_one_that_served() {
        let (a, _) = source("a", [Err(Why::Absent), Ok("A")]);
        let (b, asked_b) = source("b", [Ok("B"), Err(Why::Absent)]);
        let chain = CredentialSource::chain([a, b]);
        assert_eq!(access_key(&chain), "B");
        assert_eq!(access_key(&chain), "A");
        assert_eq!(access_key(&chain), "A");
        assert_eq!(asked_b.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn what_was_tried_is_told_in_order() {
        let (a, _) = source("a", [Err(Why::Absent)]);
        let (b, _) = source("b", [Err(FAILED)]);
        let (c, _) = source("c", [Err(Why::Invalid)]);
        let error = load(&CredentialSource::chain([a, b, c]), &[]).unwrap_err();
        assert_eq!(error.why, FAILED);
        assert_eq!(
            error.problem,
            "looked in this order: (1) a: a said Err(Absent); (2) b: b \
             said Err(Failed(Timeout)); (3) c: c said Err(Invalid)"
        );
    }

    #[test]
    fn nothing_set_up_at_all_is_absent() {
        let (a, _) = source("a", [Err(Why::Absent)]);
        let (b, _) = source("b", [Err(Why::Absent)]);
        let error = load(&CredentialSource::chain([a, b]), &[]).unwrap_err();
        assert_eq!(error.why, Why::Absent);
        let error = load(&CredentialSource::chain([]), &[]).unwrap_err();
        assert_eq!(
            (error.why, &*error.problem),
            (Why::Absent, "the chain of sources is empty")
        );
    }

    #[test]
    fn what_there_was_no_time_for_is_told() {
        let (a, asked) = source("a", [Ok("A")]);
        let chain = CredentialSource::chain([a]);
        let error = load_until(&chain, &[], Instant::now()).unwrap_err();
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        assert_eq!(error.why, FAILED);
        assert!(
            error
                .problem
                .ends_with("(1) a: not asked, for the time was over"),
            "{error:?}"
        );
    }

    #[test]
    fn f17_the_error_of_a_callback_is_kept() {
        let (a, _) = source("a", [Err(Why::Absent)]);
        let callback = CredentialSource::callback(|| Err("the vault is sealed".into()));
        let error = load(&CredentialSource::chain([a, callback]), &[]).unwrap_err();
        assert_eq!(error.source.unwrap().to_string(), "the vault is sealed");
    }

    #[test]
    fn one_that_is_set_up_and_does_not_work_is_warned_about_once() {
        collect_warnings();
        let (a, _) = source("not-set-up", [Err(Why::Absent)]);
        let (b, _) = source("set-up-badly", [Err(Why::Invalid)]);
        let (c, _) = source("serving", [Ok("C"), Err(Why::Absent), Ok("C")]);
        let chain = CredentialSource::chain([a, b, c]);
        for _ in 0..3 {
            access_key(&chain);
        }
        assert_eq!(
            warnings_with("script serving"),
            [
                "the credentials come from script serving, because set-up-badly is set up but doesn't \
              work: set-up-badly said Err(Invalid)"
            ]
        );
    }
}
