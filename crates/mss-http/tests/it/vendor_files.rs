//! Files and variables of the vendor's tools: a set-up that works with those works here.

use std::{fs, path::Path};

use mss_http::{Client, CredentialSource, ErrorKind, Profile, UploadState, Variables};

use crate::support::{Act, PROJECT, Server, closed_port, file, keys};

/// The variable that names the home directory.
const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// Variables of which only the home directory is set.
fn at_home(home: &Path) -> Variables {
    let home = home.to_owned();
    Variables::new(move |name| (name == HOME).then(|| home.clone().into()))
}

#[test]
fn keys_project_and_endpoint_come_from_the_files_at_home() {
    let server = Server::acting(|_, _| Act::ok());
    let keys = keys();
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join(".huaweicloud");
    fs::create_dir(&directory).unwrap();
    let (ak, sk) = (keys.access_key(), keys.secret_key().expose());
    let profile = format!("[basic]\n[staging]\nak = {ak}\nsk = {sk}\nproject_id = {PROJECT}\n");
    fs::write(directory.join("credentials"), profile).unwrap();
    let regions = format!(
        "METASTUDIO:\n- id: cn-north-4\n  endpoint: {}\n",
        server.url()
    );
    fs::write(directory.join("regions.yaml"), regions).unwrap();

    let client = Client::builder()
        .region("cn-north-4")
        .credential_source(Profile::new().section("staging").into())
        .variables(at_home(home.path()))
        .build()
        .unwrap();
    client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap();
    let request = server.requests().remove(0);
    assert!(request.line().starts_with(&format!("POST /v1/{PROJECT}/")));
    let authorization = request.header("authorization").unwrap();
    assert!(authorization.contains(&format!("Access={ak}, ")));
}

#[test]
fn a_profile_without_keys_fails_the_call_and_sends_nothing() {
    let server = Server::acting(|_, _| Act::ok());
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("keys");
    fs::write(&path, "[basic]\nsk = canary-secret\n").unwrap();
    let client = Client::builder()
        .endpoint(server.url())
        .project_id(PROJECT)
        .credential_source(CredentialSource::from(Profile::new().file(&path)))
        .build()
        .unwrap();
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
    let expected = format!("[basic] in line 1 of {} has sk, but no ak", path.display());
    assert!(error.message().contains(&expected), "{error}");
    assert!(!format!("{error:?}").contains("canary"));
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_client_that_finds_nothing_says_where_it_looked_and_what_it_saw() {
    let server = Server::acting(|_, _| Act::ok());
    let home = tempfile::tempdir().unwrap();
    let usual = at_home(home.path());
    let metadata = format!("http://127.0.0.1:{}", closed_port().unwrap());
    let client = Client::builder()
        .endpoint(server.url())
        .project_id(PROJECT)
        .variables(Variables::new(move |name| match name {
            "METASTUDIO_METADATA_ENDPOINT" => Some(metadata.clone().into()),
            name => usual.get(name).map(Into::into),
        }))
        .build()
        .unwrap();
    let error = client
        .confirm_file_upload(&file(), UploadState::Created)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
    let text = error.to_string();
    let said = [
        "(1) oidc: HUAWEICLOUD_OIDC_PROVIDER_URN and HUAWEICLOUD_OIDC_AGENCY_URN are not set; ",
        "(2) environment: HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK are not set; ",
        "(3) profile: there is no file ",
        "(4) metadata: nobody answers at http://127.0.0.1:",
        "(5) pod: HC_CONTAINER_CREDENTIALS_FULL_URI and HC_CONTAINER_AUTHORIZATION_TOKEN_FILE \
         are not set",
    ];
    let places: Vec<_> = said.iter().map(|it| text.find(it)).collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{text}"
    );
    assert_eq!(server.connections(), 0);
}
