//! The project's id, from IAM, where nobody gives it.

use std::{collections::HashMap, mem};

use http::{Request, Response};
use mss_core::{
    CallClass, Endpoint, Idempotency, InvalidInput, Outcome, ProjectId, UnexpectedAnswer,
    check_success,
    identity::{ListProjects, trace_id},
};

use crate::{
    Error, ErrorKind,
    fork::{Locked, PerProcess},
    send::Sendable,
};

/// Most projects that are remembered: temporary keys have ever new names.
const MOST: usize = 1024;

/// Most ids that an error lists.
const LISTED: usize = 10;

const BY_HAND: &str = "give the project's id by hand: project_id or HUAWEICLOUD_SDK_PROJECT_ID";

/// The question for a region's own project.
#[derive(Debug)]
pub(crate) struct ProjectOfRegion {
    iam: Endpoint,
    list: ListProjects,
}

/// The answer: the ids of the projects with the region's name.
#[derive(Debug)]
pub(crate) struct Listed {
    ids: Vec<ProjectId>,
    trace_id: Option<String>,
}

impl Sendable for ProjectOfRegion {
    type Response = Listed;

    const NAME: &'static str = "ListProjects";
    const IDEMPOTENCY: Idempotency = Idempotency::Repeatable;
    // Asked once, and IAM's limits are its own: the class with the highest limit holds nobody up.
    const CLASS: CallClass = CallClass::ShowAsset;
    const ANSWER_LIMIT: usize = 256 * 1024;

    fn endpoint(&self) -> &Endpoint {
        &self.iam
    }

    fn project_id(&self) -> Option<&ProjectId> {
        None
    }

    fn request(&self) -> Result<Request<Vec<u8>>, InvalidInput> {
        self.list.request(&self.iam)
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<Listed, UnexpectedAnswer> {
        check_success(answer, true)?;
        let projects = self.list.parse(answer)?;
        Ok(Listed {
            ids: projects.into_iter().map(|project| project.id).collect(),
            trace_id: trace_id(answer.headers()).map(str::to_owned),
        })
    }

    fn subject(&self) -> Option<&str> {
        Some(&self.list.name)
    }
}

/// Whose project it is: a key's in a region, as one IAM knows them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    iam: String,
    access_key: String,
    region: String,
}

static FOUND: PerProcess<HashMap<Asked, ProjectId>> = PerProcess::new();

/// The id of the region's own project, which `send` asks IAM for. What was found with an access
/// key is remembered for this process; without one, the caller may be anybody.
pub(crate) fn lookup_project(
    iam: &Endpoint,
    access_key: Option<&str>,
    region: &str,
    send: impl FnOnce(&ProjectOfRegion) -> Result<Listed, Error>,
) -> Result<ProjectId, Error> {
    let asked = access_key.map(|access_key| Asked {
        iam: iam.to_string(),
        access_key: access_key.to_owned(),
        region: region.to_owned(),
    });
    if let Some(id) = asked.as_ref().and_then(|asked| found().get(asked).cloned()) {
        return Ok(id);
    }
    let question = ProjectOfRegion {
        iam: iam.clone(),
        list: ListProjects {
            name: region.to_owned(),
        },
    };
    let listed = send(&question).map_err(not_applied)?;
    let id = the_only(listed, &question).map_err(|problem| {
        Error::unsent(ErrorKind::InvalidConfig, ProjectOfRegion::NAME, problem)
    })?;
    if let Some(asked) = asked {
        let mut found = found();
        if found.len() >= MOST {
            found.clear();
        }
        found.insert(asked, id.clone());
    }
    Ok(id)
}

/// The question changes nothing, and the call that needs its answer wasn't sent.
fn not_applied(error: Error) -> Error {
    let kind = match (error.kind(), error.status()) {
        (ErrorKind::OutcomeUnknown, Some(status)) => ErrorKind::of_status(status),
        (kind, _) => kind,
    };
    error.with_kind(kind).with_outcome(Outcome::NotApplied)
}

fn the_only(listed: Listed, question: &ProjectOfRegion) -> Result<ProjectId, String> {
    let (iam, region) = (&question.iam, &question.list.name);
    let trace = listed.trace_id.map(|id| format!(" (request id {id})"));
    let trace = trace.unwrap_or_default();
    let mut ids = listed.ids;
    match ids.len() {
        0 => Err(format!(
            "IAM at {iam} knows no project called {region}{trace}: check the region's id \
             (cn-north-4, not its display name) and that the account uses the region, or {BY_HAND}"
        )),
        1 => Ok(ids.remove(0)),
        count => {
            let shown: Vec<_> = ids.iter().take(LISTED).map(ProjectId::as_str).collect();
            let more = if count > LISTED { ", ..." } else { "" };
            Err(format!(
                "IAM at {iam} knows {count} projects called {region}, {}{more}{trace}: {BY_HAND}",
                shown.join(", ")
            ))
        }
    }
}

fn found() -> Locked<'static, HashMap<Asked, ProjectId>> {
    FOUND.lock(|parents| parents.map(mem::take).unwrap_or_default())
}
