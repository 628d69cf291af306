//! How a batch is described and begun.

use std::{path::PathBuf, time::Duration};

use mss_core::{AppUserId, InvalidInput};

use super::{
    BatchItem, Confirmations, NAME,
    item::Given,
    known::{Known, Seen},
    plan::Plan,
};
use crate::{
    Client, Error, ErrorKind,
    pacer::{Pacer, Rate},
};

/// Confirmations to be sent for many files. [`Client::batch`] begins the description.
///
/// ```no_run
/// use mss_http::{BatchItem, Client, UploadState};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder().region("cn-north-4").build()?;
/// let ids = std::fs::read_to_string("ids.txt")?;
/// let items = ids.lines().map(|id| BatchItem::parse(id, "CREATED"));
/// for confirmation in client.batch().run_all(items)? {
///     let confirmation = confirmation?;
///     println!("{} {}", confirmation.subject, confirmation.outcome());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Batch {
    pub(super) client: Client,
    pub(super) concurrency: usize,
    pub(super) rate: Rate,
    pub(super) app_user_id: Option<AppUserId>,
    pub(super) grace: Duration,
    pub(super) known: Known,
    journal: Option<PathBuf>,
    pub(super) plan: Plan,
}

impl Client {
    /// Describes a batch of confirmations: by default 32 at a time, at the documented rate.
    ///
    /// Source: [ConfirmFileUpload](https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html).
    pub fn batch(&self) -> Batch {
        Batch {
            client: self.clone(),
            concurrency: 32,
            rate: Rate::Documented,
            app_user_id: None,
            grace: Duration::ZERO,
            known: Known::default(),
            journal: None,
            plan: Plan::default(),
        }
    }
}

impl Batch {
    /// Most calls that can be under way at a time.
    pub const MAX_CONCURRENCY: usize = 256;

    /// How many calls are under way at a time, 1 to 256.
    #[must_use]
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.concurrency = calls;
        self
    }

    /// How many calls a second are made.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rate = rate;
        self
    }

    /// Names the third-party user in whose name all calls are made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }

    /// Keeps a journal in this file: what is going to be sent stands there, on disk, before it is
    /// sent. A journal that is there already, of the same endpoint, project and user, is gone on
    /// with: what it says is done isn't sent again, but yields the recorded result.
    #[must_use]
    pub fn journal(mut self, path: impl Into<PathBuf>) -> Self {
        self.journal = Some(path.into());
        self
    }

    /// How long the calls under way get to end by themselves when the batch is cancelled; none by
    /// default. Nothing new is sent in that time.
    #[must_use]
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Looks at all items beforehand, and takes the batch only if each can be sent: a bad id or
    /// state, or two states for one file, refuse it as a whole.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), naming the item. Nothing was
    /// sent.
    pub fn checked(mut self, items: impl IntoIterator<Item = BatchItem>) -> Result<Self, Error> {
        self.prepare()?;
        for (index, item) in items.into_iter().enumerate() {
            if let Err(error) = self.check(&item) {
                let text = format!("item {index}: {}; nothing was sent", error.message());
                return Err(match error.kind() {
                    ErrorKind::InvalidInput => Error::unsent(ErrorKind::InvalidInput, NAME, text)
                        .with_subject(error.subject()),
                    _ => error,
                });
            }
        }
        Ok(self)
    }

    /// Writes all items into the journal, so that it knows those that a broken batch hasn't come
    /// to. Without a journal it does nothing.
    #[must_use]
    pub fn planned(mut self, items: impl IntoIterator<Item = BatchItem>) -> Self {
        if self.plan.journal().is_none() {
            return self;
        }
        for BatchItem(item) in items {
            if let Some(Given::Confirm(file_id, state)) = item
                && let Seen::New(number) | Seen::Same(number) = self.known.note(&file_id, state)
            {
                self.plan.add(number, &file_id, state);
            }
        }
        self
    }

    /// Looks at one item beforehand, after those that were looked at before it. For who wants to
    /// say in other words than [`Batch::checked`] where a bad one stands.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), whose message is what is wrong
    /// with the item. Else as [`Batch::run`].
    pub fn check(&mut self, item: &BatchItem) -> Result<(), Error> {
        self.prepare()?;
        match &item.0 {
            Some(Given::Confirm(file_id, state)) => match self.known.note(file_id, *state) {
                Seen::Conflict(earlier) => {
                    let error = Error::invalid_input(NAME, &conflict(*state, earlier));
                    Err(error.with_subject(Some(file_id.as_str())))
                }
                Seen::New(_) | Seen::Same(_) => Ok(()),
            },
            Some(Given::Invalid(_, problem)) => Err(Error::invalid_input(NAME, problem)),
            // The journal has looked at its entries.
            Some(Given::Entry(..)) | None => Ok(()),
        }
    }

    /// Begins the batch. The items are pulled on the thread that asks for results, a few hundred
    /// ahead of the calls. An item that can't be sent fails where it stands; a repeat of an
    /// earlier item yields that one's result again, and one that wants another state for the
    /// same file fails, unsent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): an option out of range.
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal): the journal can't be written, is damaged,
    /// or is of another batch. Nothing was sent.
    pub fn run<I>(mut self, items: I) -> Result<Confirmations<I::IntoIter>, Error>
    where
        I: IntoIterator<Item = BatchItem>,
    {
        self.prepare()?;
        Confirmations::begin(self, items.into_iter())
    }

    /// [`Batch::checked`], [`Batch::planned`], then [`Batch::run`].
    ///
    /// # Errors
    ///
    /// As both.
    pub fn run_all<I>(self, items: I) -> Result<Confirmations<I::IntoIter>, Error>
    where
        I: IntoIterator<Item = BatchItem> + Clone,
    {
        let checked = self.checked(items.clone())?;
        checked.planned(items.clone()).run(items)
    }

    /// Checks the options and opens the journal, once. What looks at items or sends them does it
    /// too.
    ///
    /// # Errors
    ///
    /// As [`Batch::run`].
    pub fn prepare(&mut self) -> Result<(), Error> {
        self.check_options()?;
        if let Some(path) = self.journal.take() {
            let user = self.app_user_id.as_ref();
            self.plan = Plan::open(&path, &self.client, user, &mut self.known)?;
        }
        Ok(())
    }

    pub(super) fn check_options(&self) -> Result<(), Error> {
        let invalid = |error: InvalidInput| Error::invalid_input(NAME, &error);
        if !(1..=Self::MAX_CONCURRENCY).contains(&self.concurrency) {
            let (most, given) = (Self::MAX_CONCURRENCY, self.concurrency);
            let problem = format!("must be 1 to {most}, got {given}");
            return Err(invalid(InvalidInput::new("concurrency", problem)));
        }
        self.rate.check().map_err(invalid)
    }

    pub(super) fn paced_client(&self) -> Client {
        let pacer = Pacer::new(self.rate, self.client.endpoint());
        self.client.paced(pacer)
    }
}

pub(super) fn conflict(
    state: mss_core::UploadState,
    earlier: mss_core::UploadState,
) -> InvalidInput {
    let problem = format!("is {state} here and {earlier} earlier for the same file");
    InvalidInput::new("state", problem)
}
