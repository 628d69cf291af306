//! Which crate may know which.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The names of each crate's normal and build dependencies, and those of its tests.
struct Dependencies {
    normal: BTreeSet<String>,
    tests: BTreeSet<String>,
}

fn workspace() -> BTreeMap<String, Dependencies> {
    // Without resolving, so that nothing is fetched.
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let packages = metadata.packages.into_iter().map(|package| {
        let (tests, normal): (Vec<_>, Vec<_>) = package
            .dependencies
            .into_iter()
            .partition(|it| it.kind == DependencyKind::Development);
        let names = |list: Vec<cargo_metadata::Dependency>| {
            list.into_iter().map(|it| it.name).collect::<BTreeSet<_>>()
        };
        let dependencies = Dependencies {
            normal: names(normal),
            tests: names(tests),
        };
        (package.name.to_string(), dependencies)
    });
    packages.collect()
}

#[test]
fn dependencies_point_one_way() {
    let workspace = workspace();
    let allowed = [
        ("mss-core", &[][..]),
        ("mss-http", &["mss-core"]),
        ("mss-emulator", &["mss-core"]),
        ("mss-cli", &["mss-core", "mss-http", "mss-emulator"]),
        (
            "mss-py",
            &["mss-core", "mss-http", "mss-emulator", "mss-cli"],
        ),
    ];
    for (name, dependencies) in &workspace {
        let allowed = allowed.iter().find(|(known, _)| known == name);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{name} has no place here"));
        let ours = dependencies.normal.iter();
        for dependency in ours.filter(|it| workspace.contains_key(*it)) {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
    assert!(workspace.len() >= 3);
}

#[test]
fn tests_bring_no_crate_in_by_the_back_door() {
    let workspace = workspace();
    for (name, forbidden) in [
        (
            "mss-core",
            &["mss-http", "mss-emulator", "mss-cli", "mss-py"][..],
        ),
        // Two implementations that check each other must not share code.
        ("mss-emulator", &["mss-http", "mss-cli", "mss-py"]),
    ] {
        for dependency in &workspace[name].tests {
            assert!(
                !forbidden.contains(&dependency.as_str()),
                "the tests of {name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn only_the_client_knows_its_transport() {
    for (name, dependencies) in workspace() {
        let knows = dependencies.normal.contains("ureq") || dependencies.tests.contains("ureq");
        assert!(!knows || name == "mss-http", "{name} must not use ureq");
    }
}

#[test]
fn the_core_brings_no_io_along() {
    for io in [
        "ureq",
        "hyper",
        "tokio",
        "rustix",
        "getrandom",
        "fastrand",
        "log",
    ] {
        let core = &workspace()["mss-core"];
        assert!(!core.normal.contains(io), "mss-core must not use {io}");
    }
}
