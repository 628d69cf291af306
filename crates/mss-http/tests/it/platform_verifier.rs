//! The system's list, which on Linux a variable can name, judges in place of Mozilla's.

use std::{path::Path, process::Command};

use crate::{
    support::{Act, Authority, Server, builder},
    tls::{THIS_MACHINE, assert_invalid, confirm},
};

const URL: &str = "MSS_TEST_ENDPOINT";

#[test]
#[ignore = "half of f22_the_systems_list_judges_where_it_is_wanted"]
#[allow(clippy::print_stdout, reason = "the other half reads it")]
fn confirms_by_the_systems_list() {
    let builder = builder().endpoint(std::env::var(URL).unwrap());
    let client = builder.platform_verifier(true).build().unwrap();
    match confirm(&client) {
        Ok(()) => println!("said: fine"),
        Err(error) => println!("said: {} {error}", error.kind()),
    }
}

fn with_list(server: &Server, list: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture"])
        .arg("platform_verifier::confirms_by_the_systems_list")
        .env("SSL_CERT_FILE", list)
        .env(URL, server.url())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = text.lines().find_map(|line| line.split_once("said: "));
    said.unwrap_or_else(|| panic!("it said nothing: {text}"))
        .1
        .to_owned()
}

#[test]
fn f22_the_systems_list_judges_where_it_is_wanted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::script_over(Some(authority.server(&THIS_MACHINE)), [Act::ok()]);
    assert_eq!(with_list(&server, authority.file()), "fine");
    let said = with_list(&server, other.file());
    assert!(said.starts_with("tls "), "{said}");
    assert!(said.contains("known authority"), "{said}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn f23_it_excludes_a_list_of_ones_own() {
    let authority = Authority::new();
    let builder = builder().ca_file(authority.file()).platform_verifier(true);
    assert_invalid(builder, &["ca_file and platform_verifier"]);
}
