//! One section of the file, on its way to credentials.

use std::path::PathBuf;

use mss_core::{Credentials, InvalidInput};
use zeroize::Zeroizing;

use super::{
    ini::{Entry, Ini, Section},
    invalid, shown,
};
use crate::{
    config_file::Place,
    credentials::{FoundCredentials, Loading, NotFound, federation::IdToken},
};

const ACCESS_KEY: &str = "ak";
const SECRET_KEY: &str = "sk";
const SECURITY_TOKEN: &str = "security_token";
const PROJECT_ID: &str = "project_id";
const DOMAIN_ID: &str = "domain_id";
const IAM_ENDPOINT: &str = "iam_endpoint";
const IDP_ID: &str = "idp_id";
const ID_TOKEN_FILE: &str = "id_token_file";

/// One section on its way to credentials.
pub(super) struct Reading<'a> {
    pub(super) place: &'a Place,
    pub(super) ini: &'a Ini<'a>,
    pub(super) section: &'a Section<'a>,
}

impl Reading<'_> {
    pub(super) fn found(&self, loading: &Loading<'_>) -> Result<FoundCredentials, NotFound> {
        let (project_id, domain_id) = (self.text(PROJECT_ID)?, self.text(DOMAIN_ID)?);
        let iam_endpoint = self.text(IAM_ENDPOINT)?;
        let (idp_id, id_token_file) = (self.text(IDP_ID)?, self.text(ID_TOKEN_FILE)?);
        if let (Some(idp_id), Some(file)) = (&idp_id, &id_token_file) {
            let id_token = IdToken {
                idp_id: idp_id.clone(),
                id_token_file: PathBuf::from(file),
                project_id,
                domain_id,
                iam_endpoint,
            };
            return id_token.load(loading);
        }
        let (access_key, secret_key) = match (self.value(ACCESS_KEY)?, self.value(SECRET_KEY)?) {
            (Some(access_key), Some(secret_key)) => (access_key, secret_key),
            (Some(_), None) => return Err(self.half(ACCESS_KEY, SECRET_KEY)),
            (None, Some(_)) => return Err(self.half(SECRET_KEY, ACCESS_KEY)),
            (None, None) if idp_id.is_some() => return Err(self.half(IDP_ID, ID_TOKEN_FILE)),
            (None, None) if id_token_file.is_some() => {
                return Err(self.half(ID_TOKEN_FILE, IDP_ID));
            }
            (None, None) => {
                let has = format!("{} has no {ACCESS_KEY} and {SECRET_KEY}", self.shown());
                return Err(invalid(has));
            }
        };
        let named = |error: InvalidInput| self.named(&error);
        let mut keys = Credentials::new(&**access_key, &**secret_key).map_err(named)?;
        if let Some(token) = self.value(SECURITY_TOKEN)? {
            keys = keys.with_security_token(&**token).map_err(named)?;
        }
        let mut found = FoundCredentials::keys(keys);
        found.origin = format!("[{}] of {}", shown(self.section.name), self.place.shown());
        found.project_id = project_id;
        found.domain_id = domain_id;
        found.iam_endpoint = iam_endpoint;
        Ok(found)
    }

    /// A value that is no secret.
    fn text(&self, key: &str) -> Result<Option<String>, NotFound> {
        Ok(self.value(key)?.map(|value| value.to_string()))
    }

    /// A value. An empty one counts as not there.
    fn value(&self, key: &str) -> Result<Option<Zeroizing<String>>, NotFound> {
        let Some(entry) = self.ini.entry(self.section, key) else {
            return Ok(None);
        };
        let refuse = |problem: &str| Err(invalid(format!("{} {problem}", self.at(key, entry))));
        if let Some(line) = entry.continued {
            let problem = format!("goes on in line {line}, for that line is indented");
            return refuse(&problem);
        }
        let value = match self.ini.value(self.section, entry) {
            Ok(value) => value,
            Err(problem) => return refuse(problem),
        };
        if value.len() > 1 && value.starts_with(['"', '\'']) && value.ends_with(['"', '\'']) {
            return refuse("is in quotes, which would be part of it");
        }
        if key != ID_TOKEN_FILE && value.contains([' ', '\t']) && value.contains(['#', ';']) {
            return refuse("has a comment behind it; a comment needs a line of its own");
        }
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    fn half(&self, given: &str, missing: &str) -> NotFound {
        invalid(format!("{} has {given}, but no {missing}", self.shown()))
    }

    /// Names the key in place of the field.
    fn named(&self, error: &InvalidInput) -> NotFound {
        let key = match error.field() {
            "access_key" => ACCESS_KEY,
            "secret_key" => SECRET_KEY,
            _ => SECURITY_TOKEN,
        };
        let text = error.to_string();
        let problem = text.strip_prefix(error.field()).unwrap_or(&text);
        match self.ini.entry(self.section, key) {
            Some(entry) => invalid(format!("{}{problem}", self.at(key, entry))),
            None => invalid(format!("{key} of {}{problem}", self.shown())),
        }
    }

    fn at(&self, key: &str, entry: &Entry<'_>) -> String {
        format!("{key} in line {} of {}", entry.line, self.place.shown())
    }

    fn shown(&self) -> String {
        let Section { name, line, .. } = self.section;
        format!("[{}] in line {line} of {}", shown(name), self.place.shown())
    }
}
