//! Many uploads in one call.

use std::{cell::RefCell, collections::HashSet};

use mss_http::{
    Client, Error, ManyOptions, ManyProgress, Uploaded as Done,
    journal::{Journal, JournalKind},
};
use pyo3::{
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyList},
};

use super::{
    NAME,
    callback::Callback,
    options::{self, About, Batch, Keywords, Place, Ties, Ways},
    source,
};
use crate::{arguments::wrong_type, call::Entered, raise, results::Uploaded, signals::Raised};

/// What is reported as the stage of a batch.
const STAGE: &str = "upload";

/// One of the files, as the caller gave it.
struct Item<'py> {
    source: Bound<'py, PyAny>,
    place: Place,
    about: About,
}

/// Uploads many files: a list of `metastudio.UploadResult`, in their order.
pub(crate) fn upload_many<'py>(
    call: &Entered<'_>,
    client: &Client,
    files: &Bound<'py, PyAny>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyList>> {
    let py = files.py();
    let (mut place, mut ways) = (Place::default(), Ways::default());
    let (mut ties, mut batch) = (Ties::default(), Batch::default());
    options::read(
        "upload_many",
        options,
        &mut [&mut place, &mut ways, &mut ties, &mut batch],
    )?;
    let mut items = items(files)?;
    let raised = Raised::on_this_thread(py)?;
    let mut subjects = Vec::with_capacity(items.len());
    let mut uploads = Vec::with_capacity(items.len());
    for Item {
        source: value,
        place: own,
        about,
    } in &mut items
    {
        let found = source::find(value, std::mem::take(about), &raised)?;
        let own = std::mem::take(own).or(&place);
        let upload = ways.apply(own.upload(py, found.source)?);
        uploads.push(upload.leave_open(!batch.confirm));
        subjects.push(found.subject);
    }

    let progress = ties.progress.map(|it| Callback::new(it, &raised));
    let on_result = batch.on_result.map(|it| Callback::new(it, &raised));
    let (rate, concurrency, journal) = (batch.rate, batch.concurrency, batch.journal);
    let (exception, results) = call.run(py, client, &raised, ties.cancel.as_ref(), |client| {
        // What was shown is what is returned in the end.
        let shown = RefCell::new((0..subjects.len()).map(|_| None).collect::<Vec<_>>());
        let tell = |at: ManyProgress| {
            if let Some(progress) = &progress {
                progress.tell(|_| Ok((STAGE, at.bytes_done, at.bytes_total)));
            }
        };
        let ended = |index: usize, result: &Result<Done, Error>| {
            if let Some(on_result) = &on_result {
                on_result.tell(|py| {
                    let result = as_python(py, &subjects[index], result)?.unbind();
                    shown.borrow_mut()[index] = Some(result.clone_ref(py));
                    Ok((index, result))
                });
            }
        };
        let mut options = ManyOptions::new().rate(rate).progress(&tell).ended(&ended);
        if let Some(files) = concurrency {
            options = options.concurrency(files);
        }
        if let Some(path) = &journal {
            let header = client.journal_header(JournalKind::Upload)?;
            options = options.journal(Journal::create(path, &header)?);
        }
        let results = client.upload_many(uploads, &options)?;
        Ok((results, shown.into_inner()))
    });
    let (results, shown) = match results {
        Ok(results) => results,
        Err(error) => {
            let error = raise::error(py, &error);
            let Some(exception) = exception else {
                return Err(error);
            };
            exception.set_cause(py, Some(error));
            return Err(exception);
        }
    };
    let list = PyList::empty(py);
    for ((subject, result), shown) in subjects.iter().zip(&results).zip(shown) {
        list.append(match shown {
            Some(shown) => shown.into_bound(py),
            None => as_python(py, subject, result)?,
        })?;
    }
    let Some(exception) = exception else {
        return if batch.raise_on_error && results.iter().any(Result::is_err) {
            Err(failures(py, intern!(py, "failed"), &list)?)
        } else {
            Ok(list)
        };
    };
    exception.set_cause(py, Some(failures(py, intern!(py, "cancelled"), &list)?));
    Err(exception)
}

fn items<'py>(files: &Bound<'py, PyAny>) -> PyResult<Vec<Item<'py>>> {
    let py = files.py();
    let wrong = || wrong_type("files", "an iterable of sources or UploadItems", files);
    // Each of these is one file, and most can be iterated over as well.
    let is_one = source::is_path(files)?
        || source::is_buffer(files)
        || files.hasattr(intern!(py, "read"))?
        || files.is_instance_of::<PyDict>();
    if is_one {
        return Err(wrong());
    }
    let files = files.try_iter().map_err(|_| wrong())?;
    let items = files
        .map(|file| item(&file?))
        .collect::<PyResult<Vec<_>>>()?;
    let mut readers = HashSet::new();
    for Item { source, .. } in &items {
        let is_file = !source::is_path(source)? && source.hasattr(intern!(py, "read"))?;
        if is_file && !readers.insert(source.as_ptr()) {
            let text = "the same file object is given twice; it has one position";
            return Err(raise::invalid(py, NAME, text));
        }
    }
    Ok(items)
}

fn item<'py>(file: &Bound<'py, PyAny>) -> PyResult<Item<'py>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = file.py();
    let (mut place, mut about) = (Place::default(), About::default());
    if !file.is_instance(CLASS.import(py, "metastudio", "UploadItem")?)? {
        source::check(file)?;
        return Ok(Item {
            source: file.clone(),
            place,
            about,
        });
    }
    let names = [
        "asset_id",
        "new_asset",
        "category",
        "file_name",
        "file_type",
        "file_size",
        "file_md5",
    ];
    for name in names {
        let value = file.getattr(name)?;
        let _ = value.is_none() || place.take(name, &value)? || about.take(name, &value)?;
    }
    let source = file.getattr(intern!(py, "source"))?;
    source::check(&source)?;
    Ok(Item {
        source,
        place,
        about,
    })
}

fn as_python<'py>(
    py: Python<'py>,
    subject: &str,
    result: &Result<Done, Error>,
) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = CLASS.import(py, "metastudio", "UploadResult")?;
    match result {
        Ok(done) => class.call1((subject, Uploaded::from(done.clone()), py.None())),
        Err(error) => class.call1((subject, py.None(), raise::error(py, error).into_value(py))),
    }
}

/// The exception that stands for a whole batch.
fn failures<'py>(
    py: Python<'py>,
    how: &Bound<'py, pyo3::types::PyString>,
    results: &Bound<'py, PyList>,
) -> PyResult<PyErr> {
    let module = py.import(intern!(py, "metastudio._many"))?;
    Ok(PyErr::from_value(module.call_method1(how, (results,))?))
}
