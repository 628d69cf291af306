//! Output: results on stdout, words for a person on stderr.

use std::{
    fmt,
    io::{self, Write},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::Serialize;

use crate::{Screen, exit::Exit, failure::Failure};

/// Where output goes. Each line goes out at once; whoever reads may be waiting for it.
pub(crate) struct Console<'a> {
    stdout: Mutex<Stdout<'a>>,
    stderr: Mutex<&'a mut (dyn Write + Send)>,
    /// Stdout belongs to JSON; steps are words for a person then.
    json: AtomicBool,
    /// What has been achieved and is lost if the result can't be written.
    achieved: Mutex<String>,
    screen: &'a Screen,
}

struct Stdout<'a> {
    writer: &'a mut (dyn Write + Send),
    /// Nothing is written any more once something went wrong.
    failed: Option<io::Error>,
}

impl<'a> Console<'a> {
    pub(crate) fn new(
        stdout: &'a mut (dyn Write + Send),
        stderr: &'a mut (dyn Write + Send),
        screen: &'a Screen,
    ) -> Self {
        Self {
            stdout: Mutex::new(Stdout {
                writer: stdout,
                failed: None,
            }),
            stderr: Mutex::new(stderr),
            json: AtomicBool::new(false),
            achieved: Mutex::default(),
            screen,
        }
    }

    /// Keeps stdout for JSON.
    pub(crate) fn set_json(&self, json: bool) {
        self.json.store(json, Ordering::Relaxed);
    }

    /// Writes a line, or several, of the result.
    ///
    /// Never fails: what was begun is brought to its end, whoever listens. [`Console::end`] says
    /// how it went.
    pub(crate) fn result(&self, text: fmt::Arguments<'_>) {
        let mut stdout = lock(&self.stdout);
        if stdout.failed.is_some() {
            return;
        }
        let writer = &mut stdout.writer;
        let write = || writeln!(writer, "{text}").and_then(|()| writer.flush());
        stdout.failed = self.screen.above_for_stdout(write).err();
    }

    /// Writes the result as one line of JSON.
    pub(crate) fn json(&self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.result(format_args!("{text}")),
            Err(error) => lock(&self.stdout).failed = Some(error.into()),
        }
    }

    /// Writes a line for a person.
    pub(crate) fn note(&self, text: fmt::Arguments<'_>) {
        // Nobody can be told that nobody can be told.
        let mut stderr = lock(&self.stderr);
        let write = || writeln!(stderr, "{text}").and_then(|()| stderr.flush());
        let _ = self.screen.above(write);
    }

    /// Writes a step that has been done: what, on what, and the service's id of the request.
    pub(crate) fn step(&self, verb: &str, what: &str, request_id: Option<&str>) {
        let id = match request_id {
            None => String::new(),
            Some("") => "request without id".to_owned(),
            Some(id) => format!("request {id}"),
        };
        let line = format!("{verb:<10} {what:<41}  {id}");
        if self.json.load(Ordering::Relaxed) {
            self.note(format_args!("{}", line.trim_end()));
        } else {
            self.result(format_args!("{}", line.trim_end()));
        }
    }

    /// Says what has been achieved, should the result get lost on its way out.
    pub(crate) fn achieved(&self, text: impl Into<String>) {
        *lock(&self.achieved) = text.into();
    }

    /// How the command ends: as it would, unless the result could not be written. A reader that
    /// went away has seen enough, and that is no failure.
    pub(crate) fn end(&self, exit: Exit) -> Exit {
        let failed = lock(&self.stdout).failed.take();
        match failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe && exit == Exit::Done => {
                let achieved = lock(&self.achieved).clone();
                Failure::Output(achieved, error).show(self, false)
            }
            _ => exit,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure_and_a_full_disk_is_one() {
        for (kind, exit) in [
            (io::ErrorKind::BrokenPipe, Exit::Done),
            (io::ErrorKind::StorageFull, Exit::LocalFile),
        ] {
            let (mut stdout, mut stderr) = (Broken(kind), Vec::new());
            let screen = Screen::none();
            let console = Console::new(&mut stdout, &mut stderr, &screen);
            console.achieved("all is well");
            console.result(format_args!("one"));
            console.result(format_args!("two"));
            assert_eq!(console.end(Exit::Done), exit, "{kind}");
            drop(console);
            let said = String::from_utf8(stderr).unwrap();
            assert_eq!(
                said.contains("all is well, but"),
                exit != Exit::Done,
                "{said}"
            );
        }
    }

    #[test]
    fn a_failure_stays_what_it_is_when_nobody_listens() {
        let mut stdout = Broken(io::ErrorKind::StorageFull);
        let mut stderr = Broken(io::ErrorKind::BrokenPipe);
        let screen = Screen::none();
        let console = Console::new(&mut stdout, &mut stderr, &screen);
        console.result(format_args!("one"));
        console.note(format_args!("two"));
        assert_eq!(console.end(Exit::Unknown), Exit::Unknown);
    }
}
