//! Temporary keys for an identity provider's token, as IAM federates it.

use std::path::PathBuf;

use mss_core::identity::{CreateSecurityTokens, ExchangeIdToken};

use super::{
    CredentialSource, FoundCredentials, Loading, NotFound, Source, iam, service::Service,
    token_file,
};

/// An identity provider of IAM and the file in which its token is kept fresh.
#[derive(Debug)]
#[allow(clippy::struct_field_names)] // the names of the vendor's profile file
pub(super) struct IdToken {
    pub(super) idp_id: String,
    pub(super) id_token_file: PathBuf,
    pub(super) project_id: Option<String>,
    pub(super) domain_id: Option<String>,
    pub(super) iam_endpoint: Option<String>,
}

impl CredentialSource {
    /// Temporary keys for the token of an identity provider that IAM knows by this id. The file is
    /// read anew each time.
    ///
    /// Source: [obtaining a token with an ID token](https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0605.html).
    pub fn id_token(idp_id: impl Into<String>, id_token_file: impl Into<PathBuf>) -> Self {
        Self::of(IdToken {
            idp_id: idp_id.into(),
            id_token_file: id_token_file.into(),
            project_id: None,
            domain_id: None,
            iam_endpoint: None,
        })
    }
}

impl Source for IdToken {
    fn name(&self) -> &'static str {
        "id_token"
    }

    fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        self.load(loading)
    }
}

impl IdToken {
    pub(super) fn load(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let iam = iam::endpoint(
            self.iam_endpoint.as_deref(),
            loading.variables,
            loading.region,
        )?;
        let id_token = token_file::read(&self.id_token_file, "id_token_file")?;
        let exchange = ExchangeIdToken {
            idp_id: self.idp_id.clone(),
            id_token,
        };
        let service = Service::new(loading, format!("IAM at {iam}")).keeping(&exchange.id_token);
        let answer = service.get(exchange.request(&iam))?;
        let token = exchange
            .parse(&answer)
            .map_err(|error| service.unexpected(&error))?;
        let service = service.keeping(token.secret());
        let create = CreateSecurityTokens { token };
        let answer = service.get(create.request(&iam))?;
        let keys = create
            .parse(&answer)
            .map_err(|error| service.unexpected(&error))?;
        let mut found = FoundCredentials::temporary(keys);
        found.origin = format!("the identity provider {} of IAM", self.idp_id);
        found.project_id.clone_from(&self.project_id);
        found.domain_id.clone_from(&self.domain_id);
        found.iam_endpoint.clone_from(&self.iam_endpoint);
        Ok(found)
    }
}
