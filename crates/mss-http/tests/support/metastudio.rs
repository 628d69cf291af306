//! A service and object store on one socket, good but for what a test wants otherwise.

use std::sync::{Arc, Mutex};

use rustls::ServerConfig;

use super::{Act, Request, Server, answer, locked};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    CreateLarge,
    Put,
    Confirm,
    Show,
    CreateAsset,
    DeleteAsset,
}

impl Call {
    pub(crate) fn of(request: &Request) -> Self {
        let line = request.line();
        let rules = [
            ("PUT ", "", Self::Put),
            ("GET ", "", Self::Show),
            ("DELETE ", "", Self::DeleteAsset),
            ("POST ", "/files", Self::Create),
            ("POST ", "/large-files", Self::CreateLarge),
            ("POST ", "/digital-assets", Self::CreateAsset),
            ("POST ", "/complete", Self::Confirm),
        ];
        let fits = |it: &&(&str, &str, Self)| line.starts_with(it.0) && line.ends_with(it.1);
        rules.iter().find(fits).expect("a known call").2
    }
}

/// A server that answers well where `decide` has nothing else; it is given the call, and how many
/// of its kind came before.
pub(crate) fn metastudio(
    decide: impl Fn(Call, usize, &Request) -> Option<Act> + Send + Sync + 'static,
) -> Server {
    metastudio_over(None, decide)
}

/// As [`metastudio`], over TLS if there is a configuration for it.
pub(crate) fn metastudio_over(
    tls: Option<Arc<ServerConfig>>,
    decide: impl Fn(Call, usize, &Request) -> Option<Act> + Send + Sync + 'static,
) -> Server {
    let before = Mutex::new(Vec::new());
    let scheme = if tls.is_some() { "https" } else { "http" };
    Server::acting_over(tls, move |request, _| {
        let call = Call::of(request);
        let number = {
            let mut before = locked(&before);
            before.push(call);
            before.iter().filter(|it| **it == call).count() - 1
        };
        decide(call, number, request).unwrap_or_else(|| good(scheme, call, number, request))
    })
}

fn good(scheme: &str, call: Call, number: usize, request: &Request) -> Act {
    let host = request.header("host").expect("a host");
    match call {
        Call::Create => {
            let url = format!("{scheme}://{host}/k{number}?Signature=s");
            Act::created(&format!("file-{}", number + 1), &url)
        }
        Call::Put => Act::Send(answer("200 OK", "x-obs-request-id: stored", "")),
        Call::Show => shows("CREATED", ""),
        Call::CreateAsset => {
            Act::answer("200 OK", "X-Request-Id: asset", r#"{"asset_id":"asset-1"}"#)
        }
        Call::Confirm | Call::DeleteAsset => Act::ok(),
        Call::CreateLarge => panic!("the test says what URLs there are"),
    }
}

/// ShowAsset's answer with file-1 in this state, and perhaps more of its fields.
pub(crate) fn shows(state: &str, more: &str) -> Act {
    let file = format!(r#"{{"file_id":"file-1","state":"{state}"{more}}}"#);
    shows_files(&file)
}

/// ShowAsset's answer with these files.
pub(crate) fn shows_files(files: &str) -> Act {
    let body = format!(
        r#"{{"asset_id":"942e65a5fd219a2e01fb08d881cfadb9","asset_state":"CREATING","files":[{files}]}}"#
    );
    Act::answer("200 OK", "X-Request-Id: shown", body)
}

/// The states that were confirmed, in their order.
pub(crate) fn confirmed(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let confirms = requests.iter().filter(|it| Call::of(it) == Call::Confirm);
    let state = |it: &Request| {
        let text = it.text().trim_start_matches(r#"{"state":""#);
        text.trim_end_matches(r#""}"#).to_owned()
    };
    confirms.map(state).collect()
}

/// How many requests of this kind have arrived.
pub(crate) fn count(server: &Server, call: Call) -> usize {
    let requests = server.requests();
    requests.iter().filter(|it| Call::of(it) == call).count()
}
