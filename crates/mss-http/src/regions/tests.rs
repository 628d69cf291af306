//! Regions with endpoints of all origins.

use std::{fs, path::Path};

use super::*;
use crate::{
    config_file::HOME,
    credentials::testing::{collect_warnings, these, warnings_with},
};

const IN_ENVIRONMENT: &str = "HUAWEICLOUD_SDK_REGION_METASTUDIO_CN_NORTH_4";

/// A host, or the error's message without the path.
fn endpoint(region: &str, variables: &[(&str, &str)]) -> Result<String, String> {
    let endpoint = endpoint_of_region(region, &these(variables), false);
    endpoint.map(|it| it.to_string()).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        error.message().to_owned()
    })
}

fn write(directory: &Path, content: &[u8]) -> String {
    let path = directory.join("regions.yaml");
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// With this in the file that the variable names; `FILE` stands for its path.
fn endpoint_in_file(region: &str, content: impl AsRef<[u8]>) -> Result<String, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = write(directory.path(), content.as_ref());
    endpoint(region, &[(FILE, &path)]).map_err(|error| error.replace(&path, "FILE"))
}

#[test]
fn documented_regions_and_all_others_follow_from_their_names() {
    for region in Endpoint::DOCUMENTED_REGIONS.into_iter().chain(["xx-new-7"]) {
        let expected = format!("https://metastudio.{region}.myhuaweicloud.com");
        assert_eq!(endpoint(region, &[]), Ok(expected));
    }
    let error = endpoint("cn north", &[]).unwrap_err();
    assert!(error.starts_with("region must be a region id"), "{error}");
}

#[test]
fn the_environment_goes_before_the_file_and_the_named_file_before_the_one_at_home() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let directory = home.path().join(".huaweicloud");
    fs::create_dir(&directory).unwrap();
    write(
        &directory,
        b"METASTUDIO: [{id: cn-north-4, endpoint: https://at.home}]",
    );
    let named = write(
        other.path(),
        b"METASTUDIO: [{id: cn-north-4, endpoint: https://named}]",
    );
    let at_home = (HOME, home.path().to_str().unwrap());
    let named = (FILE, &*named);
    let in_environment = (IN_ENVIRONMENT, "https://in.environment");
    for (variables, expected) in [
        (&[at_home][..], "https://at.home"),
        (&[at_home, named], "https://named"),
        (&[at_home, named, in_environment], "https://in.environment"),
    ] {
        assert_eq!(endpoint("cn-north-4", variables).unwrap(), expected);
        let documented = "https://metastudio.cn-east-3.myhuaweicloud.com";
        assert_eq!(endpoint("cn-east-3", variables).unwrap(), documented);
    }
    fs::remove_dir_all(directory).unwrap();
    let documented = "https://metastudio.cn-north-4.myhuaweicloud.com";
    assert_eq!(endpoint("cn-north-4", &[at_home]).unwrap(), documented);
}

#[test]
fn a_variable_may_leave_the_scheme_out_and_name_several() {
    for (value, expected) in [
        ("metastudio.example.com", "https://metastudio.example.com"),
        ("https://a.example.com:8443/", "https://a.example.com:8443"),
        (
            " https://a.example.com , https://b.example.com",
            "https://a.example.com",
        ),
        (",b.example.com", "https://b.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ] {
        assert_eq!(
            endpoint("cn-north-4", &[(IN_ENVIRONMENT, value)]).unwrap(),
            expected
        );
    }
}

#[test]
fn endpoints_that_are_not_used_are_warned_about() {
    collect_warnings();
    let name = "HUAWEICLOUD_SDK_REGION_METASTUDIO_XX_WARNED_1";
    endpoint("xx-warned-1", &[(name, "https://a,")]).unwrap();
    assert_eq!(warnings_with(name), Vec::<String>::new());
    endpoint("xx-warned-1", &[(name, "https://a,https://b")]).unwrap();
    let expected = format!("{name} names several endpoints; only the first is used");
    assert_eq!(warnings_with(name), [expected]);
}

#[test]
fn f03_a_variable_that_is_no_endpoint_is_named() {
    for (value, expected) in [
        (" , ", "names no endpoint"),
        ("http://10.0.0.1", "must be https"),
        ("https://host/v1", "may not have a path"),
        ("user:canary@host", "may not hold a user name or password"),
        ("ftp://host", "must begin with https://"),
    ] {
        let error = endpoint("cn-north-4", &[(IN_ENVIRONMENT, value)]).unwrap_err();
        assert!(
            error.starts_with(&format!("{IN_ENVIRONMENT} {expected}")),
            "{error}"
        );
        assert!(!error.contains("canary"), "{error}");
    }
    let variables = these(&[(IN_ENVIRONMENT, "http://10.0.0.1")]);
    let endpoint = endpoint_of_region("cn-north-4", &variables, true).unwrap();
    assert_eq!(endpoint.to_string(), "http://10.0.0.1");
}

#[test]
fn a_file_is_read_as_the_vendors_sdk_reads_it() {
    for (content, expected) in [
        ("METASTUDIO:\n  - id: r\n    endpoint: a # b\n", "https://a"),
        ("metastudio:\n- endpoint: 'a'\n  id: \"r\"\n", "https://a"),
        (
            "{METASTUDIO: [{id: x, endpoint: b}, {id: r, endpoint: a}]}",
            "https://a",
        ),
        (
            "METASTUDIO: [{id: r, endpoints: [a, b], endpoint: c}]",
            "https://a",
        ),
        (
            "METASTUDIO: [{id: r, endpoints: , endpoint: a}]",
            "https://a",
        ),
        (
            "METASTUDIO: [{id: r, endpoints: [], endpoint: a}]",
            "https://a",
        ),
        (
            "METASTUDIO: [{id: r, endpoint: b}, {id: r, endpoint: a}]",
            "https://a",
        ),
        (
            "METASTUDIO: [{id: r, endpoint: a}, {id: r, endpoint: }, {id: r, endpoint: ~}]",
            "https://a",
        ),
        (
            "METASTUDIO: [{endpoint: b}, {id: ~, endpoint: b}, {id: r, endpoint: a}]",
            "https://a",
        ),
        (
            "ECS: nonsense\nMETASTUDIO: [{id: r, endpoint: a}]",
            "https://a",
        ),
        (
            "\u{feff}---\nMETASTUDIO: [{id: r, endpoint: a}]\n...\n",
            "https://a",
        ),
    ] {
        assert_eq!(
            endpoint_in_file("r", content).as_deref(),
            Ok(expected),
            "{content}"
        );
    }
    for content in [
        "",
        "# nothing",
        "METASTUDIO:",
        "METASTUDIO: [{id: R, endpoint: a}]",
    ] {
        let expected = "https://metastudio.r.myhuaweicloud.com";
        assert_eq!(
            endpoint_in_file("r", content).as_deref(),
            Ok(expected),
            "{content}"
        );
    }
}

#[test]
fn what_is_wrong_in_a_file_is_named_by_its_line() {
    for (content, expected) in [
        (
            "x",
            "line 1 of FILE must be a mapping from services to regions",
        ),
        (
            "METASTUDIO:\n  r: a",
            "line 2 of FILE must be a list of regions",
        ),
        (
            "METASTUDIO:\n- r",
            "line 2 of FILE must be a region: a mapping with id and endpoint",
        ),
        (
            "METASTUDIO:\n- id: []",
            "line 2 of FILE must be the id of a region",
        ),
        (
            "METASTUDIO:\n- id: r\n  endpoint: {}",
            "line 3 of FILE must be an endpoint such as",
        ),
        (
            "METASTUDIO:\n- id: r\n  endpoints: a",
            "line 3 of FILE must be a list of endpoints",
        ),
        (
            "METASTUDIO:\n- id: r\n  endpoint: ftp://a",
            "the endpoint in line 2 of FILE must begin",
        ),
        ("a: &x 1\nb: *x", "line 2 of FILE has an alias"),
        ("a: 1\n---\nb: 2", "line 3 of FILE begins a second document"),
        ("? [a]\n: b", "line 1 of FILE has a key that is no text"),
        ("a:\n\t- b", "line 2 of FILE is no YAML: tabs"),
        ("a: 'b", "line 1 of FILE is no YAML: "),
        (&*"- ".repeat(40), "line 1 of FILE is nested too deep"),
    ] {
        let error = endpoint_in_file("r", content).unwrap_err();
        assert!(error.starts_with(expected), "{content}: {error}");
    }
    let error = endpoint_in_file("r", b"a: 1\nb: \xff").unwrap_err();
    assert_eq!(error, "FILE is not UTF-8 (line 2)");
    let error = endpoint_in_file("r", vec![b'#'; 10 * 1024 * 1024]).unwrap_err();
    assert_eq!(error, "FILE is larger than 1 MiB");
    let gone = tempfile::tempdir().unwrap().path().join("gone");
    let gone = gone.to_str().unwrap();
    let error = endpoint("r", &[(FILE, gone)]).unwrap_err();
    assert_eq!(error, format!("there is no file {gone}"));
}
