//! From a user's settings to a client.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use mss_core::{
    Authorizer, Credentials, Endpoint, InvalidInput, ProjectId, Secret, Token, UploadUrlPolicy,
    retry::RetryQuota,
    signing::{Algorithm, Signer},
};

use super::{CallOptions, Client, Settings, Shared};
use crate::{Error, ErrorKind, credentials, error::Redactor, transport};

/// How the client names itself to servers. Not part of the signature, so proxies may change it.
const USER_AGENT: &str = concat!("metastudio/", env!("CARGO_PKG_VERSION"));

/// Describes a [`Client`]. Needed is a region or an endpoint; credentials and project come from
/// the environment where they aren't given.
#[derive(Clone, Default)]
pub struct ClientBuilder {
    region: Option<String>,
    endpoint: Option<String>,
    allow_http: bool,
    project_id: Option<String>,
    keys: Option<Credentials>,
    algorithm: Algorithm,
    token: Option<Token>,
    suffixes: Option<Vec<String>>,
    lenient: bool,
    options: CallOptions,
}

#[derive(Clone)]
enum Auth {
    Keys(Credentials),
    Token(Token),
}

impl ClientBuilder {
    /// The region by its id, such as `cn-north-4`.
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

    /// The project; else `HUAWEICLOUD_SDK_PROJECT_ID`.
    #[must_use]
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.project_id = Some(id.into());
        self
    }

    /// An access key pair; else `HUAWEICLOUD_SDK_AK`, `HUAWEICLOUD_SDK_SK` and, for temporary
    /// ones, `HUAWEICLOUD_SDK_SECURITY_TOKEN`.
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

    /// Checks everything and makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] or [`ErrorKind::InvalidCredentials`], naming the setting.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = match (&self.endpoint, &self.region) {
            (Some(url), _) => Endpoint::parse(url, self.allow_http),
            (None, Some(region)) => Endpoint::of_region(region),
            (None, None) => Err(InvalidInput::new("region", "or an endpoint must be given")),
        }
        .map_err(|error| invalid(ErrorKind::InvalidConfig, &error))?;
        let project_id = self.parsed_project_id()?;
        let auth = match (self.keys, self.token) {
            (Some(keys), None) => Auth::Keys(keys),
            (None, Some(token)) => Auth::Token(token),
            (None, None) => {
                let variables = crate::Variables::default();
                let agent = transport::agent(USER_AGENT);
                let fetch = credentials::Fetch::new(agent.clone(), agent);
                let loading = credentials::Loading {
                    variables: &variables,
                    fetch: &fetch,
                    deadline: std::time::Instant::now() + std::time::Duration::from_secs(20),
                };
                let source = crate::CredentialSource::environment();
                let found = source.0.load(&loading).map_err(|error| {
                    Error::unsent(ErrorKind::InvalidCredentials, "Client", error.problem)
                })?;
                match found.identity {
                    credentials::Identity::Keys(keys) => Auth::Keys(keys),
                    credentials::Identity::Token(token) => Auth::Token(token),
                }
            }
            (Some(_), Some(_)) => {
                let problem = "credentials and a token are both given: one of them is one too many";
                return Err(Error::unsent(ErrorKind::InvalidConfig, "Client", problem));
            }
        };
        let settings = Settings::default().with(self.options)?;
        let suffixes = self
            .suffixes
            .unwrap_or_else(|| vec![UploadUrlPolicy::DEFAULT_SUFFIX.to_owned()]);
        let shared = Shared {
            agent: transport::agent(USER_AGENT),
            upload_urls: UploadUrlPolicy::new(suffixes, endpoint.is_loopback()),
            redactor: Redactor::new(auth.secrets()),
            authorizer: auth.authorizer(self.algorithm),
            endpoint,
            project_id,
            lenient: self.lenient,
            quota: Mutex::new(RetryQuota::default()),
        };
        Ok(Client {
            shared: Arc::new(shared),
            settings,
        })
    }

    fn parsed_project_id(&self) -> Result<ProjectId, Error> {
        let given = self.project_id.clone();
        let Some(id) = given.or_else(|| crate::Variables::default().get(credentials::PROJECT_ID))
        else {
            return Err(Error::unsent(
                ErrorKind::InvalidConfig,
                "Client",
                "project_id is neither given nor in HUAWEICLOUD_SDK_PROJECT_ID",
            ));
        };
        id.parse()
            .map_err(|error| invalid(ErrorKind::InvalidConfig, &error))
    }
}

impl Auth {
    fn authorizer(&self, algorithm: Algorithm) -> Authorizer {
        match self {
            Self::Keys(keys) => {
                Authorizer::AccessKey(Box::new(Signer::with_algorithm(keys, algorithm)))
            }
            Self::Token(token) => Authorizer::from(token.clone()),
        }
    }

    fn secrets(&self) -> Vec<Secret> {
        match self {
            Self::Keys(keys) => {
                let token = keys.security_token().cloned();
                std::iter::once(keys.secret_key().clone())
                    .chain(token)
                    .collect()
            }
            Self::Token(token) => vec![token.secret().clone()],
        }
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
