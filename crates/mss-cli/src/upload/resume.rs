//! The rest of a journal of uploads.

use std::{cell::RefCell, fmt::Write as _, time::Instant};

use mss_http::{
    Client, Error, FileId, ResumeOptions, Resumed, Resumption, UploadState, journal::Ledger,
};
use serde::Serialize;

use super::{
    report::{self, End},
    tally::Tally,
};
use crate::{
    exit::Exit,
    failure::{Failure, Json as ErrorJson, show_explanation},
    gauge::Form,
    next::Next,
    resume::ResumeArgs,
    run::Context,
    words::{self, count},
};

/// Uploads and confirms what is open, and tells of all entries.
pub(crate) fn resume(
    args: &ResumeArgs,
    ledger: &Ledger,
    client: &Client,
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let again = args.again();
    context.stop.in_order(format!(
        "the journal has what was under way; go on with: {again}"
    ));
    let teller = Teller {
        args,
        context,
        bar: Form::new(args.json, args.quiet, true, context),
        files: ledger.len(),
        place: args.connection.repeated_for(ledger.header()),
        tally: RefCell::new(Tally::of_journal()),
    };
    let ended = |resumed: &Resumed| teller.ended(resumed);
    let mut options = ResumeOptions::new().rate(args.rate()).ended(&ended);
    if let Some(jobs) = args.jobs {
        options = options.concurrency(jobs);
    }
    let results = client.resume(&args.journal, &options);
    context.screen.close();
    let exits: Vec<_> = results?.iter().map(exit_of).collect();
    let is_open = exits.iter().any(|exit| exit.may_pass());
    let mut exit = Exit::worst(exits);
    if exit != Exit::Done && context.stop.cancel_handle().is_cancelled() {
        exit = Exit::Interrupted;
    }
    teller
        .tally
        .into_inner()
        .show(args.json, started, exit, context);
    if is_open {
        context.console.note(format_args!("next: {again}"));
    }
    Ok(exit)
}

fn exit_of(resumed: &Resumed) -> Exit {
    match &resumed.result {
        Ok(Resumption::Done(UploadState::Created)) => Exit::Done,
        Ok(Resumption::Refused | Resumption::Cancelled(_) | Resumption::Done(_)) => Exit::Refused,
        Ok(Resumption::MayBeCreated(_)) => Exit::Unknown,
        Ok(_) => Exit::Done,
        Err(error) => Exit::of(error),
    }
}

struct Teller<'t, 'c> {
    args: &'t ResumeArgs,
    context: &'t Context<'c>,
    bar: Form<'c>,
    files: u64,
    /// Options that lead to where the journal's calls go.
    place: String,
    tally: RefCell<Tally>,
}

/// What became of an entry.
struct Came<'r> {
    end: End,
    file_id: Option<&'r FileId>,
    request_id: Option<&'r str>,
    /// Before this command.
    is_known: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    r#type: &'static str,
    index: u64,
    file: &'a str,
    /// `created`, `failed`, `cancelled`, `unknown` or `left open`.
    end: &'static str,
    file_id: Option<&'a str>,
    request_id: Option<&'a str>,
    /// It had come to this before; nothing was sent.
    repeat: bool,
    /// The file of an earlier attempt that was closed now.
    closed: Option<&'a str>,
    /// An earlier attempt may have registered a file whose id nobody saw ...
    orphan_is_possible: bool,
    /// ... and these look like it.
    possible_orphans: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
}

impl Teller<'_, '_> {
    fn ended(&self, resumed: &Resumed) {
        let came = came(resumed);
        let mut tally = self.tally.borrow_mut();
        if came.is_known {
            tally.add_known(came.end);
        } else {
            tally.add(came.end);
        }
        if let Ok(Resumption::Uploaded(uploaded)) = &resumed.result {
            tally.bytes += uploaded.size;
        }
        let done = tally.files();
        drop(tally);
        if let Form::Bar(screen) = &self.bar {
            let text = format!("{done} of {}", count(self.files, "file"));
            screen.count("resuming", &text, done, self.files);
        }
        if let Err(error) = &resumed.result {
            self.explain(error, &resumed.subject);
        }
        self.tell_of_orphans(resumed);
        if self.args.json {
            self.show_json(resumed, &came);
        } else if !came.is_known {
            self.show(resumed, &came);
        }
    }

    fn explain(&self, error: &Error, file: &str) {
        let text = error.to_string();
        let text = words::in_options(&text);
        let console = self.context.console;
        if text.contains(file) {
            console.note(format_args!("metastudio: {text}"));
        } else {
            console.note(format_args!("metastudio: {file}: {text}"));
        }
        show_explanation(error, console);
    }

    /// Nobody else would ever know of them.
    fn tell_of_orphans(&self, resumed: &Resumed) {
        if resumed.possible_orphans.is_empty() {
            return;
        }
        let (console, file) = (self.context.console, &resumed.subject);
        let next = Next::new(self.place.clone(), None);
        match &resumed.orphan_ids[..] {
            [] => console.note(format_args!(
                "metastudio: {file}: an earlier attempt may have registered a file or an asset \
                 whose id nobody saw; its asset shows none that looks like it"
            )),
            ids => {
                console.note(format_args!(
                    "metastudio: {file}: an earlier attempt may have registered a file whose id \
                     nobody saw; {} in its asset: {}. If no other upload has the same content, \
                     cancel it",
                    if ids.len() == 1 {
                        "this one looks like it"
                    } else {
                        "these look like it"
                    },
                    ids.iter()
                        .map(FileId::as_str)
                        .collect::<Vec<_>>()
                        .join(", ")
                ));
                for id in ids {
                    let cancel = next.confirm(id, UploadState::Cancelled, None);
                    console.note(format_args!("next: {cancel}"));
                }
            }
        }
    }

    fn show(&self, resumed: &Resumed, came: &Came<'_>) {
        let mut what = match (&resumed.result, came.file_id) {
            (Ok(Resumption::Uploaded(uploaded)), _) => report::done(uploaded, false),
            (Err(error), _) => report::failed(error),
            (Ok(_), Some(id)) => format!("file {id}"),
            (Ok(_), None) => "no file".to_owned(),
        };
        if let Some((id, state)) = &resumed.closed {
            let _ = write!(what, " (file {id} of an earlier attempt is {state})");
        }
        let line = report::line(came.end, &resumed.subject, &what);
        self.context.console.result(format_args!("{line}"));
    }

    fn show_json(&self, resumed: &Resumed, came: &Came<'_>) {
        self.context.console.json(&Json {
            r#type: "result",
            index: resumed.entry,
            file: &resumed.subject,
            end: came.end.as_str(),
            file_id: came.file_id.map(FileId::as_str),
            request_id: came.request_id,
            repeat: came.is_known,
            closed: resumed.closed.as_ref().map(|(id, _)| id.as_str()),
            orphan_is_possible: !resumed.possible_orphans.is_empty(),
            possible_orphans: resumed.orphan_ids.iter().map(FileId::as_str).collect(),
            error: (resumed.result.as_ref().err()).map(|error| ErrorJson::of_call(error, &[])),
        });
    }
}

fn came(resumed: &Resumed) -> Came<'_> {
    let came = |end, file_id| Came {
        end,
        file_id,
        request_id: None,
        is_known: false,
    };
    match &resumed.result {
        Ok(Resumption::Uploaded(uploaded)) => Came {
            request_id: Some(&uploaded.request_id),
            ..came(End::Created, Some(&uploaded.file_id))
        },
        Ok(Resumption::Confirmed {
            file_id,
            request_id,
        }) => Came {
            request_id: Some(request_id),
            ..came(End::Created, Some(file_id))
        },
        Ok(Resumption::Done(state)) => Came {
            is_known: true,
            ..came(
                match state {
                    UploadState::Created => End::Created,
                    _ => End::Cancelled,
                },
                None,
            )
        },
        Ok(Resumption::LeftOpen(file_id)) => came(End::LeftOpen, Some(file_id)),
        Ok(Resumption::Cancelled(file_id)) => came(End::Cancelled, file_id.as_ref()),
        Ok(Resumption::MayBeCreated(file_id)) => came(End::Unknown, Some(file_id)),
        // Refused; what a newer library adds is nothing that was uploaded either.
        Ok(_) => Came {
            is_known: true,
            ..came(End::Failed, None)
        },
        Err(error) => came(
            End::of(error),
            error.upload().and_then(|upload| upload.file_id.as_ref()),
        ),
    }
}
