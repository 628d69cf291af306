//! The results of a batch, which pull it along.

use std::{
    any::Any,
    collections::VecDeque,
    fmt, panic, process,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use mss_core::{AppUserId, ConfirmFileUpload, FileId, UploadState};

use super::{
    Batch, BatchItem, Confirmation, NAME,
    confirmation::{Ended, cancelled},
    item::Given,
    known::{Known, Number, Seen},
    line::Line,
    options::conflict,
    plan::Plan,
    worker::{Tools, unsent, work},
};
use crate::{CallOptions, CancelHandle, Error, ErrorKind, interrupt::Interrupt};

/// Most items that were pulled and not yet handed out: one that takes its whole minute holds up
/// the results behind it, and shouldn't hold up the sending.
const WINDOW: usize = 16_384;

/// How often the calling thread looks up.
const TICK: Duration = Duration::from_millis(50);

/// Calls that are under way get so long to end when the batch is left.
const GRACE: Duration = Duration::from_millis(900);

/// After so many results that were ready, items are pulled all the same.
const PULL_EVERY: u64 = 16;

/// Pulling takes no longer than this while results are ready.
const PULL: Duration = Duration::from_millis(1);

/// Results of a batch, in the order of its items. Its errors are those of the batch as a whole,
/// which end it; what becomes of an item stands in its [`Confirmation`].
///
/// Dropping it ends the batch as [`Confirmations::close`] does.
pub struct Confirmations<I> {
    /// None when it has come to its end.
    items: Option<I>,
    pulled: u64,
    /// What was pulled and not yet handed out, in order.
    pending: VecDeque<Pending>,
    /// Results of `pending`, as far as they are there.
    ready: VecDeque<Ended>,
    known: Known,
    plan: Plan,
    app_user_id: Option<AppUserId>,
    line: Arc<Line>,
    tools: Tools,
    threads: Vec<JoinHandle<()>>,
    most_threads: usize,
    cancel: CancelHandle,
    interrupt: Interrupt,
    looked: Instant,
    grace: Duration,
    is_over: bool,
    panic: Option<Box<dyn Any + Send>>,
    process: u32,
}

enum Pending {
    UnderWay(Number),
    /// An open entry of the journal, whose number is the index.
    Entry(u64),
    Repeat(Number, Box<str>),
    Unsent(Box<Confirmation>),
}

impl<I: Iterator<Item = BatchItem>> Confirmations<I> {
    pub(super) fn begin(batch: Batch, items: I) -> Result<Self, Error> {
        let cancel = CancelHandle::new();
        let client = batch.paced_client();
        let interrupt = client.settings().interrupt.clone();
        Ok(Self {
            items: Some(items),
            pulled: 0,
            pending: VecDeque::new(),
            ready: VecDeque::new(),
            known: batch.known,
            app_user_id: batch.app_user_id,
            line: Arc::default(),
            tools: Tools {
                client: client.with_options(CallOptions::new().only_cancel(&cancel))?,
                journal: batch.plan.journal().cloned(),
            },
            plan: batch.plan,
            threads: Vec::new(),
            most_threads: batch.concurrency,
            cancel,
            interrupt,
            looked: Instant::now(),
            grace: batch.grace,
            is_over: false,
            panic: None,
            process: process::id(),
        })
    }

    /// Jobs that are kept in line, so that no thread runs dry while results are handed out.
    fn supply(&self) -> usize {
        4 * self.most_threads
    }

    /// Pulls items while the line is short.
    fn pull(&mut self) {
        let standing = self.line.collect(&mut self.ready);
        if standing.has_panicked {
            self.pass_on_panic();
        }
        if standing.jobs > self.supply() / 2 {
            return;
        }
        let mut room = self.supply() - standing.jobs;
        let started = Instant::now();
        while room > 0 && self.pending.len() < WINDOW {
            let Some(items) = &mut self.items else { break };
            let Some(BatchItem(item)) = items.next() else {
                self.items = None;
                break;
            };
            let Some(item) = item else { break };
            // At once: nobody knows how long the next one lets wait for itself.
            if let Some((entry, confirm)) = self.admit(item) {
                self.dispatch(entry, confirm);
                room -= 1;
            }
            if started.elapsed() > PULL {
                self.line.collect(&mut self.ready);
                if self.next_is_ready() {
                    return;
                }
            }
        }
    }

    /// Gives an item its place in the order; what is to be sent for it.
    fn admit(&mut self, item: Given) -> Option<(u64, ConfirmFileUpload)> {
        let index = self.pulled;
        self.pulled += 1;
        let invalid = |problem, subject: &str| {
            Error::invalid_input(NAME, &problem).with_subject(Some(subject))
        };
        let (file_id, state) = match item {
            Given::Confirm(file_id, state) => (file_id, state),
            Given::Entry(entry, file_id, state) => {
                self.pending.push_back(Pending::Entry(entry));
                return Some((entry, self.confirmation(file_id, state)));
            }
            Given::Invalid(subject, problem) => {
                let error = invalid(problem, &subject);
                let unsent = Confirmation::unsent(index, subject, None, error);
                self.pending.push_back(Pending::Unsent(Box::new(unsent)));
                return None;
            }
        };
        let number = match self.known.note(&file_id, state) {
            Seen::New(number) | Seen::Same(number) => number,
            Seen::Conflict(earlier) => {
                let error = invalid(conflict(state, earlier), file_id.as_str());
                let subject = file_id.as_str().into();
                let unsent = Confirmation::unsent(index, subject, Some(state), error);
                self.pending.push_back(Pending::Unsent(Box::new(unsent)));
                return None;
            }
        };
        if !self.known.begins(number) {
            let subject = file_id.as_str().into();
            self.pending.push_back(Pending::Repeat(number, subject));
            return None;
        }
        self.pending.push_back(Pending::UnderWay(number));
        self.plan.add(number, &file_id, state);
        Some((number.into(), self.confirmation(file_id, state)))
    }

    fn confirmation(&self, file_id: FileId, state: UploadState) -> ConfirmFileUpload {
        let confirm = ConfirmFileUpload::new(file_id, state);
        match &self.app_user_id {
            Some(id) => confirm.app_user_id(id.clone()),
            None => confirm,
        }
    }

    /// Pulls, waits, and looks after the caller's interrupt, until the next result is there or
    /// there are no more.
    fn advance(&mut self) -> Result<(), Error> {
        loop {
            if self.looked.elapsed() > TICK {
                self.look_up()?;
            }
            self.pull();
            if self.next_is_ready() || self.pending.is_empty() && self.items.is_none() {
                return Ok(());
            }
            let hungry = self.items.is_some() && self.pending.len() < WINDOW;
            if self.threads.is_empty() {
                self.work_here();
            } else {
                let supply = self.supply() / 2;
                self.line.wait(hungry.then_some(supply), TICK);
            }
        }
    }
}

impl<I> Confirmations<I> {
    /// Sends nothing more, gives the calls that are under way a second to end, and returns what
    /// was pulled from the items and not handed out, each with its outcome.
    pub fn close(mut self) -> Vec<Confirmation> {
        self.stop(GRACE);
        let index = |it: &Self| it.pulled - it.pending.len() as u64;
        let mut rest = Vec::with_capacity(self.pending.len());
        while let Some(confirmation) = self.hand_out(index(&self)) {
            rest.push(confirmation);
        }
        rest
    }

    /// The next result, if it is there and there is nothing else to be done: no item is pulled
    /// for it, and nothing is waited for.
    pub fn next_if_ready(&mut self) -> Option<Confirmation> {
        let index = self.pulled - self.pending.len() as u64;
        if self.is_over || self.process != process::id() || index.is_multiple_of(PULL_EVERY) {
            return None;
        }
        self.hand_out(index)
    }

    /// Items that were pulled so far.
    pub fn pulled(&self) -> u64 {
        self.pulled
    }

    fn look_up(&mut self) -> Result<(), Error> {
        self.looked = Instant::now();
        if !self.interrupt.is_raised() {
            return Ok(());
        }
        self.stop(self.grace);
        Err(cancelled(self.pulled, self.pending.len(), &self.ready))
    }

    fn next_is_ready(&self) -> bool {
        match self.pending.front() {
            Some(Pending::UnderWay(_) | Pending::Entry(_)) => !self.ready.is_empty(),
            Some(_) => true,
            None => false,
        }
    }

    fn hand_out(&mut self, index: u64) -> Option<Confirmation> {
        if !self.next_is_ready() {
            return None;
        }
        Some(match self.pending.pop_front()? {
            Pending::Unsent(confirmation) => *confirmation,
            Pending::Repeat(number, subject) => self.known.repeat(number, index, subject),
            Pending::UnderWay(number) => {
                let confirmation = self.ready.pop_front()?.at(index);
                self.known.keep(number, &confirmation);
                self.look_at(&confirmation);
                confirmation
            }
            Pending::Entry(entry) => {
                let confirmation = self.ready.pop_front()?.at(entry);
                self.look_at(&confirmation);
                confirmation
            }
        })
    }

    /// Nothing more is pulled when the journal can't be written.
    fn look_at(&mut self, confirmation: &Confirmation) {
        if let Err(error) = &confirmation.result
            && error.kind() == ErrorKind::Journal
        {
            self.items = None;
        }
    }

    /// Puts a job in line, with a thread for it.
    fn dispatch(&mut self, entry: u64, confirm: ConfirmFileUpload) {
        let is_taken = self.line.add(entry, confirm);
        if is_taken || self.threads.len() == self.most_threads {
            return;
        }
        let (line, tools) = (Arc::clone(&self.line), self.tools.clone());
        let builder = thread::Builder::new().name("metastudio".into());
        if let Ok(thread) = builder.spawn(move || work(&line, &tools)) {
            self.threads.push(thread);
        }
    }

    /// On a machine that has no thread to spare.
    fn work_here(&mut self) {
        if let Some(job) = self.line.take_at_once() {
            let number = job.number();
            let ended = self.tools.confirm(job.entry, job.confirm);
            self.line.end(number, ended);
        }
    }

    /// Ends the batch: unsent jobs stay unsent, calls get `grace` and are cancelled then.
    fn stop(&mut self, grace: Duration) {
        self.items = None;
        self.tools.client.settings().pacer.close();
        for job in self.line.close() {
            self.line.end(job.number(), unsent(job.confirm));
        }
        let end = Instant::now() + grace;
        while self.threads.iter().any(|it| !it.is_finished()) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() && !self.cancel.is_cancelled() {
                self.cancel.cancel();
            }
            thread::sleep(Duration::from_millis(1));
        }
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join() {
                self.panic = Some(panic);
            }
        }
        self.line.collect(&mut self.ready);
    }

    /// What has made a thread panic goes on in the caller's.
    fn pass_on_panic(&mut self) {
        self.is_over = true;
        self.stop(Duration::ZERO);
        if let Some(panic) = self.panic.take() {
            panic::resume_unwind(panic);
        }
    }
}

impl<I: Iterator<Item = BatchItem>> Iterator for Confirmations<I> {
    type Item = Result<Confirmation, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        if self.process != process::id() {
            self.is_over = true;
            let text = "the batch belongs to the process that began it, and this is its child";
            return Some(Err(Error::unsent(ErrorKind::InvalidConfig, NAME, text)));
        }
        // While results are ready the threads go on, so they need more to do now and then.
        let index = self.pulled - self.pending.len() as u64;
        if (!self.next_is_ready() || index.is_multiple_of(PULL_EVERY))
            && let Err(error) = self.advance()
        {
            self.is_over = true;
            return Some(Err(error));
        }
        let index = self.pulled - self.pending.len() as u64;
        let next = self.hand_out(index);
        if next.is_none() {
            self.is_over = true;
            self.stop(GRACE);
            return self.plan.finish().err().map(Err);
        }
        next.map(Ok)
    }
}

impl<I> Drop for Confirmations<I> {
    fn drop(&mut self) {
        if self.process == process::id() {
            self.stop(GRACE);
        } else {
            // The threads are another process's.
            self.threads.drain(..).for_each(std::mem::forget);
        }
    }
}

impl<I> fmt::Debug for Confirmations<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmations")
            .field("pulled", &self.pulled)
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}
