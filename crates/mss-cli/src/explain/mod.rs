//! `metastudio explain`

mod json;
mod told;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use http::Request;
use mss_core::{
    Credentials,
    explain::{self, Cause, Part, Report, Saved},
    signing::{Algorithm, DATE_HEADER, Explanation, Signer},
};
use time::OffsetDateTime;

use crate::{
    environment::Environment,
    exit::Exit,
    failure::Failure,
    run::Context,
    sign::{Given, RequestArgs, date},
};
pub(crate) use json::Json;

/// Explain a signature that was refused, from a saved error; sends nothing
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, mut_arg("date", |date| date.help(DATE_HELP)))]
pub(crate) struct ExplainArgs {
    /// What was saved: the answer's body, the message, a log with it, or the JSON of this command; -
    /// reads stdin
    #[arg(default_value = "-")]
    file: PathBuf,

    /// Method of the request that was refused
    #[arg(requires = "url")]
    method: Option<String>,

    /// Its whole URL, as it went over the wire
    url: Option<String>,

    #[command(flatten)]
    request: RequestArgs,

    /// How it was signed: SDK-HMAC-SHA256, SDK-HMAC-SM3 or V11-HMAC-SHA256 [default:
    /// SDK-HMAC-SHA256]
    #[arg(long, value_name = "NAME")]
    algorithm: Option<String>,

    /// Print the result as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const AFTER_HELP: &str = "\
The gateway's refusal shows what it computed the signature from. With METHOD and URL, the headers
and the body as they were signed, that is compared with ours, line by line; without, it is only
shown. Of the object store, SignatureDoesNotMatch is compared with the PUT that was sent.

Keys aren't needed; with temporary ones HUAWEICLOUD_SDK_SECURITY_TOKEN is. What is shown holds no
key, no token, and of a signature eight characters.

Examples:
  metastudio explain error.json
  grep canonicalRequest app.log | metastudio explain - POST https://HOST/v1/PROJECT/files \\
    --header 'Content-Type: application/json' --header 'X-Project-Id: PROJECT' --body-file body.json

Exit codes:
  0 a cause was named    1 none could be named    2 wrong use    4 the file can't be read";

const DATE_HELP: &str =
    "Time of the signature in UTC, as in 20260102T030405Z [default: the gateway's]";

/// Longest text that is read, in bytes.
const LONGEST: u64 = 64 << 20;

pub(crate) fn run(
    args: &ExplainArgs,
    stdin: &mut (dyn Read + Send),
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let is_stdin = |path: &Path| path.as_os_str() == "-";
    if is_stdin(&args.file) && args.request.body_file.as_deref().is_some_and(is_stdin) {
        let problem = "the error and the body can't both come from stdin: give a file for one";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let text = read(&args.file, stdin).map_err(|error| Failure::file(&args.file, error))?;
    if text.trim_ascii().is_empty() {
        let problem = "nothing to explain: what was given is empty";
        return Err(Failure::Usage(problem.to_owned()));
    }
    if let Some(told) = told::explanation(&text) {
        if args.json {
            context.console.json(&told);
        } else {
            context
                .console
                .result(format_args!("{}", told::shown(&told)));
        }
        let is_named = told::names_a_cause(&told);
        return Ok(if is_named { Exit::Done } else { Exit::Refused });
    }
    let report = match explain::saved(&text) {
        Saved::Gateway(said) => gateway(&said, args, stdin, context.environment)?,
        Saved::ObjectStore(error) => {
            let sent = given(args, stdin)?;
            explain::object_store(&error, sent.as_ref().map(|sent| &sent.request))
        }
    };
    if args.json {
        context.console.json(&Json::of(&report));
    } else {
        let text = report.to_string();
        context.console.result(format_args!("{}", text.trim_end()));
    }
    Ok(match report.cause() {
        Cause::NotComparable(_) => Exit::Refused,
        _ => Exit::Done,
    })
}

fn read(path: &Path, stdin: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut from = if path.as_os_str() == "-" {
        Box::new(stdin) as Box<dyn Read>
    } else {
        Box::new(File::open(path)?)
    };
    from.by_ref().take(LONGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST {
        let problem = "longer than 64 MiB: cut out the part with the error";
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(text)
}

/// The request that was refused, where it is described.
fn given(args: &ExplainArgs, stdin: &mut dyn Read) -> Result<Option<Given>, Failure> {
    let (Some(method), Some(url)) = (&args.method, &args.url) else {
        if args.request.is_empty() {
            return Ok(None);
        }
        let problem = "to compare, give METHOD and URL behind the file (- for stdin)";
        return Err(Failure::Usage(problem.to_owned()));
    };
    Given::new(method, url, &args.request, stdin).map(Some)
}

fn gateway(
    said: &[u8],
    args: &ExplainArgs,
    stdin: &mut dyn Read,
    environment: Environment<'_>,
) -> Result<Report, Failure> {
    let alone = explain::gateway(said, None);
    let Some(given) = given(args, stdin)? else {
        return Ok(alone);
    };
    let now = args.request.date.or_else(|| date_of(&alone));
    let now = now.unwrap_or_else(OffsetDateTime::now_utc);
    let algorithm = algorithm(args.algorithm.as_deref())?;
    let ours = signed(&given.request, now, algorithm, environment)?;
    Ok(explain::gateway(said, Some(&ours)))
}

/// The date that the gateway shows.
fn date_of(report: &Report) -> Option<OffsetDateTime> {
    let is_date = |part: &Part| matches!(part, Part::Header(name) if name == DATE_HEADER);
    let line = report.lines().iter().find(|line| is_date(line.part()))?;
    date(line.theirs()?).ok()
}

/// Only the hash differs in what is compared, so any region and service will do.
fn algorithm(name: Option<&str>) -> Result<Algorithm, Failure> {
    let Some(name) = name else {
        return Ok(Algorithm::default());
    };
    let scope = name.starts_with("V11-").then_some("any");
    Ok(Algorithm::named(name, scope, scope)?)
}

/// What is compared doesn't depend on the keys, but for the security token.
fn signed(
    request: &Request<Vec<u8>>,
    now: OffsetDateTime,
    algorithm: Algorithm,
    environment: Environment<'_>,
) -> Result<Explanation, Failure> {
    let keys = environment.with_security_token(Credentials::new("none", "none")?)?;
    let explained = Signer::with_algorithm(&keys, algorithm).explain(request, now);
    explained.map_err(|error| Failure::Usage(error.to_string()))
}
