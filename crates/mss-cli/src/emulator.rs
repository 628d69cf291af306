//! `metastudio emulator`

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    thread,
};

use mss_emulator::Emulator;
use serde::Serialize;

use crate::{
    environment::{ACCESS_KEY, ENDPOINT, PROJECT_ID, SECRET_KEY, USER_TOKEN},
    failure::Failure,
    run::Context,
};

/// Run a local MetaStudio to try things out
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct EmulatorArgs {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,

    /// Allow an address that other machines can reach. They will see everything in clear
    #[arg(long)]
    allow_remote: bool,

    /// Let this many calls a second through and answer 429 to the others [default: no limit]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,

    /// Print address and keys as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const AFTER_HELP: &str = "\
Takes CreateFile, the PUT of the content and ConfirmFileUpload as the real service does, and checks
signatures, limits and digests. Everything is kept in memory and gone when it ends.

Examples:
  metastudio emulator
  metastudio emulator --port 0 --json
  metastudio emulator --rate 10

Project and keys are random, unless HUAWEICLOUD_SDK_PROJECT_ID, HUAWEICLOUD_SDK_AK or
HUAWEICLOUD_SDK_SK is set. Ctrl-C ends it. Look inside: curl http://127.0.0.1:8080/_emulator/files";

#[derive(Serialize)]
struct Json<'a> {
    url: &'a str,
    project_id: &'a str,
    access_key: &'a str,
    /// None where it came from the environment.
    secret_key: Option<&'a str>,
    token: &'a str,
}

pub(crate) fn run(args: &EmulatorArgs, context: &Context<'_>) -> Result<(), Failure> {
    let environment = context.environment;
    let secret_key = environment.get(SECRET_KEY)?;
    let given = secret_key.is_some();
    let mut builder = Emulator::builder()
        .bind(SocketAddr::new(args.host, args.port))
        .allow_remote(args.allow_remote)
        .rate_limit(args.rate);
    if let Some(id) = environment.get(PROJECT_ID)? {
        builder = builder.project_id(id);
    }
    if let Some(key) = environment.get(ACCESS_KEY)? {
        builder = builder.access_key(key);
    }
    if let Some(key) = secret_key {
        builder = builder.secret_key(key);
    }
    let emulator = Arc::new(builder.start()?);

    let to_stop = Arc::clone(&emulator);
    let stop = context.stop.clone();
    stop.in_order("");
    thread::spawn(move || {
        stop.wait();
        to_stop.shutdown();
    });
    announce(args, &emulator, given, context);
    emulator.wait();
    context
        .console
        .note(format_args!("The emulator has ended."));
    Ok(())
}

fn announce(args: &EmulatorArgs, emulator: &Emulator, given: bool, context: &Context<'_>) {
    let url = emulator.url();
    context.console.note(format_args!(
        "A local MetaStudio runs at {url}. Ctrl-C ends it. Look inside: curl {url}/_emulator/files"
    ));
    // A key made up for this run is shown, that is what it is for. One from the environment may
    // open more than this emulator.
    if args.json {
        context.console.json(&Json {
            url,
            project_id: emulator.project_id(),
            access_key: emulator.access_key(),
            secret_key: (!given).then(|| emulator.secret_key()),
            token: emulator.token(),
        });
        return;
    }
    let secret_key = if given {
        format!("# {SECRET_KEY}: the one that the emulator was started with")
    } else {
        format!("export {SECRET_KEY}={}", emulator.secret_key())
    };
    context.console.result(format_args!(
        "\
# For another shell:
export {ENDPOINT}={url}
export {PROJECT_ID}={}
export {ACCESS_KEY}={}
{secret_key}
# or, in place of the two keys, a user token:
# export {USER_TOKEN}={}",
        emulator.project_id(),
        emulator.access_key(),
        emulator.token(),
    ));
}
