//! The `metastudio` command as a library: arguments in, exit code out.
//!
//! [`main`] is the command as a person starts it. [`run`] is the same with everything
//! around it handed in: output, environment, and what ends it early.
//!
//! ```
//! use mss_cli::{Screen, Stop, Surroundings, run};
//!
//! let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
//! let code = run(
//!     ["metastudio", "--version"],
//!     Surroundings {
//!         environment: mss_http::Variables::new(|_| None),
//!         stdin: &mut std::io::empty(),
//!         stdout: &mut stdout,
//!         stderr: &mut stderr,
//!         stop: &Stop::new(),
//!         terminal: false,
//!         screen: &Screen::none(),
//!     },
//! );
//! assert_eq!(code, 0);
//! assert!(stdout.starts_with(b"metastudio "));
//! ```
//!
//! | code | means |
//! | --- | --- |
//! | 0 | done |
//! | 1 | refused by the service |
//! | 2 | wrong use |
//! | 3 | authentication: credentials are missing or not accepted |
//! | 4 | a local file |
//! | 5 | temporary, and not applied: worth another try |
//! | 6 | not known whether it was applied: look before trying again |
//! | 130 | interrupted |
//!
//! `explain` ends with 0 when a cause was named, with 1 when none could be.
//!
//! What it doesn't do: anything that a user of the library would want too; that is in `mss-http`.

mod args;
mod ca_file;
mod confirm;
mod connection;
mod console;
mod doctor;
mod emulator;
mod environment;
mod exit;
mod explain;
mod failure;
mod gauge;
mod list;
mod local;
mod logging;
mod network;
mod next;
mod process;
mod resume;
mod run;
mod screen;
mod sign;
mod stdin;
mod stop;
mod upload;
mod values;
mod words;

pub use process::main;
pub use run::{Surroundings, run};
pub use screen::Screen;
pub use stop::{Reaction, Stop};
