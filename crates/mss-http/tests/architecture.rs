//! Which crate may know which.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

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

/// A file of the repository.
fn text(path: &str) -> String {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    fs::read_to_string(root.join(path)).unwrap()
}

/// What stands between backticks in the first column of the table of dependencies.
fn justified() -> BTreeSet<String> {
    let design = text("docs/DESIGN.md");
    let (_, section) = design
        .split_once("## Which dependencies are there")
        .unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|it| it.strip_prefix("| `"));
    rows.flat_map(|row| {
        let (crates, _) = row.split_once(" | ").unwrap();
        let names = crates
            .split(", ")
            .map(|it| it.split('`').find(|it| !it.is_empty()));
        names.map(|it| it.unwrap().to_owned()).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn each_direct_dependency_is_justified_and_no_other() {
    let workspace = workspace();
    let direct = workspace.values().flat_map(|it| it.normal.union(&it.tests));
    let foreign = direct.filter(|it| !workspace.contains_key(*it)).cloned();
    assert_eq!(foreign.collect::<BTreeSet<_>>(), justified());
}

#[test]
fn no_crate_has_unsafe_code() {
    assert!(text("Cargo.toml").contains("\nunsafe_code = \"forbid\"\n"));
    for name in workspace().keys() {
        let manifest = text(&format!("crates/{name}/Cargo.toml"));
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{name}");
    }
}
