//! `GET /v3/projects`: the projects, or those of one name.

use http::{StatusCode, request::Parts};
use serde_json::{Value, json};

use super::super::{Service, query, reply::Reply};

pub(super) fn answer(service: &Service, head: &Parts) -> Reply {
    let wanted = query::value(head, "name");
    let projects = service.identity.projects.iter();
    let projects =
        projects.filter(|project| wanted.as_ref().is_none_or(|wanted| *wanted == project.name));
    let address = format!("{}/v3/projects", service.own_url());
    let domain_id = &service.identity.account.domain_id;
    let projects: Vec<Value> = projects
        .map(|project| {
            json!({
                "is_domain": false,
                "description": "",
                "links": {"self": format!("{address}/{}", project.id)},
                "enabled": true,
                "id": project.id,
                "parent_id": domain_id,
                "domain_id": domain_id,
                "name": project.name,
            })
        })
        .collect();
    let links = json!({"self": address, "previous": null, "next": null});
    let body = json!({"links": links, "projects": projects});
    Reply::json(StatusCode::OK, &body)
}
