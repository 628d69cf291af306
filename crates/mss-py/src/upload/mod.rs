//! Uploads.

mod buffer;
mod callback;
mod many;
mod options;
mod reader;
mod resume;
mod source;

use mss_http::{Client, Progress};
use pyo3::{prelude::*, types::PyDict};

pub(crate) use many::upload_many;
pub(crate) use options::Resume;
pub(crate) use options::{Keywords, read};
pub(crate) use reader::Raising;
pub(crate) use resume::resume;

use self::{
    callback::Callback,
    options::{About, Place, Ties, Ways},
};
use crate::{call::Entered, raise, results::Uploaded, signals::Raised};

const NAME: &str = "Upload";

/// Uploads one file.
pub(crate) fn upload(
    call: &Entered<'_>,
    client: &Client,
    source: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Uploaded> {
    let py = source.py();
    let (mut place, mut about) = (Place::default(), About::default());
    let (mut ways, mut ties) = (Ways::default(), Ties::default());
    options::read(
        "upload",
        options,
        &mut [&mut place, &mut about, &mut ways, &mut ties],
    )?;
    source::check(source)?;
    let raised = Raised::on_this_thread(py)?;
    let found = source::find(source, about, &raised)?;
    let upload = ways.apply(place.upload(py, found.source)?);
    let progress = ties.progress.map(|it| Callback::new(it, &raised));
    let (exception, result) = call.run(py, client, &raised, ties.cancel.as_ref(), |client| {
        let Some(progress) = progress else {
            return client.upload(upload);
        };
        let tell = |at: Progress| progress.tell(|_| Ok((at.stage.as_str(), at.done, at.total)));
        client.upload(upload.progress(&tell))
    });
    let Some(exception) = exception else {
        return Ok(result.map_err(|error| raise::error(py, &error))?.into());
    };
    let cause = match result {
        Err(error) => raise::error(py, &error),
        Ok(uploaded) => raise::too_late(py, NAME, &found.subject, &uploaded),
    };
    exception.set_cause(py, Some(cause));
    Err(exception)
}
