//! From arguments to an exit code.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    io::{Read, Write},
};

use clap::{CommandFactory as _, FromArgMatches as _};
use mss_http::Variables;

use crate::{
    Screen, Stop,
    args::{Cli, Command},
    confirm,
    console::Console,
    doctor, emulator,
    environment::Environment,
    exit::Exit,
    explain,
    failure::Failure,
    logging, resume, sign, upload,
};

/// Everything around the command.
pub struct Surroundings<'a> {
    /// Where variables are looked up.
    pub environment: Variables,
    /// What is typed or piped in.
    pub stdin: &'a mut (dyn Read + Send),
    /// Where results go.
    pub stdout: &'a mut (dyn Write + Send),
    /// Where words for a person go.
    pub stderr: &'a mut (dyn Write + Send),
    /// Ends the command early.
    pub stop: &'a Stop,
    /// Whether stdout is a terminal, to whose width help texts are fitted.
    pub terminal: bool,
    /// Where progress is drawn. It has to be the one behind `stderr`.
    pub screen: &'a Screen,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// Runs the command once and returns its exit code, as the crate's documentation lists them.
///
/// `arguments` begin with the name of the program. Nothing of the process is touched, except
/// that `--verbose` and `RUST_LOG` start its log.
pub fn run<A: Into<OsString>>(
    arguments: impl IntoIterator<Item = A>,
    surroundings: Surroundings<'_>,
) -> i32 {
    let Surroundings {
        environment,
        stdin,
        stdout,
        stderr,
        stop,
        terminal,
        screen,
    } = surroundings;
    let console = Console::new(stdout, stderr, screen);
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let cli = match parse(&arguments, terminal) {
        Ok(cli) => cli,
        Err(error) => return console.end(clap_exit(&console, &error, &arguments)).code(),
    };
    let environment = Environment::new(&environment);
    console.set_json(cli.command.json());
    let logs = logging::start(cli.verbose, environment);

    let context = Context {
        environment,
        console: &console,
        stop,
        screen,
        logs,
    };
    let done = match &cli.command {
        Command::Upload(args) => upload::run(args, stdin, &context),
        Command::Confirm(args) => confirm::run(args, stdin, &context),
        Command::Resume(args) => resume::run(args, &context),
        Command::Doctor(args) => doctor::run(args, &context),
        Command::Explain(args) => explain::run(args, stdin, &context),
        Command::Sign(args) => sign::run(args, stdin, &context).map(|()| Exit::Done),
        Command::Emulator(args) => emulator::run(args, &context).map(|()| Exit::Done),
    };
    screen.close();
    let exit = match done {
        Ok(exit) => exit,
        Err(failure) => failure.show(&console, cli.command.json()),
    };
    console.end(exit).code()
}

/// What every command needs.
pub(crate) struct Context<'a> {
    pub(crate) environment: Environment<'a>,
    pub(crate) console: &'a Console<'a>,
    pub(crate) stop: &'a Stop,
    pub(crate) screen: &'a Screen,
    /// Whether a log is written to stderr.
    pub(crate) logs: bool,
}

fn parse(arguments: &[OsString], terminal: bool) -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    if !terminal {
        // Else the width would be that of any terminal around, also when the text goes to a file.
        command = command.term_width(100);
    }
    let matches = command.try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

/// Shows what clap has to say: a help text, the version, or what was wrong with the arguments.
fn clap_exit(console: &Console<'_>, error: &clap::Error, arguments: &[OsString]) -> Exit {
    let text = error.render().to_string();
    if !error.use_stderr() {
        console.result(format_args!("{}", text.trim_end()));
        return Exit::Done;
    }
    console.note(format_args!("{}", text.trim_end()));
    if arguments
        .iter()
        .any(|argument| argument == OsStr::new("--json"))
    {
        let first = text.lines().next().unwrap_or_default();
        let problem = first.strip_prefix("error: ").unwrap_or(first);
        Failure::Usage(problem.to_owned()).show_json(console);
    }
    Exit::Usage
}
