//! ListProjects: the ids of the projects with a name.

use http::{Method, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::request;
use crate::{Endpoint, InvalidInput, ProjectId, UnexpectedAnswer};

/// What is percent-encoded in a query.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `GET /v3/projects?name=...`: the projects with this name that the caller may use. A region's
/// own project is called as the region, by its id (`cn-north-4`).
///
/// Source: [querying projects](https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html).
#[derive(Debug, Clone)]
pub struct ListProjects {
    /// The projects' name.
    pub name: String,
}

/// A project of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedProject {
    /// The project's id.
    pub id: ProjectId,
}

#[derive(Deserialize)]
struct Answer {
    projects: Vec<ListedProject>,
}

impl ListProjects {
    /// The request, to IAM, without anything that proves who sends it.
    ///
    /// # Errors
    ///
    /// None at present: any name can be encoded.
    pub fn request(&self, iam: &Endpoint) -> Result<Request<Vec<u8>>, InvalidInput> {
        let name = utf8_percent_encode(&self.name, ENCODED);
        request(Method::GET, iam, &format!("/v3/projects?name={name}"))
    }

    /// Reads an answer with status 200.
    ///
    /// # Errors
    ///
    /// [`UnexpectedAnswer`] when there is no list of projects in it.
    pub fn parse(
        &self,
        answer: &Response<Vec<u8>>,
    ) -> Result<Vec<ListedProject>, UnexpectedAnswer> {
        let answer: Answer = serde_json::from_slice(answer.body())
            .map_err(|_| UnexpectedAnswer::new("no usable list of projects in the answer"))?;
        Ok(answer.projects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::testing::{answer, iam, wire};

    fn list(name: &str) -> ListProjects {
        ListProjects { name: name.into() }
    }

    #[test]
    fn the_name_stands_in_the_query() {
        let request = list("cn-north-4").request(&iam()).unwrap();
        insta::assert_snapshot!(wire(&request), @r"
        GET https://iam.cn-north-4.myhuaweicloud.com/v3/projects?name=cn-north-4
        host: iam.cn-north-4.myhuaweicloud.com
        ");
        let request = list("a b&c=文").request(&iam()).unwrap();
        assert_eq!(request.uri().query(), Some("name=a%20b%26c%3D%E6%96%87"));
    }

    #[test]
    fn the_ids_are_read_and_anything_else_is_unexpected() {
        let body = r#"{"links":{"self":"x"},"projects":[{"id":"p-1","name":"cn-north-4","enabled":true},{"id":"p-2"}]}"#;
        let projects = list("n").parse(&answer(body)).unwrap();
        assert_eq!(
            projects.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(),
            ["p-1", "p-2"]
        );
        assert!(
            list("n")
                .parse(&answer(r#"{"projects":[]}"#))
                .unwrap()
                .is_empty()
        );
        for body in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"projects":[{"id":"../x"}]}"#,
            r#"{"projects":[{}]}"#,
        ] {
            list("n").parse(&answer(body)).expect_err(body);
        }
    }
}
