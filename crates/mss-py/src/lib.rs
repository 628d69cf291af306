//! The extension module `metastudio._mss`: Rust values to Python values and back.
//!
//! Nothing here has behaviour of its own; what a user may rely on is written in
//! `python/metastudio/_mss.pyi`.

mod arguments;
mod assets;
mod batch;
mod call;
mod cancel;
mod client;
mod command;
mod credentials;
mod emulator;
mod event;
mod fields;
mod files;
mod forking;
mod guard;
mod interpreter;
mod logging;
mod moment;
mod network;
mod pickled;
mod raise;
mod results;
mod signals;
mod signer;
mod signing;
mod source;
mod upload;

use pyo3::prelude::*;

/// The module, as Python sees it.
#[pymodule]
mod _mss {
    use super::{Bound, PyModule, PyModuleMethods as _, PyResult, forking, interpreter, logging};
    #[pymodule_export]
    use super::{
        batch::{ConfirmResult, ConfirmResults},
        cancel::{CancelHandle, run_cancellable},
        client::Client,
        command::run_command,
        credentials::{Credentials, Token},
        emulator::Emulator,
        pickled::own_credentials,
        results::{
            ConfirmedUpload, CreatedAsset, CreatedFile, CreatedLargeFile, Deleted, Uploaded,
        },
        signer::Signer,
        source::CredentialSource,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        interpreter::check(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        logging::install();
        forking::watch(module)
    }
}
