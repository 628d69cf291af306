//! `metastudio doctor`

mod report;

use mss_http::{
    ErrorKind, Outcome,
    diagnosis::{Finding, State, Step},
};

use crate::{
    connection::{ConnectionArgs, ENVIRONMENT_HELP, PLACE},
    exit::Exit,
    failure::Failure,
    local::Local,
    run::Context,
};
use report::Report;

/// Find out what keeps calls from working
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct DoctorArgs {
    /// Try it out against a MetaStudio inside this command: no account, no network
    #[arg(long, conflicts_with_all = PLACE)]
    local: bool,

    /// Print what was found as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

fn after_help() -> String {
    format!(
        "\
Examines what a call needs, step by step: settings, credentials and where they come from, proxy,
DNS, TCP, TLS and who signed the certificate, this machine's clock, the project, and one signed
call that changes nothing (ShowAsset of an asset that isn't there). It takes 20 s at most. No secret
is shown: of an access key the first four characters and the last two.

Ends with 0 if calls work, else with the code that a call would end with: that of the first step
that failed.

Examples:
  metastudio doctor --local
  metastudio doctor --region cn-north-4
  metastudio doctor --region cn-north-4 --json

{ENVIRONMENT_HELP}"
    )
}

pub(crate) fn run(args: &DoctorArgs, context: &Context<'_>) -> Result<Exit, Failure> {
    // What was found until then is told.
    context.stop.in_order("");
    let local = args.local.then(|| Local::start(context)).transpose()?;
    let (builder, nowhere) = match &local {
        Some(local) => (args.connection.local_builder(local, context)?, None),
        None => args.connection.builder_for_anywhere(context)?,
    };
    let mut report = Report::new(context.console, args.json);
    let mut findings = Vec::new();
    for mut finding in builder.diagnose() {
        if finding.step == Step::Settings
            && let Some(failure) = &nowhere
        {
            finding.found = failure.to_string();
            finding.advice = None;
        }
        report.tell(&finding);
        findings.push(finding);
    }
    let exit = exit_of(&findings);
    report.end(&findings, exit);
    Ok(exit)
}

/// The end of a call that is made now: the first thing that fails keeps it from the rest.
fn exit_of(findings: &[Finding]) -> Exit {
    let failed = || findings.iter().filter(|it| it.state == State::Failed);
    let kind = |it: &Finding| it.kind.unwrap_or(ErrorKind::Server);
    if failed().any(|it| kind(it) == ErrorKind::Cancelled) {
        return Exit::Interrupted;
    }
    let first = failed().next().map(kind);
    first.map_or(Exit::Done, |kind| Exit::of_kind(kind, Outcome::NotApplied))
}
