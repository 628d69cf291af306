//! Who is examined, and what earlier steps have found out for later ones.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::Uri;

use super::{Finding, Step};
use crate::{
    CallOptions, Client, Error, ErrorKind,
    credentials::Ready,
    transport::{Call, Limits, Route, host_and_port},
};

/// Longest time for everything.
const WHOLE: Duration = Duration::from_secs(20);

/// Largest part of an answer that is read, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// A client under examination.
pub(super) struct Subject {
    pub(super) client: Client,
    /// The end of the whole; it begins with the first step.
    deadline: Option<Instant>,
    pub(super) uri: Uri,
    pub(super) way: Way,
    pub(super) addresses: Vec<SocketAddr>,
    /// Why nothing can be sent to the service.
    pub(super) blocked: Option<&'static str>,
    pub(super) ready: Option<Arc<Ready>>,
    pub(super) knows_project: bool,
}

/// What connections are made to.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) host: String,
    pub(super) port: u16,
    /// It is a proxy's.
    pub(super) is_proxy: bool,
}

impl Subject {
    pub(super) fn new(client: Client) -> Self {
        // An endpoint is always a URL.
        let uri: Uri = client.endpoint().to_string().parse().unwrap_or_default();
        let way = match client.shared().network.route(&uri) {
            Route::Through(proxy) => Way {
                host: proxy.host().trim_matches(['[', ']']).to_owned(),
                port: proxy.port(),
                is_proxy: true,
            },
            Route::Direct(_) | Route::Barred(_) => {
                let (host, port) = host_and_port(&uri);
                Way {
                    host,
                    port,
                    is_proxy: false,
                }
            }
        };
        Self {
            client,
            deadline: None,
            uri,
            way,
            addresses: Vec::new(),
            blocked: None,
            ready: None,
            knows_project: false,
        }
    }

    pub(super) fn examine(&mut self, step: Step) -> Finding {
        let finding = self.look_at(step);
        let found = self.without_access_key(&finding.found);
        Finding { found, ..finding }
    }

    fn look_at(&mut self, step: Step) -> Finding {
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + WHOLE);
        if self.client.settings().interrupt.is_raised() {
            return Finding::failed(step, ErrorKind::Cancelled, "cancelled by the caller");
        }
        if deadline <= Instant::now() {
            let text = format!("not examined, since {} s were over", WHOLE.as_secs());
            return Finding::failed(step, ErrorKind::Timeout, text);
        }
        match step {
            Step::Settings => self.settings(),
            Step::Credentials => self.credentials(),
            Step::Proxy => self.proxy(),
            Step::Dns => self.dns(),
            Step::Tcp => self.tcp(),
            Step::Tls => self.tls(),
            Step::Clock => self.clock(),
            Step::Project => self.project(),
            Step::Call => self.call(),
        }
    }

    fn settings(&self) -> Finding {
        let client = &self.client;
        let endpoint = client.endpoint().to_string();
        let project = client.project_id().map(|id| format!(", project {id}"));
        let found = format!("{endpoint}{}", project.unwrap_or_default());
        let is_readable = self.uri.scheme_str() == Some("http") && !client.endpoint().is_loopback();
        let finding = if is_readable {
            let found = format!("{found}: plain http to another machine");
            let advice = "everybody on the way can read and repeat the calls: use https";
            Finding::warning(Step::Settings, found, advice)
        } else {
            Finding::ok(Step::Settings, found)
        };
        finding
            .with("endpoint", Some(endpoint))
            .with("region", client.shared().provider.region())
            .with("project_id", client.project_id())
    }

    /// The end of a step that may take so long.
    pub(super) fn within(&self, time: Duration) -> Instant {
        let end = Instant::now() + time;
        self.deadline.map_or(end, |whole| whole.min(end))
    }

    /// One connection, or one exchange of at most so long over it.
    pub(super) fn probe(&self, time: Duration) -> Call {
        let settings = self.client.settings();
        let limits = Limits {
            deadline: Some(self.within(time)),
            connect: settings.connect,
            stall: None,
            answer: ANSWER_LIMIT,
        };
        Call::new(limits, settings.interrupt.clone(), false)
    }

    /// The client for one call that isn't tried again and takes at most so long.
    pub(super) fn once(&self, time: Duration) -> Result<Client, Error> {
        let settings = self.client.settings();
        let left = self.within(time).saturating_duration_since(Instant::now());
        let left = left.max(Duration::from_millis(1));
        let options = CallOptions::new()
            .max_attempts(1)
            .attempt_timeout(settings.policy.per_attempt.min(left))
            .total_timeout(settings.policy.total.min(left));
        self.client.with_options(options)
    }
}
