//! From a user's settings to a client.

use std::{fmt, sync::Arc};

use mss_core::{
    Credentials, Endpoint, InvalidInput, ProjectId, Token, UploadUrlPolicy, signing::Algorithm,
};

use super::{CallOptions, Client, Project, Settings, Shared, network::Network};
use crate::{
    AttemptEvent, CredentialSource, Error, ErrorKind, Variables,
    clock::SharedClock,
    credentials::{Around, Fetch, Provider},
    error::Redactor,
    event::Observer,
    fork::{self, PerProcess},
    regions::endpoint_of_region,
    transport::Connections,
};

/// How the client names itself to servers. Not part of the signature, so proxies may change it.
pub(crate) const USER_AGENT: &str = concat!("metastudio/", env!("CARGO_PKG_VERSION"));

/// Describes a [`Client`]. Needed is a region or an endpoint; credentials and project are looked
/// for in the usual places where they aren't given.
#[derive(Clone, Default)]
pub struct ClientBuilder {
    region: Option<String>,
    endpoint: Option<String>,
    allow_http: bool,
    project_id: Option<String>,
    keys: Option<Credentials>,
    algorithm: Algorithm,
    token: Option<Token>,
    source: Option<CredentialSource>,
    variables: Variables,
    suffixes: Option<Vec<String>>,
    lenient: bool,
    options: CallOptions,
    observer: Observer,
    pub(super) network: Network,
}

impl ClientBuilder {
    /// The region by its id, such as `cn-north-4`. The vendor's variable
    /// `HUAWEICLOUD_SDK_REGION_METASTUDIO_<REGION>` and its file `~/.huaweicloud/regions.yaml` may
    /// name other endpoints for it than the documents do.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The endpoint by its URL. Goes before a region.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Allows plain `http` to other machines than this one. Everybody on the way can then read
    /// and repeat the calls.
    #[must_use]
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// The project. Else the one that is found with the credentials, else
    /// `HUAWEICLOUD_SDK_PROJECT_ID`, else the project that IAM names for the region.
    #[must_use]
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.project_id = Some(id.into());
        self
    }

    /// An access key pair. Without it, a token or a source of credentials they are looked for
    /// where the vendor's tools look: [`CredentialSource::default_chain`].
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.keys = Some(credentials);
        self
    }

    /// How calls are signed with an access key pair: [`Algorithm::SdkHmacSha256`] by default, the
    /// only one that MetaStudio's documents know. With a token nothing is signed.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// A user token in place of an access key pair.
    #[must_use]
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Where credentials come from, in place of an access key pair or a token. It is asked when the
    /// first call is made, and again before what it gave expires.
    #[must_use]
    pub fn credential_source(mut self, source: CredentialSource) -> Self {
        self.source = Some(source);
        self
    }

    /// Where environment variables are looked up: in the process, unless somebody else knows them.
    #[must_use]
    pub fn variables(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    /// Hosts that contents may be sent to, by their ending; `.myhuaweicloud.com` by default.
    #[must_use]
    pub fn upload_host_suffixes<S: Into<String>>(
        mut self,
        suffixes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.suffixes = Some(suffixes.into_iter().map(Into::into).collect());
        self
    }

    /// Takes a success without `X-Request-Id` for one. By default it isn't trusted, since the
    /// service always sends the header and a proxy's page doesn't.
    #[must_use]
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// Options for all calls; [`Client::with_options`] changes them later.
    #[must_use]
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Has `hook` told of every attempt of every call, once it is over and judged: for metrics and
    /// traces. It runs on the thread that makes the call, which goes on when it returns; a panic in
    /// it is logged and changes nothing. It may use the client; it isn't told of calls that it makes
    /// itself. What a source of credentials asks isn't shown.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = mss_http::Client::builder()
    ///     .region("cn-north-4")
    ///     .on_attempt(|it| println!("{} #{}: {}", it.operation, it.attempt, it.outcome.as_str()))
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn on_attempt(mut self, hook: impl Fn(&AttemptEvent<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(hook);
        self
    }

    /// Checks everything and makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] or [`ErrorKind::InvalidCredentials`], naming the setting.
    pub fn build(self) -> Result<Client, Error> {
        let _begun = fork::enter();
        let endpoint = self.checked_endpoint()?;
        let project_id = self.parsed_project_id()?;
        let source = self.source()?;
        let network = self.network.settings(&endpoint, &self.variables)?;
        let settings = Settings::default().with(self.options)?;
        let suffixes = self
            .suffixes
            .unwrap_or_else(|| vec![UploadUrlPolicy::DEFAULT_SUFFIX.to_owned()]);
        let connections = Connections::new(USER_AGENT, &network);
        let redactor = Redactor::default();
        let fetch = Fetch::new(
            connections.clone(),
            Connections::direct(USER_AGENT, &network),
        );
        let clock = SharedClock::of(&endpoint);
        let shared = Shared {
            connections,
            network,
            upload_urls: UploadUrlPolicy::new(suffixes, endpoint.is_loopback()),
            provider: Provider::new(
                source,
                self.algorithm,
                self.variables.clone(),
                fetch,
                self.region.clone(),
                Around {
                    redactor: redactor.clone(),
                    clock: clock.clone(),
                },
            ),
            redactor,
            observer: self.observer,
            endpoint,
            project: Project::new(project_id, self.variables, self.region),
            lenient: self.lenient,
            quota: PerProcess::new(),
            clock,
        };
        Ok(Client {
            shared: Arc::new(shared),
            settings,
        })
    }

    /// A client to find credentials with and nothing else, where other settings are wrong.
    pub(crate) fn for_credentials_alone(self) -> Option<Client> {
        let somewhere = Self {
            endpoint: Some("https://localhost".to_owned()),
            project_id: None,
            ..self
        };
        somewhere.build().ok()
    }

    /// Where credentials come from. Given ones must be given once.
    fn source(&self) -> Result<CredentialSource, Error> {
        let keys = self.keys.clone().map(CredentialSource::from);
        let token = self.token.clone().map(CredentialSource::from);
        let mut given = [keys, token, self.source.clone()].into_iter().flatten();
        match (given.next(), given.next()) {
            (None, _) => Ok(CredentialSource::default_chain()),
            (Some(source), None) => Ok(source),
            (Some(_), Some(_)) => {
                let problem = "of credentials, a token and a source of credentials only one may be \
                               given";
                Err(Error::unsent(ErrorKind::InvalidConfig, "Client", problem))
            }
        }
    }

    fn checked_endpoint(&self) -> Result<Endpoint, Error> {
        let endpoint = match (&self.endpoint, &self.region) {
            (Some(url), _) => Endpoint::parse(url, self.allow_http),
            (None, Some(region)) => {
                return endpoint_of_region(region, &self.variables, self.allow_http);
            }
            (None, None) => Err(InvalidInput::new("region", "or an endpoint must be given")),
        };
        endpoint.map_err(|error| invalid(ErrorKind::InvalidConfig, &error))
    }

    fn parsed_project_id(&self) -> Result<Option<ProjectId>, Error> {
        let id = self.project_id.as_deref().map(str::parse).transpose();
        id.map_err(|error| invalid(ErrorKind::InvalidConfig, &error))
    }
}

impl fmt::Debug for ClientBuilder {
    /// Without the endpoint: before it is checked, a password can stand in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("region", &self.region)
            .field("project_id", &self.project_id)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn invalid(kind: ErrorKind, error: &InvalidInput) -> Error {
    Error::unsent(kind, "Client", error.to_string())
}
