//! Runs the command inside the test, and shows what it did as text for a snapshot.

#![allow(clippy::unwrap_used)] // in the helpers of tests
#![allow(dead_code)] // no test file uses all of it

#[cfg(unix)]
pub(crate) mod process;

use std::{collections::HashMap, ffi::OsString, fmt::Write as _, path::Path};

use insta::internals::SettingsBindDropGuard;
use mss_cli::{Screen, Stop, Surroundings, run};
use mss_emulator::Emulator;
use mss_http::{Client, Content, CreateFile, Credentials, Variables};

/// The environment that a command is given.
#[derive(Clone, Default)]
pub(crate) struct Session {
    variables: HashMap<&'static str, OsString>,
    stdin: &'static [u8],
}

/// What a command left behind.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Session {
    /// Nobody is asked for metadata: what answers at the usual address differs from machine to
    /// machine.
    pub(crate) fn new() -> Self {
        let session = Self::default();
        session.set("METASTUDIO_METADATA_ENDPOINT", "http://127.0.0.1:1")
    }

    /// The variables that lead to an emulator.
    pub(crate) fn at(emulator: &Emulator) -> Self {
        Self::new()
            .set("METASTUDIO_ENDPOINT", emulator.url())
            .set("HUAWEICLOUD_SDK_PROJECT_ID", emulator.project_id())
            .set("HUAWEICLOUD_SDK_AK", emulator.access_key())
            .set("HUAWEICLOUD_SDK_SK", emulator.secret_key())
    }

    pub(crate) fn set(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name, value.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub(crate) fn stdin(mut self, text: &'static str) -> Self {
        self.stdin = text.as_bytes();
        self
    }

    pub(crate) fn run<A: Into<OsString>>(&self, arguments: impl IntoIterator<Item = A>) -> Done {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let variables = self.variables.clone();
        let program = std::iter::once(OsString::from("metastudio"));
        let code = run(
            program.chain(arguments.into_iter().map(Into::into)),
            Surroundings {
                environment: Variables::new(move |name| variables.get(name).cloned()),
                stdin: &mut &*self.stdin,
                stdout: &mut stdout,
                stderr: &mut stderr,
                stop: &Stop::new(),
                terminal: false,
                screen: &Screen::none(),
            },
        );
        Done {
            code,
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}

impl Done {
    /// The one JSON object on stdout.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.text());
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Everything, for a snapshot.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("exit code {}\n", self.code);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                writeln!(text, "--- {name}\n{}", stream.trim_end()).unwrap();
            }
        }
        text
    }
}

/// Files whose content is there, and which wait for their confirmation.
pub(crate) fn registered(emulator: &Emulator, files: usize) -> Vec<String> {
    let keys = Credentials::new(emulator.access_key(), emulator.secret_key()).unwrap();
    let client = Client::builder()
        .endpoint(emulator.url())
        .project_id(emulator.project_id())
        .credentials(keys)
        .build()
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clip.mp4");
    std::fs::write(&path, "content").unwrap();
    let content = Content::open(&path).unwrap();
    let register = |file| {
        let asset = format!("asset-{file}").parse().unwrap();
        let (size, md5) = (content.size(), content.md5().clone());
        let create = CreateFile::new("clip.mp4", size, md5, asset).unwrap();
        let created = client.create_file(&create).unwrap();
        client.put_content(&created, &create, &content).unwrap();
        created.file_id.into()
    };
    (0..files).map(register).collect()
}

/// Settings of all snapshots.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.add_filter(r"\(os error \d+\)", "(os error [number])");
    settings
}

/// Puts words in place of what differs from run to run, for as long as the guard lives.
pub(crate) fn redacted(directory: Option<&Path>) -> SettingsBindDropGuard {
    let mut settings = settings();
    if let Some(directory) = directory {
        let path = directory.display().to_string().replace('.', r"\.");
        settings.add_filter(&path, "[directory]");
    }
    settings.add_filter(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[file id]");
    settings.add_filter(r"\b[0-9a-f]{32}\b", "[32 hex digits]");
    settings.add_filter(r"127\.0\.0\.1:[1-9]\d*", "127.0.0.1:[port]");
    settings.add_filter(r"(metastudio) \d+\.\d+\.\d+", "$1 [version]");
    settings.bind_to_scope()
}
