//! `metastudio emulator`

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use mss_emulator::{Emulator, Fault, Limiter, Tls};
use serde::Serialize;

use crate::{
    ca_file::CaFile,
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

    /// Allow an address that other machines can reach. Without --tls they see everything in clear
    #[arg(long)]
    allow_remote: bool,

    /// Speak TLS, with certificates that are made now
    #[arg(long, display_order = 2)]
    tls: bool,

    /// Where to write the certificate that clients have to trust, with --tls; what stands there is
    /// replaced [default: a temporary file]
    #[arg(long, display_order = 3, value_name = "FILE", requires = "tls")]
    ca_file: Option<PathBuf>,

    /// Let this many calls a second through and answer 429 to the others [default: no limit]
    #[arg(long, display_order = 3, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,

    /// How --rate counts: token-bucket (which holds one second's quota), fixed-window or spacing
    #[arg(
        long,
        display_order = 3,
        value_name = "NAME",
        default_value = "token-bucket"
    )]
    limiter: Limiter,

    /// Let something go wrong, as described below; may be given several times
    #[arg(long, display_order = 4, value_name = "FAULT")]
    fail: Vec<Fault>,

    /// Print address and keys, and all that gives a token or keys, as one line of JSON
    // Before the options of all commands.
    #[arg(long, display_order = 4)]
    pub(crate) json: bool,
}

/// Where the vendor's tools, and this one, look for IAM.
const IAM_ENDPOINT: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";

const AFTER_HELP: &str = "\
Takes the calls around an upload and the PUT of the content as the real service does, and checks
signatures, limits and digests. Gives tokens and keys as IAM, STS, the metadata service of a cloud
server and that of a pod do. Everything is kept in memory and gone when it ends.

Examples:
  metastudio emulator
  metastudio emulator --port 0 --json
  metastudio emulator --rate 10
  metastudio emulator --tls --ca-file ca.pem
  metastudio emulator --fail put:reset@1000 --fail confirm:503,times=2

What can go wrong, as OPERATION:HOW[@BYTES][,NAME=VALUE]...
  OPERATION  create, create_large, put, confirm, delete, create_asset, show_asset, delete_asset, any
             create_token, list_projects, list_domains, metadata_token, metadata_keys, pod_keys,
             assume_agency, caller_identity, exchange_id_token, create_temporary_keys
  HOW        reset, close, slow_close, black_hole, truncate, latency, bandwidth, slice: on the line
             a status such as 503, expired, no_continue: by the service
  @BYTES     how much gets through before; of the body, if at=... says nothing else
  at         connect, request, body, received, answer, answer_body, done
             (up to received the service has done nothing, from answer on it has)
  times      how often: 1 by default; all
  and        file_id, delay (seconds), bytes_per_second, size, code, retry_after, location, applied
  The line breaks after 1000 bytes of the content:       put:reset@1000
  The confirmation is applied, and the answer lost:      confirm:reset,at=answer
  The confirmation never arrives, twice:                 confirm:black_hole,times=2
  Every upload crawls:                   put:bandwidth,bytes_per_second=1024,times=all
  Too many calls, come back in 5 s:                      any:429,retry_after=5
  The store wants less; the URL has expired:             put:503,code=SlowDown   put:expired
While it runs: curl http://127.0.0.1:8080/_emulator/faults shows them and how often they happened,
-d '{\"operation\": \"put\", \"how\": \"reset\"}' adds one, -X DELETE forgets all.

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
    domain_id: &'a str,
    domain_name: &'a str,
    user_name: &'a str,
    password: &'a str,
    pod_url: &'a str,
    pod_token: &'a str,
    id_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<&'a Path>,
}

pub(crate) fn run(args: &EmulatorArgs, context: &Context<'_>) -> Result<(), Failure> {
    let environment = context.environment;
    let secret_key = environment.get(SECRET_KEY)?;
    let given = secret_key.is_some();
    let mut builder = Emulator::builder()
        .bind(SocketAddr::new(args.host, args.port))
        .allow_remote(args.allow_remote)
        .rate_limit(args.rate)
        .limiter(args.limiter);
    if let Some(id) = environment.get(PROJECT_ID)? {
        builder = builder.project_id(id);
    }
    if let Some(key) = environment.get(ACCESS_KEY)? {
        builder = builder.access_key(key);
    }
    if let Some(key) = secret_key {
        builder = builder.secret_key(key);
    }
    if args.tls {
        builder = builder.tls(Tls::new());
    }
    let emulator = Arc::new(builder.start()?);
    let ca_file = emulator
        .ca_pem()
        .map(|pem| CaFile::write(pem, args.ca_file.as_deref()))
        .transpose()?;
    for fault in &args.fail {
        emulator
            .inject(fault.clone())
            .map_err(|error| Failure::Usage(error.to_string()))?;
    }

    let to_stop = Arc::clone(&emulator);
    let stop = context.stop.clone();
    stop.in_order("");
    thread::spawn(move || {
        stop.wait();
        to_stop.shutdown();
    });
    announce(
        args,
        &emulator,
        ca_file.as_ref().map(CaFile::path),
        given,
        context,
    );
    emulator.wait();
    context
        .console
        .note(format_args!("The emulator has ended."));
    Ok(())
}

fn announce(
    args: &EmulatorArgs,
    emulator: &Emulator,
    ca_file: Option<&Path>,
    given: bool,
    context: &Context<'_>,
) {
    let url = emulator.url();
    let look = match ca_file {
        Some(path) => format!("curl --cacert {} {url}/_emulator/files", path.display()),
        None => format!("curl {url}/_emulator/files"),
    };
    context.console.note(format_args!(
        "A local MetaStudio runs at {url}. Ctrl-C ends it. Look inside: {look}"
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
            domain_id: emulator.domain_id(),
            domain_name: emulator.domain_name(),
            user_name: emulator.user_name(),
            password: emulator.password(),
            pod_url: &emulator.pod_url(),
            pod_token: emulator.pod_token(),
            id_token: emulator.id_token(),
            ca_file,
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
export {IAM_ENDPOINT}={url}
export {PROJECT_ID}={}
export {ACCESS_KEY}={}
{secret_key}
# or, in place of the two keys, a user token:
# export {USER_TOKEN}={}",
        emulator.project_id(),
        emulator.access_key(),
        emulator.token(),
    ));
    if let Some(path) = ca_file {
        context.console.result(format_args!(
            "# Clients have to trust its certificate; the other commands do with:\n#   --ca-file {}",
            path.display()
        ));
    }
}
