//! The file in which clients find the certificate of the emulator's CA.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf, absolute},
};

use tempfile::TempPath;

use crate::failure::Failure;

/// A temporary file goes with this value.
pub(crate) enum CaFile {
    Named(PathBuf),
    Temporary(TempPath),
}

impl CaFile {
    /// Without a path into a temporary file.
    pub(crate) fn write(pem: &str, path: Option<&Path>) -> Result<Self, Failure> {
        match path {
            Some(path) => named(pem, path).map_err(|error| failed(path, &error)),
            None => temporary(pem).map_err(|error| failed(Path::new("a temporary file"), &error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Named(path) => path,
            Self::Temporary(path) => path,
        }
    }
}

fn named(pem: &str, path: &Path) -> io::Result<CaFile> {
    // Shells in other directories shall find it.
    let path = absolute(path)?;
    fs::write(&path, pem)?;
    Ok(CaFile::Named(path))
}

fn temporary(pem: &str) -> io::Result<CaFile> {
    let mut file = tempfile::Builder::new()
        .prefix("metastudio-ca-")
        .suffix(".pem")
        .tempfile()?;
    file.write_all(pem.as_bytes())?;
    Ok(CaFile::Temporary(file.into_temp_path()))
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    let problem = format!("the CA's certificate, {}: {error}", path.display());
    Failure::Output(String::new(), io::Error::new(error.kind(), problem))
}
