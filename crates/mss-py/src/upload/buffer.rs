//! Python's memory as a reader.

use std::io::{self, Read, Seek, SeekFrom};

use pyo3::{
    buffer::PyBuffer,
    prelude::*,
    types::{PyMemoryView, PySlice},
};

use super::reader::Raising;
use crate::arguments::wrong_type;

/// Reads memory that other Python code may write to meanwhile: each piece is copied under the
/// interpreter's lock. What was changed after the MD5 was taken is refused by the store.
pub(super) struct BufferReader {
    /// A memoryview of bytes.
    view: Py<PyAny>,
    size: usize,
    at: usize,
}

impl BufferReader {
    /// Any object with contiguous memory, whatever its items are.
    pub(super) fn new(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let viewed = PyMemoryView::from(value).and_then(|view| {
            let view = view.into_any();
            if PyBuffer::<u8>::get(&view).is_ok_and(|it| it.dimensions() == 1) {
                return Ok(view);
            }
            view.call_method1("cast", ("B",))
        });
        let is_usable = |view: &Bound<'_, PyAny>| {
            PyBuffer::<u8>::get(view).is_ok_and(|it| it.is_c_contiguous())
        };
        let Some(view) = viewed.ok().filter(is_usable) else {
            return Err(wrong_type("source", "a contiguous buffer", value));
        };
        Ok(Self {
            size: view.len()?,
            view: view.unbind(),
            at: 0,
        })
    }

    fn copy(&self, py: Python<'_>, block: &mut [u8]) -> PyResult<()> {
        let end = isize::try_from(self.at + block.len())?;
        let piece = PySlice::new(py, isize::try_from(self.at)?, end, 1);
        let piece = self.view.bind(py).get_item(piece)?;
        PyBuffer::<u8>::get(&piece)?.copy_to_slice(py, block)
    }
}

impl Read for BufferReader {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let amount = block.len().min(self.size.saturating_sub(self.at));
        let copied = Python::try_attach(|py| {
            let copied = self.copy(py, &mut block[..amount]);
            copied.map_err(|error| Raising::new(py, error).into())
        });
        copied
            .unwrap_or_else(|| Err(io::Error::other("can't be read: the interpreter has ended")))?;
        self.at += amount;
        Ok(amount)
    }
}

impl Seek for BufferReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(offset) => usize::try_from(offset).ok(),
            SeekFrom::Current(offset) => offset_from(self.at, offset),
            SeekFrom::End(offset) => offset_from(self.size, offset),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at as u64)
    }
}

fn offset_from(base: usize, offset: i64) -> Option<usize> {
    base.checked_add_signed(isize::try_from(offset).ok()?)
}
