//! What a token shall be good for.

use http::StatusCode;

use super::{
    super::{Service, refusal::Refusal},
    Voice,
    request::Request,
};
use crate::identity::Project;

pub(super) enum Scope {
    Project(Project),
    /// All of the account but its projects.
    Domain,
    None,
}

impl Scope {
    /// The scope that `/auth/scope` asks for.
    pub(super) fn of(service: &Service, request: &Request) -> Result<Self, Refusal> {
        if request.has("/auth/scope/project") {
            let id = request.optional_text("/auth/scope/project/id")?;
            let name = request.optional_text("/auth/scope/project/name")?;
            if id.is_none() && name.is_none() {
                return Err(request.refused());
            }
            let mut projects = service.identity.projects.iter();
            let project = projects.find(|project| {
                id.is_none_or(|id| id == project.id) && name.is_none_or(|name| name == project.name)
            });
            return project.cloned().map(Self::Project).ok_or_else(not_found);
        }
        if request.has("/auth/scope/domain") {
            let account = &service.identity.account;
            let id = request.optional_text("/auth/scope/domain/id")?;
            let name = request.optional_text("/auth/scope/domain/name")?;
            return match (id, name) {
                (None, None) => Err(request.refused()),
                (Some(id), _) if id != account.domain_id => Err(not_found()),
                (_, Some(name)) if name != account.domain_name => Err(not_found()),
                _ => Ok(Self::Domain),
            };
        }
        if request.has("/auth/scope") {
            return Err(request.refused());
        }
        Ok(Self::None)
    }

    pub(super) fn project_id(&self) -> Option<String> {
        match self {
            Self::Project(project) => Some(project.id.clone()),
            Self::Domain | Self::None => None,
        }
    }
}

fn not_found() -> Refusal {
    Refusal::Spoken {
        voice: Voice::Iam,
        status: StatusCode::NOT_FOUND,
        message: "There is no such project or domain.".to_owned(),
    }
}
