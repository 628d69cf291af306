//! The terminal behind stderr, with a progress bar in its last line.

use std::{
    fmt,
    io::{self, IsTerminal as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

/// The terminal behind this process's stderr, if there is one. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Screen(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    term: Term,
    /// Stdout goes to a terminal too, so to the same one.
    shows_stdout: bool,
    /// And stdin comes from it.
    shows_stdin: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    bar: Option<(String, ProgressBar)>,
    closed: bool,
}

/// How often the bar is drawn while nothing happens, so that its times go on.
const TICK: Duration = Duration::from_millis(250);

const OF_KNOWN: &str =
    "{msg} [{wide_bar}] {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {left}";
const OF_UNKNOWN: &str = "{spinner} {msg} {binary_bytes}  {binary_bytes_per_sec}";
/// What is counted stands in the text.
const OF_COUNTED: &str = "{msg} [{wide_bar}]";
const COUNTING: &str = "{spinner} {msg}";
const WAITING: &str = "{spinner} {msg}  {elapsed}";

impl Screen {
    /// No terminal: nothing is drawn.
    pub fn none() -> Self {
        Self::default()
    }

    /// The terminal behind this process's stderr, if it is one that can take a line back.
    pub fn of_process() -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if is_dumb || !io::stderr().is_terminal() {
            return Self::none();
        }
        Self(Some(Arc::new(Shared {
            // One write for each drawing: on Ctrl-C the terminal drops what is on its way, and
            // half a drawing would leave the other half behind.
            term: Term::buffered_stderr(),
            shows_stdout: io::stdout().is_terminal(),
            shows_stdin: io::stdin().is_terminal(),
            state: Mutex::default(),
        })))
    }

    pub(crate) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Whether what somebody types for stdin is seen on it.
    pub(crate) fn shows_stdin(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| shared.shows_stdin)
    }

    /// Shows how far a stage is: so many bytes of so many. A total of 0 stands for one that isn't
    /// known.
    pub(crate) fn show(&self, stage: &str, text: &str, done: u64, total: u64) {
        let template = if total > 0 { OF_KNOWN } else { OF_UNKNOWN };
        self.draw(stage, template, text, (done, total));
    }

    /// The same for what isn't bytes: only the text tells how much it is.
    pub(crate) fn count(&self, stage: &str, text: &str, done: u64, total: u64) {
        let template = if total > 0 { OF_COUNTED } else { COUNTING };
        self.draw(stage, template, text, (done, total));
    }

    fn draw(&self, stage: &str, template: &str, text: &str, (done, total): (u64, u64)) {
        let Some(shared) = &self.0 else { return };
        let mut state = shared.state();
        if state.closed {
            return;
        }
        if state.bar.as_ref().is_none_or(|(shown, _)| shown != stage) {
            state.clear();
            let bar = shared.bar(template, text, total);
            state.bar = Some((stage.to_owned(), bar));
        }
        if let Some((_, bar)) = &state.bar {
            bar.set_message(text.to_owned());
            bar.set_length(total);
            bar.set_position(done);
        }
    }

    /// Shows what is being waited for.
    pub(crate) fn wait(&self, stage: &str) {
        let Some(shared) = &self.0 else { return };
        let mut state = shared.state();
        if state.closed || state.bar.as_ref().is_some_and(|(shown, _)| shown == stage) {
            return;
        }
        state.clear();
        let bar = shared.bar(WAITING, stage, 0);
        state.bar = Some((stage.to_owned(), bar));
    }

    /// Takes the bar away for good.
    pub(crate) fn close(&self) {
        if let Some(shared) = &self.0 {
            let mut state = shared.state();
            state.clear();
            state.closed = true;
        }
    }

    /// Writes to stderr, above the bar.
    pub(crate) fn above<R>(&self, write: impl FnOnce() -> R) -> R {
        let Some(shared) = &self.0 else {
            return write();
        };
        match &shared.state().bar {
            Some((_, bar)) => bar.suspend(write),
            None => write(),
        }
    }

    /// Writes to stdout. Where that isn't the terminal, the bar stays, and nobody who waits for
    /// the screen has to wait for a slow reader.
    pub(crate) fn above_for_stdout<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(shared) if shared.shows_stdout => self.above(write),
            _ => write(),
        }
    }
}

impl Shared {
    fn bar(&self, template: &str, text: &str, total: u64) -> ProgressBar {
        let target = ProgressDrawTarget::term_like(Box::new(Narrower(self.term.clone())));
        let bar = ProgressBar::with_draw_target(Some(total), target).with_message(text.to_owned());
        if let Ok(style) = ProgressStyle::with_template(template) {
            let style = style.with_key("left", time_left);
            bar.set_style(style.progress_chars("=> ").tick_chars("-\\|/ "));
        }
        bar.enable_steady_tick(TICK);
        bar
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn clear(&mut self) {
        if let Some((_, bar)) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Nobody knows how long nothing takes.
fn time_left(state: &ProgressState, text: &mut dyn fmt::Write) {
    let written = if state.pos() == 0 {
        Ok(())
    } else if state.per_sec() < 1.0 {
        text.write_str("stalled")
    } else {
        write!(text, "{:#} left", indicatif::HumanDuration(state.eta()))
    };
    // Without it the line is only shorter.
    let _ = written;
}

/// A terminal whose last columns are left free. A bar is filled up with blanks to the end of the
/// line; the ^C that the terminal then shows would begin a new line, and the bar stay above it.
#[derive(Debug)]
struct Narrower(Term);

const FREE_COLUMNS: u16 = 4;

impl TermLike for Narrower {
    fn width(&self) -> u16 {
        self.0.size().1.saturating_sub(FREE_COLUMNS)
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
