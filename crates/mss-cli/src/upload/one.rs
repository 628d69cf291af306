//! One file: its steps are shown one by one.

use std::io::Read;

use mss_http::{Client, Progress, Source, UploadEvent, UploadState, Uploaded};

use super::{
    args::Plan,
    follow::{Audience, Follower},
    gauge::Gauge,
    report::{self, Which},
    selection::Item,
};
use crate::{
    exit::Exit,
    failure::Failure,
    local::{self, Local},
    run::Context,
    words::quoted,
};

pub(super) fn run(
    plan: &Plan<'_>,
    item: &Item,
    stdin: &mut (dyn Read + Send),
    client: &Client,
    local: Option<&Local>,
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let console = context.console;
    let name = item.name();
    let which = Which {
        index: 0,
        file: &name,
    };
    let follower = Follower::new(plan, Audience::Person, (0, None), context);
    match send(plan, item, stdin, client, &follower, context) {
        Ok(uploaded) => {
            let file_id = &uploaded.file_id;
            console.achieved(format!("file {file_id} is CREATED"));
            if let (Some(state), true) = (&uploaded.state, plan.waits()) {
                console.step("review", state.as_str(), None);
            }
            let read_back = match local {
                Some(local) => {
                    let file = local.read_back(file_id, UploadState::Created)?;
                    local::show(&file, context);
                    invite(item, context);
                    Some(file)
                }
                None => None,
            };
            if plan.args.json {
                let ids = follower.request_ids();
                report::show_done_json(which, &uploaded, &ids, read_back.as_ref(), console);
            }
            Ok(Exit::Done)
        }
        Err(failure) => {
            context.screen.close();
            let mut exit = failure.show(console, false);
            // It may have failed before, and been told to stop while that was cleaned up.
            if context.stop.cancel_handle().is_cancelled() {
                exit = Exit::Interrupted;
            }
            if plan.args.json {
                let mut json = failure.json();
                json.exit_code = exit.code();
                report::show_failed_json(which, json, console);
            }
            Ok(exit)
        }
    }
}

fn send(
    plan: &Plan<'_>,
    item: &Item,
    stdin: &mut (dyn Read + Send),
    client: &Client,
    follower: &Follower<'_, '_>,
    context: &Context<'_>,
) -> Result<Uploaded, Failure> {
    let mut source = match item {
        // Until it is registered a signal may end it at once: nobody can end a wait for stdin.
        Item::Stdin(name) => Source::reader(name.clone(), stdin),
        Item::File(path) => {
            context.stop.in_order("nothing was sent");
            Source::path(path)
        }
    };
    let content = &plan.args.content;
    if let Some(name) = &content.name {
        source = source.file_name(name.clone());
    }
    if let Some(file_type) = &content.file_type {
        source = source.file_type(file_type.clone());
    }
    let gauge = Gauge::for_one(plan.args, item, context);
    let observe = |event: UploadEvent| follower.saw(&event);
    let progress = |progress: Progress| gauge.one(progress);
    let upload = plan.upload(0, source).observe(&observe).progress(&progress);
    let result = client.upload(upload);
    context.screen.close();
    result.map_err(|error| {
        let path = match item {
            Item::File(path) => path.to_str(),
            Item::Stdin(_) => None,
        };
        let next = plan.next(&error, path, 0);
        Failure::Call(error, next)
    })
}

/// After a trial, the real thing.
fn invite(item: &Item, context: &Context<'_>) {
    let file = match item {
        Item::File(path) => quoted(&path.display().to_string()),
        Item::Stdin(name) => format!("- --name {}", quoted(name)),
    };
    context.console.note(format_args!(
        "All of it went over HTTP, signed with AK and SK and checked by the other side. With an \
         account:\nmetastudio upload {file} --asset-id ID --region cn-north-4"
    ));
}

impl Item {
    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin(name) => name.clone(),
        }
    }
}
