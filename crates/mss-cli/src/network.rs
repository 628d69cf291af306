//! Whom the command trusts on the way to the service, and which way it takes.

use std::path::PathBuf;

use mss_http::{ClientBuilder, Proxy};

use crate::{failure::Failure, run::Context, words::option};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS and proxies")]
pub(crate) struct NetworkArgs {
    /// Trust the authorities in this file, certificates in PEM, and no others
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Show this certificate, in PEM with those that lead to its authority, and with its key
    /// unless --client-key is given
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,

    /// The private key of --client-cert, in PEM, not encrypted
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,

    /// Go through this proxy, or through none; else as HTTPS_PROXY, ALL_PROXY and NO_PROXY say
    #[arg(long, value_name = "URL|none")]
    proxy: Option<String>,

    /// Don't check the server's certificate. Everybody on the way can then read and change
    /// everything, contents and credentials included
    #[arg(long)]
    danger_accept_invalid_certs: bool,
}

impl NetworkArgs {
    pub(crate) fn apply(
        &self,
        mut builder: ClientBuilder,
        context: &Context<'_>,
    ) -> Result<ClientBuilder, Failure> {
        if let Some(path) = &self.ca_file {
            builder = builder.ca_file(path);
        }
        if let Some(path) = &self.client_cert {
            builder = builder.client_cert(path);
        }
        if let Some(path) = &self.client_key {
            builder = builder.client_key(path);
        }
        if let Some(proxy) = self.proxy()? {
            builder = builder.proxy(proxy);
        }
        if self.danger_accept_invalid_certs {
            context.console.note(format_args!(
                "metastudio: warning: the server's certificate is not checked \
                 (--danger-accept-invalid-certs). Everybody on the way can read and change \
                 everything, contents and credentials included"
            ));
        }
        Ok(builder.danger_accept_invalid_certs(self.danger_accept_invalid_certs))
    }

    /// The given options once more, for another command.
    pub(crate) fn repeated(&self) -> String {
        let mut options = String::new();
        for (name, value) in [
            ("ca-file", &self.ca_file),
            ("client-cert", &self.client_cert),
            ("client-key", &self.client_key),
        ] {
            if let Some(path) = value {
                options += &option(name, &path.display().to_string());
            }
        }
        if let Some(proxy) = &self.proxy {
            options += &option("proxy", proxy);
        }
        if self.danger_accept_invalid_certs {
            options += " --danger-accept-invalid-certs";
        }
        options
    }

    /// Everybody on this machine can see a command's options, so no password may be in them.
    fn proxy(&self) -> Result<Option<Proxy>, Failure> {
        match self.proxy.as_deref() {
            None => Ok(None),
            Some("none") => Ok(Some(Proxy::None)),
            Some(url) if url.contains('@') => Err(Failure::Usage(
                "--proxy can't take a user name or password, since everybody on this machine \
                 can see it: set HTTPS_PROXY instead"
                    .to_owned(),
            )),
            Some(url) => Ok(Some(Proxy::url(url))),
        }
    }
}
