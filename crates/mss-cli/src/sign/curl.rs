//! A signed request as a curl command for a POSIX shell.

use std::fmt;

use http::{Method, header::CONTENT_TYPE};

use super::request::Given;
use crate::words::quoted;

/// Value of a header that the signature adds.
#[derive(Clone, Copy)]
pub(super) enum Added<'a> {
    Text(&'a str),
    /// A secret: the shell fills it in from this variable.
    Variable(&'static str),
}

/// The arguments of the command, each already quoted. `added` are the headers that the signature
/// adds.
pub(super) fn arguments(given: &Given, added: &[(&str, Added<'_>)]) -> Vec<String> {
    let request = &given.request;
    let mut arguments = Vec::new();
    if request.method() == Method::HEAD {
        // With --request HEAD, curl waits for a body that never comes.
        arguments.push("--head".to_owned());
    } else {
        arguments.push(format!("--request {}", quoted(request.method().as_str())));
    }
    // Left alone, curl would resolve dots, and expand brackets to several requests.
    if request.uri().path().contains("/.") {
        arguments.push("--path-as-is".to_owned());
    }
    if given.url.contains(['[', ']', '{', '}']) {
        arguments.push("--globoff".to_owned());
    }
    arguments.push(quoted(&given.url));
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        arguments.push(header(name.as_str(), &value));
    }
    for (name, value) in added {
        arguments.push(match value {
            Added::Text(text) => header(name, text),
            Added::Variable(variable) => format!("--header \"{name}: ${variable}\""),
        });
    }
    arguments.extend(body(given));
    arguments
}

fn header(name: &str, value: &str) -> String {
    // To curl, a colon at the end means "leave this header out", a semicolon "send it empty".
    let line = if value.is_empty() {
        format!("{name};")
    } else {
        format!("{name}: {value}")
    };
    format!("--header {}", quoted(&line))
}

fn body(given: &Given) -> Vec<String> {
    let body = given.request.body();
    let argument = match &given.body_file {
        Some(path) => {
            format!("--data-binary {}", quoted(&format!("@{}", path.display())))
        }
        None if body.is_empty() => return Vec::new(),
        None => format!("--data-raw {}", quoted(&String::from_utf8_lossy(body))),
    };
    let mut arguments = vec![argument];
    if !given.request.headers().contains_key(CONTENT_TYPE) {
        // Else curl would call it a form.
        arguments.push("--header 'Content-Type:'".to_owned());
    }
    arguments
}

impl fmt::Display for Added<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Variable(variable) => write!(f, "${variable}"),
        }
    }
}
