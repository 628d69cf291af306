//! Several files: a line for each when it ends, and a summary.

use std::{
    cell::{Cell, RefCell},
    io,
    path::Path,
    time::Instant,
};

use indicatif::BinaryBytes;
use mss_http::{Client, Error, ErrorKind, ManyProgress, Source, UploadEvent, Uploaded};
use serde::Serialize;

use super::{
    args::Plan,
    follow::{Audience, Follower},
    gauge::Gauge,
    report::{self, End, Which},
    selection::Items,
};
use crate::{
    exit::Exit,
    failure::{Failure, Json, show_explanation},
    run::Context,
    words::{self, count},
};

pub(super) fn run(
    plan: &Plan<'_>,
    items: &Items,
    client: &Client,
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let console = context.console;
    let started = Instant::now();
    items.tell_skipped(console);
    context.stop.in_order("no file was under way");
    let names: Vec<_> = items
        .files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let audience = if plan.args.json {
        Audience::Program
    } else {
        Audience::Nobody
    };
    let followers: Vec<_> = (names.iter().cloned().enumerate())
        .map(|(index, name)| Follower::new(plan, audience, (index, Some(name)), context))
        .collect();
    let observers: Vec<_> = followers
        .iter()
        .map(|follower| move |event: UploadEvent| follower.saw(&event))
        .collect();
    let uploads = (items.files.iter().zip(&observers))
        .map(|(path, observe)| plan.upload(Source::path(path)).observe(observe))
        .collect();

    let batch = Batch {
        plan,
        context,
        followers: &followers,
        tally: RefCell::default(),
        explained: Cell::new(false),
    };
    for (offset, (path, error)) in items.unreadable.iter().enumerate() {
        batch.unreadable(names.len() + offset, path, error);
    }
    let gauge = Gauge::for_many(plan.args, context);
    let ended = |index: usize, result: &Result<Uploaded, Error>| {
        let file = &names[index];
        batch.ended(Which { index, file }, result);
    };
    let progress = |progress: ManyProgress| gauge.many(progress);
    let options = plan.options().ended(&ended).progress(&progress);
    let results = client.upload_many(uploads, &options)?;
    context.screen.close();
    let exits = results.into_iter().map(|result| match result {
        Ok(_) => Exit::Done,
        Err(error) => Exit::of(&error),
    });
    let unreadable = items.unreadable.iter().map(|_| Exit::LocalFile);
    let mut exit = Exit::worst(exits.chain(unreadable));
    // All of them may have failed before, and been told to stop while that was cleaned up.
    if exit != Exit::Done && context.stop.cancel_handle().is_cancelled() {
        exit = Exit::Interrupted;
    }
    batch
        .tally
        .into_inner()
        .show(plan.args.json, started, exit, context);
    Ok(exit)
}

struct Batch<'b, 'c> {
    plan: &'b Plan<'b>,
    context: &'b Context<'c>,
    followers: &'b [Follower<'b, 'c>],
    tally: RefCell<Tally>,
    /// Why the key was refused has been shown; it is the same for all files.
    explained: Cell<bool>,
}

/// How many files ended how.
#[derive(Default)]
struct Tally {
    created: u64,
    failed: u64,
    cancelled: u64,
    unknown: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Summary {
    r#type: &'static str,
    files: u64,
    created: u64,
    failed: u64,
    cancelled: u64,
    unknown: u64,
    bytes: u64,
    seconds: f64,
    exit_code: i32,
}

impl Batch<'_, '_> {
    fn ended(&self, which: Which<'_>, result: &Result<Uploaded, Error>) {
        let follower = &self.followers[which.index];
        follower.ended();
        match result {
            Ok(uploaded) => self.created(which, uploaded, follower),
            Err(error) => self.failed(which, error),
        }
    }

    fn created(&self, which: Which<'_>, uploaded: &Uploaded, follower: &Follower<'_, '_>) {
        let console = self.context.console;
        let mut tally = self.tally.borrow_mut();
        tally.add(End::Created);
        tally.bytes += uploaded.size;
        if self.plan.args.json {
            let ids = follower.request_ids();
            report::show_done_json(which, uploaded, &ids, None, console);
        } else {
            let what = report::done(uploaded, self.plan.asset_id().is_none());
            let line = report::line(End::Created, which.file, &what);
            console.result(format_args!("{line}"));
        }
    }

    fn failed(&self, which: Which<'_>, error: &Error) {
        let end = End::of(error);
        self.tally.borrow_mut().add(end);
        let next = self.plan.next(error, Some(which.file));
        // The line says it all of those that nothing was begun with, and there may be many.
        let untouched = error.kind() == ErrorKind::Cancelled
            && end == End::Cancelled
            && (error.upload()).is_none_or(|it| it.file_id.is_none() && it.new_asset.is_none());
        if !untouched {
            let text = words::in_options(&error.to_string()).into_owned();
            self.explain(which.file, &text, &next);
            if error.explanation().is_some() && !self.explained.replace(true) {
                show_explanation(error, self.context.console);
            }
        }
        let what = report::failed(error);
        self.show_failed(which, end, &what, Json::of_call(error, &next));
    }

    fn unreadable(&self, index: usize, path: &Path, error: &io::Error) {
        let file = &path.display().to_string();
        self.tally.borrow_mut().add(End::Failed);
        self.explain(file, &error.to_string(), &[]);
        let json = Json::of_file(error);
        self.show_failed(
            Which { index, file },
            End::Failed,
            "can't be looked into",
            json,
        );
    }

    /// Says on stderr why, naming the file, and what to do.
    fn explain(&self, file: &str, text: &str, next: &[String]) {
        let console = self.context.console;
        if text.contains(file) {
            console.note(format_args!("metastudio: {text}"));
        } else {
            console.note(format_args!("metastudio: {file}: {text}"));
        }
        for command in next {
            console.note(format_args!("next: {command}"));
        }
    }

    fn show_failed(&self, which: Which<'_>, end: End, what: &str, json: Json<'_>) {
        let console = self.context.console;
        if self.plan.args.json {
            report::show_failed_json(which, json, console);
        } else {
            let line = report::line(end, which.file, what);
            console.result(format_args!("{line}"));
        }
    }
}

impl Tally {
    fn add(&mut self, end: End) {
        *match end {
            End::Created => &mut self.created,
            End::Failed => &mut self.failed,
            End::Cancelled => &mut self.cancelled,
            End::Unknown => &mut self.unknown,
        } += 1;
    }

    fn show(&self, json: bool, started: Instant, exit: Exit, context: &Context<'_>) {
        let console = context.console;
        let files = self.created + self.failed + self.cancelled + self.unknown;
        let others = [
            (self.failed, "failed"),
            (self.cancelled, "cancelled"),
            (self.unknown, "unknown"),
        ];
        let others = others.into_iter().filter(|(number, _)| *number > 0);
        let text = (others.map(|(number, what)| format!(", {number} {what}"))).fold(
            format!("{} of {} CREATED", self.created, count(files, "file")),
            |text, more| text + &more,
        );
        console.achieved(&text);
        let time = started.elapsed();
        if json {
            console.json(&Summary {
                r#type: "summary",
                files,
                created: self.created,
                failed: self.failed,
                cancelled: self.cancelled,
                unknown: self.unknown,
                bytes: self.bytes,
                seconds: time.as_secs_f64(),
                exit_code: exit.code(),
            });
        } else {
            let bytes = BinaryBytes(self.bytes);
            let seconds = time.as_secs_f64();
            console.result(format_args!(
                "{:<10} {text}, {bytes} in {seconds:.1} s",
                "summary"
            ));
        }
    }
}
