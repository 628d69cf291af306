//! A user token for a name and a password.

use std::sync::Arc;

use http::Response;
use mss_core::{
    Endpoint, InvalidInput, Secret, ServiceError, Verdict,
    identity::{CreateToken, TokenScope, given_endpoint, trace_id},
};

use super::{
    CredentialSource, FoundCredentials, Loading, NotFound, Source, Why, iam, service::Service,
};
use crate::{
    ErrorKind,
    fuse::{FirstRefusal, Held, KeyFuse},
    interrupt::Interrupt,
};

/// The login of an IAM user.
///
/// ```
/// use mss_http::{CredentialSource, IamPassword, TokenScope};
/// use mss_core::Secret;
///
/// let project = TokenScope::ProjectName("cn-north-4".to_owned());
/// let login = IamPassword::new("kim", Secret::new("the password"), "acme", project)?;
/// let source = CredentialSource::iam_password(login);
/// # Ok::<(), mss_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone)]
pub struct IamPassword {
    login: CreateToken,
    iam: Option<Endpoint>,
}

impl IamPassword {
    /// Name and password of an IAM user, the name of its account, and what the token is to be
    /// good for: MetaStudio wants a project.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when one of them is empty or holds a line end. Its value isn't shown.
    pub fn new(
        user: impl Into<String>,
        password: Secret,
        domain: impl Into<String>,
        scope: TokenScope,
    ) -> Result<Self, InvalidInput> {
        let login = CreateToken::new(user, password, domain, scope)?;
        Ok(Self { login, iam: None })
    }

    /// Where IAM is; else `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else where the project's or the client's
    /// region has it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when it is no `https` URL; plain `http` is for loopback only.
    pub fn iam_endpoint(mut self, url: &str) -> Result<Self, InvalidInput> {
        self.iam = Some(given_endpoint(url)?);
        Ok(self)
    }
}

impl CredentialSource {
    /// User tokens for a name and a password. A refused login isn't repeated for five minutes by
    /// anything in this process, because repeated wrong passwords lock the account; another
    /// password is tried at once.
    ///
    /// Source: [obtaining a user token](https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html).
    pub fn iam_password(login: IamPassword) -> Self {
        Self::of(login)
    }
}

impl Source for IamPassword {
    fn name(&self) -> &'static str {
        "iam_password"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let iam = self.endpoint(loading)?;
        let (user, domain) = (self.login.user(), self.login.domain());
        let fuse = KeyFuse::of(
            &format!("{user:?} of {domain:?} at {iam}"),
            &[self.login.password().expose()],
        );
        let admission = fuse.enter(&Interrupt::default(), loading.deadline);
        let admission = admission.map_err(not_admitted)?;
        let name = format!("IAM at {iam}, asked for a token of {user} in {domain},");
        let service = Service::new(loading, name)
            .keeping(self.login.password())
            .asked_once();
        let request = self.login.request(&iam);
        let request = request.map_err(|error| NotFound::renamed(&error, error.field()))?;
        let answer = service.ask(&request);
        let answer = answer.map_err(|unanswered| service.silent(&unanswered))?;
        if !answer.status().is_success() {
            let refusal = service.refused(&answer);
            if is_refused(&answer) {
                admission.report(Verdict::Refused(first(&refusal)));
            }
            return Err(refusal);
        }
        let issued = self.login.parse(&answer);
        let issued = issued.map_err(|error| service.unexpected(&error))?;
        admission.report(Verdict::Accepted);
        let mut found = FoundCredentials::token(issued.token).lasting_until(issued.expires_at);
        found.origin = format!("the login of {user} in {domain}");
        found.project_id = issued.project_id.map(Into::into);
        found.iam_endpoint = self.iam.as_ref().map(ToString::to_string);
        Ok(found)
    }
}

impl IamPassword {
    fn endpoint(&self, loading: &Loading<'_>) -> Result<Endpoint, NotFound> {
        // A region's own project has the region's name.
        let region = match self.login.scope() {
            TokenScope::ProjectName(name) => Some(name.as_str()),
            _ => loading.region,
        };
        match &self.iam {
            Some(iam) => Ok(iam.clone()),
            None => iam::endpoint(None, loading.variables, region),
        }
    }
}

fn first(refusal: &NotFound) -> Arc<FirstRefusal> {
    Arc::new(FirstRefusal {
        status: None,
        error_code: None,
        message: refusal.problem.clone(),
        request_id: None,
        explanation: None,
    })
}

fn not_admitted(held: Held) -> NotFound {
    let Held::Open { first, retry_in } = held else {
        let problem = "another login of this user has not been answered yet";
        return NotFound::new(Why::Failed(ErrorKind::Timeout), problem);
    };
    let problem = format!(
        "{first}; not tried again for {} s, since more failures lock the account: give the right \
         password",
        retry_in.as_secs() + 1
    );
    NotFound::new(Why::Refused, problem)
}

/// Whether it is IAM that refuses name or password, and no page of a proxy.
fn is_refused(answer: &Response<Vec<u8>>) -> bool {
    let is_iams = || {
        trace_id(answer.headers()).is_some() || ServiceError::parse(answer.body()).code.is_some()
    };
    answer.status() == 401 && is_iams()
}
