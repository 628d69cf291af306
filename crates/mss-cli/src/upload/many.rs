//! Several files: a line for each when it ends, and a summary.

use std::{
    cell::{Cell, RefCell},
    io,
    path::Path,
    time::Instant,
};

use mss_http::{
    Client, Error, ErrorKind, ManyProgress, Source, UploadEvent, Uploaded, journal::Journal,
};

use super::{
    args::Plan,
    follow::{Audience, Follower},
    gauge::Gauge,
    report::{self, End, Which},
    selection::Items,
    tally::Tally,
};
use crate::{
    exit::Exit,
    failure::{Failure, Json, show_explanation},
    run::Context,
    words,
};

pub(super) fn run(
    plan: &Plan<'_>,
    items: &Items,
    client: &Client,
    journal: Option<Journal>,
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let console = context.console;
    let started = Instant::now();
    items.tell_skipped(console);
    context.stop.in_order(match plan.again() {
        Some(again) => format!("the journal has what was under way; go on with: {again}"),
        None => "no file was under way".to_owned(),
    });
    let names: Vec<_> = items
        .files
        .iter()
        .map(|file| file.path.display().to_string())
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
    let uploads = (items.files.iter().zip(&observers).enumerate())
        .map(|(index, (file, observe))| {
            let upload = plan.upload(index, Source::path(&file.path));
            upload.observe(observe)
        })
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
    let mut options = plan.options().ended(&ended).progress(&progress);
    if let Some(journal) = journal {
        options = options.journal(journal);
    }
    let results = client.upload_many(uploads, &options)?;
    context.screen.close();
    let exits: Vec<_> = results
        .into_iter()
        .map(|result| result.map_or_else(|error| Exit::of(&error), |_| Exit::Done))
        .collect();
    let is_open = exits.iter().any(|exit| exit.may_pass());
    let unreadable = items.unreadable.iter().map(|_| Exit::LocalFile);
    let mut exit = Exit::worst(exits.into_iter().chain(unreadable));
    // All of them may have failed before, and been told to stop while that was cleaned up.
    if exit != Exit::Done && context.stop.cancel_handle().is_cancelled() {
        exit = Exit::Interrupted;
    }
    batch
        .tally
        .into_inner()
        .show(plan.args.json, started, exit, context);
    if let Some(again) = plan.again().filter(|_| is_open) {
        context.console.note(format_args!("next: {again}"));
    }
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
            let what = report::done(uploaded, self.plan.asset_id(which.index).is_none());
            let line = report::line(End::Created, which.file, &what);
            console.result(format_args!("{line}"));
        }
    }

    fn failed(&self, which: Which<'_>, error: &Error) {
        let end = End::of(error);
        self.tally.borrow_mut().add(end);
        let next = self.plan.next(error, Some(which.file), which.index);
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
