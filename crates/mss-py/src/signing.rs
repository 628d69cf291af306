//! How a client signs.

use mss_http::{Algorithm, ClientBuilder};
use pyo3::prelude::*;

use crate::{
    arguments::{OrDefault, text},
    raise,
};

const NAME: &str = "Client";

/// The client's arguments about signatures.
pub(crate) struct SigningArguments<'a, 'py> {
    pub(crate) algorithm: OrDefault<'py>,
    pub(crate) region: Option<&'a Bound<'py, PyAny>>,
    pub(crate) service: Option<&'a Bound<'py, PyAny>>,
}

impl SigningArguments<'_, '_> {
    pub(crate) fn apply(self, py: Python<'_>, builder: ClientBuilder) -> PyResult<ClientBuilder> {
        let default = Algorithm::default();
        let name = match &self.algorithm {
            OrDefault::Given(name) => text(NAME, "algorithm", name)?,
            OrDefault::Default => default.name(),
        };
        let region = self.region.map(|it| text(NAME, "signing_region", it));
        let service = self.service.map(|it| text(NAME, "signing_service", it));
        let algorithm = Algorithm::named(name, region.transpose()?, service.transpose()?);
        algorithm
            .map(|algorithm| builder.algorithm(algorithm))
            .map_err(|error| {
                // As the arguments are called here.
                let prefix = match error.field() {
                    "algorithm" => "",
                    _ => "signing_",
                };
                raise::invalid(py, NAME, &format!("{prefix}{error}"))
            })
    }
}
