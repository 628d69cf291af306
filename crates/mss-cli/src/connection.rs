//! Where calls go and how long they may take: options, then environment, then a client.

use std::time::Duration;

use mss_http::{Algorithm, CallOptions, Client, ClientBuilder, Profile, journal::Header};

use crate::{
    environment::{ENDPOINT, REGION},
    failure::Failure,
    local::Local,
    network::NetworkArgs,
    run::Context,
    words::option,
};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Region by its id, such as cn-north-4; else METASTUDIO_REGION
    #[arg(long, value_name = "ID")]
    region: Option<String>,

    /// Endpoint by its URL; else METASTUDIO_ENDPOINT. Goes before a region
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,

    /// Project that the files belong to; else the credentials' own, HUAWEICLOUD_SDK_PROJECT_ID, or
    /// what IAM says
    #[arg(long, value_name = "ID")]
    project_id: Option<String>,

    /// Section of the credentials file to take keys from; goes before the environment
    #[arg(long, value_name = "SECTION")]
    profile: Option<String>,

    /// How calls are signed: SDK-HMAC-SHA256, SDK-HMAC-SM3 or V11-HMAC-SHA256
    #[arg(long, value_name = "NAME")]
    algorithm: Option<String>,

    /// Region that the key is derived for, with V11-HMAC-SHA256
    #[arg(long, value_name = "ID")]
    signing_region: Option<String>,

    /// Service that the key is derived for, with V11-HMAC-SHA256
    #[arg(long, value_name = "NAME")]
    signing_service: Option<String>,

    /// Allow plain http to another machine. Everybody on the way can read and repeat the calls
    #[arg(long)]
    allow_http: bool,

    /// Time for DNS, connect and TLS together [default: 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    connect_timeout: Option<Duration>,

    /// Time for one attempt of a call [default: 20]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    attempt_timeout: Option<Duration>,

    /// Time for all attempts of a call and the waits between them [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    total_timeout: Option<Duration>,

    /// How often a call is tried altogether [default: 3]
    #[arg(long, value_name = "NUMBER")]
    max_attempts: Option<u32>,

    #[command(flatten)]
    network: NetworkArgs,
}

/// The options that say where: they don't go with `--local`.
pub(crate) const PLACE: [&str; 13] = [
    "region",
    "endpoint",
    "project_id",
    "profile",
    "algorithm",
    "signing_region",
    "signing_service",
    "allow_http",
    "ca_file",
    "client_cert",
    "client_key",
    "proxy",
    "danger_accept_invalid_certs",
];

/// The environment part of a command's help.
pub(crate) const ENVIRONMENT_HELP: &str = "\
Credentials: METASTUDIO_TOKEN, a user token, goes before all others. Else they are found where the
vendor's tools find them: HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK (with temporary keys
HUAWEICLOUD_SDK_SECURITY_TOKEN too), ~/.huaweicloud/credentials, the roles of OIDC, ECS instances
and pods. `metastudio doctor` tells which.";

impl ConnectionArgs {
    /// A client for the service that the options and the environment name.
    pub(crate) fn client(
        &self,
        context: &Context<'_>,
        set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client, Failure> {
        let builder = self.builder(self.place(context)?.builder(), context)?;
        Ok(set_up(builder).build()?)
    }

    /// A client for what a journal is of. What the options say of the place goes before that, and
    /// is refused by the journal if it is another one.
    pub(crate) fn client_for(
        &self,
        header: &Header,
        context: &Context<'_>,
        set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client, Failure> {
        let place = if self.endpoint.is_some() || self.region.is_some() {
            self.place(context)?
        } else {
            Place {
                endpoint: Some(header.endpoint.clone()),
                region: context.environment.get(REGION)?,
            }
        };
        let mut builder = self.builder(place.builder(), context)?;
        if self.project_id.is_none() {
            builder = builder.project_id(header.project_id.as_str());
        }
        Ok(set_up(builder).build()?)
    }

    /// The same before it is built, also where no service is named; then why not.
    pub(crate) fn builder_for_anywhere(
        &self,
        context: &Context<'_>,
    ) -> Result<(ClientBuilder, Option<Failure>), Failure> {
        let (builder, nowhere) = match self.place(context) {
            Ok(place) => (place.builder(), None),
            Err(failure) => (Client::builder(), Some(failure)),
        };
        Ok((self.builder(builder, context)?, nowhere))
    }

    fn builder(
        &self,
        mut builder: ClientBuilder,
        context: &Context<'_>,
    ) -> Result<ClientBuilder, Failure> {
        let environment = context.environment;
        builder = builder
            .variables(environment.variables())
            .allow_http(self.allow_http)
            .options(self.options(context));
        if let Some(id) = &self.project_id {
            builder = builder.project_id(id);
        }
        builder = builder.algorithm(self.algorithm()?);
        if let Some(name) = &self.profile {
            builder = builder.credential_source(Profile::new().section(name).into());
        } else if let Some(token) = environment.user_token()? {
            builder = builder.token(token);
        }
        self.network.apply(builder, context)
    }

    fn algorithm(&self) -> Result<Algorithm, Failure> {
        let default = Algorithm::default();
        let name = self.algorithm.as_deref().unwrap_or(default.name());
        let (region, service) = (&self.signing_region, &self.signing_service);
        Algorithm::named(name, region.as_deref(), service.as_deref()).map_err(|error| {
            // As the options are called.
            let prefix = match error.field() {
                "algorithm" => "",
                _ => "signing-",
            };
            Failure::Usage(format!("--{prefix}{error}"))
        })
    }

    /// A client for the emulator inside this command.
    pub(crate) fn local_client(
        &self,
        local: &Local,
        context: &Context<'_>,
    ) -> Result<Client, Failure> {
        Ok(self.local_builder(local, context)?.build()?)
    }

    /// The same before it is built.
    pub(crate) fn local_builder(
        &self,
        local: &Local,
        context: &Context<'_>,
    ) -> Result<ClientBuilder, Failure> {
        Ok(local.client()?.options(self.options(context)))
    }

    /// The options that lead to the same place in another command; what came from the
    /// environment is still there.
    pub(crate) fn repeated(&self) -> String {
        let given = [
            ("region", &self.region),
            ("endpoint", &self.endpoint),
            ("project-id", &self.project_id),
            ("profile", &self.profile),
            ("algorithm", &self.algorithm),
            ("signing-region", &self.signing_region),
            ("signing-service", &self.signing_service),
        ];
        let mut options = String::new();
        for (name, value) in given {
            if let Some(value) = value {
                options += &option(name, value);
            }
        }
        if self.allow_http {
            options += " --allow-http";
        }
        options + &self.network.repeated()
    }

    /// The same where a journal says what the options don't.
    pub(crate) fn repeated_for(&self, header: &Header) -> String {
        let mut options = String::new();
        if self.endpoint.is_none() && self.region.is_none() {
            options += &option("endpoint", &header.endpoint);
        }
        if self.project_id.is_none() {
            options += &option("project-id", header.project_id.as_str());
        }
        options + &self.repeated()
    }

    fn options(&self, context: &Context<'_>) -> CallOptions {
        let mut options = CallOptions::new().cancel(context.stop.cancel_handle());
        if let Some(time) = self.connect_timeout {
            options = options.connect_timeout(time);
        }
        if let Some(time) = self.attempt_timeout {
            options = options.attempt_timeout(time);
        }
        if let Some(time) = self.total_timeout {
            options = options.total_timeout(time);
        }
        if let Some(attempts) = self.max_attempts {
            options = options.max_attempts(attempts);
        }
        options
    }

    /// An option goes before the environment, an endpoint before a region; which is kept all the
    /// same, for IAM knows the project by it.
    fn place(&self, context: &Context<'_>) -> Result<Place, Failure> {
        let environment = context.environment;
        let endpoint = match (&self.endpoint, &self.region) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(_)) => None,
            (None, None) => environment.get(ENDPOINT)?,
        };
        let region = match &self.region {
            Some(id) => Some(id.clone()),
            None => environment.get(REGION)?,
        };
        if endpoint.is_none() && region.is_none() {
            return Err(Failure::Usage(format!(
                "no service: give --region (such as cn-north-4) or --endpoint, set {REGION} or \
                 {ENDPOINT}, or try it out with --local"
            )));
        }
        Ok(Place { endpoint, region })
    }
}

struct Place {
    endpoint: Option<String>,
    region: Option<String>,
}

impl Place {
    fn builder(self) -> ClientBuilder {
        let mut builder = Client::builder();
        if let Some(url) = self.endpoint {
            builder = builder.endpoint(url);
        }
        if let Some(id) = self.region {
            builder = builder.region(id);
        }
        builder
    }
}

/// Reads a time in seconds; the client itself knows which ones make sense.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "is no number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|_| "is no time that can be waited".to_owned())
}
