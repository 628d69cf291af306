//! Sources that ask somebody: the metadata service, STS, IAM, the agent of a pod.

mod federation;
mod login;
mod metadata;
mod oidc;
mod pod;
mod project;

use std::{fs, path::Path, time::Duration};

use mss_emulator::Emulator;
use mss_http::{
    Client, ClientBuilder, CreateFile, CredentialSource, Error, FileCategory, UploadState,
    Variables,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::support::{Act, PROJECT, Server, create, file, quick};

/// A user of the vendor's variables: these, and no others.
fn these(variables: &[(&str, &str)]) -> Variables {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let variables: Vec<_> = variables.iter().map(own).collect();
    Variables::new(move |name| {
        let same = variables.iter().find(|(known, _)| known == name);
        same.map(|(_, value)| value.into())
    })
}

/// A client of a service with credentials from a source.
fn builder(url: &str, source: CredentialSource, variables: &[(&str, &str)]) -> ClientBuilder {
    let builder = Client::builder().endpoint(url).project_id(PROJECT);
    let builder = builder.options(quick(Duration::from_secs(10)));
    builder
        .credential_source(source)
        .variables(these(variables))
}

fn client(url: &str, source: CredentialSource, variables: &[(&str, &str)]) -> Client {
    builder(url, source, variables).build().unwrap()
}

fn confirm(client: &Client) -> Result<(), Error> {
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .map(drop)
}

/// A file of which an asset can have many.
fn another() -> CreateFile {
    create().category(FileCategory::Other)
}

/// The source's failure, as a call meets it that is never sent.
#[track_caller]
fn failure(source: CredentialSource, variables: &[(&str, &str)]) -> Error {
    let service = Server::script([Act::ok()]);
    let error = confirm(&client(&service.url(), source, variables)).unwrap_err();
    assert_eq!(error.outcome(), mss_http::Outcome::NotApplied);
    assert!(service.requests().is_empty());
    error
}

/// Registers a file with the emulator, whose gateway checks the credentials that were found.
#[track_caller]
fn works(emulator: &Emulator, source: CredentialSource, variables: &[(&str, &str)]) {
    let builder = builder(emulator.url(), source, variables);
    let client = builder.project_id(emulator.project_id()).build().unwrap();
    client.create_file(&another()).unwrap();
}

/// Method and path of all requests.
fn lines(server: &Server) -> Vec<String> {
    let requests = server.requests();
    requests.iter().map(|it| it.line().to_owned()).collect()
}

/// Temporary keys as IAM and the metadata service write them, with this number.
fn keys(number: usize, life: time::Duration) -> String {
    let end = (OffsetDateTime::now_utc() + life).format(&Rfc3339).unwrap();
    format!(
        r#"{{"credential":{{"access":"TEMPORARYKEY{number}","secret":"planted-secret-{number}",
        "securitytoken":"planted-security-token-{number}","expires_at":"{end}"}}}}"#
    )
}

fn json(body: impl AsRef<[u8]>) -> Act {
    Act::answer("200 OK", "Content-Type: application/json", body)
}

/// A service that accepts the temporary keys from this number on and refuses the others.
fn accepting_from(first: usize) -> Server {
    Server::acting(move |request, _| {
        let token = request.header("x-security-token").unwrap_or_default();
        let number: usize = token.rsplit('-').next().unwrap().parse().unwrap();
        if number >= first {
            Act::ok()
        } else {
            refused()
        }
    })
}

fn refused() -> Act {
    let body =
        r#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information"}"#;
    Act::answer("401 Unauthorized", "X-Request-Id: r", body)
}

/// A file with a token.
fn token_file(directory: &Path, token: &str) -> String {
    let path = directory.join("token");
    fs::write(&path, token).unwrap();
    path.into_os_string().into_string().unwrap()
}
