//! `metastudio sign`

mod curl;
mod report;
mod request;

use std::io::Read;

use mss_core::signing::Signer;
use time::OffsetDateTime;

use crate::{failure::Failure, run::Context};
pub(crate) use request::{Given, RequestArgs, date};

/// Show how a request is signed; sends nothing
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SignArgs {
    /// Method, such as POST
    method: String,

    /// Whole URL, as it goes over the wire
    url: String,

    #[command(flatten)]
    request: RequestArgs,

    /// Print the result as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const AFTER_HELP: &str = "\
Prints each step: the canonical request, the string to sign, the headers to add, and the same as a
curl command. Exactly the given headers are signed, with Host and X-Sdk-Date added where they are
missing; names with _ are left out, because gateways drop them.

Examples:
  metastudio sign GET 'https://metastudio.cn-north-4.myhuaweicloud.com/v1/PROJECT/digital-assets'
  metastudio sign POST https://HOST/v1/PROJECT/files/ID/complete --body '{\"state\":\"CREATED\"}' \\
    --header 'Content-Type: application/json' --header 'X-Project-Id: PROJECT'

Keys come from the environment: HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, with temporary keys
HUAWEICLOUD_SDK_SECURITY_TOKEN too. The secret key is never shown, nor is the security token. The
Authorization value is: until 15 minutes after its date, whoever has it can send this very request.";

pub(crate) fn run(
    args: &SignArgs,
    stdin: &mut (dyn Read + Send),
    context: &Context<'_>,
) -> Result<(), Failure> {
    let given = Given::new(&args.method, &args.url, &args.request, stdin)?;
    let credentials = context.environment.key_pair()?;
    let now = args.request.date.unwrap_or_else(OffsetDateTime::now_utc);
    let explanation = Signer::new(&credentials)
        .explain(&given.request, now)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let signature = report::Signature::new(&given, &explanation);
    if args.json {
        context.console.json(&signature.json());
    } else {
        signature.show(context.console);
    }
    Ok(())
}
