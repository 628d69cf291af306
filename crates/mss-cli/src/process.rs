//! The command as a process: its streams, its environment, its signals.

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Write as _},
};

use mss_http::Variables;

use crate::{Reaction, Screen, Stop, Surroundings, exit::Exit, run, stdin::Stdin};

/// Runs the command in this process, the way a person starts it. Ctrl-C and SIGTERM end it: the
/// first one in an orderly way, the second one at once.
///
/// `arguments` begin with the name of the program. Returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    let stop = Stop::new();
    let screen = Screen::of_process();
    let (to_signal, to_write) = (stop.clone(), screen.clone());
    // Without a handler a signal ends the process, which is no reason not to start.
    let _ = ctrlc::set_handler(move || obey(&to_signal.signal(), &to_write));
    run(
        arguments,
        Surroundings {
            environment: Variables::default(),
            stdin: &mut Stdin::of_process(stop.clone()),
            stdout: &mut io::stdout(),
            stderr: &mut io::stderr(),
            stop: &stop,
            terminal: io::stdout().is_terminal(),
            screen: &screen,
        },
    )
}

fn obey(reaction: &Reaction, screen: &Screen) {
    // Nobody to tell is no reason not to end.
    let mut stderr = io::stderr();
    match reaction {
        Reaction::Stopping => {
            let text = "metastudio: stopping; once more ends it at once";
            let _ = screen.above(|| writeln!(stderr, "{text}"));
        }
        Reaction::EndNow(left_open) => {
            screen.close();
            let _ = match &left_open[..] {
                [] => Ok(()),
                [text] => writeln!(stderr, "metastudio: ended at once; {text}"),
                texts => {
                    let list = texts.join("\n  ");
                    writeln!(stderr, "metastudio: ended at once; left open:\n  {list}")
                }
            };
            std::process::exit(Exit::Interrupted.code());
        }
    }
}
