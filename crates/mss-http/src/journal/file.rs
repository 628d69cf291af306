//! The file of a journal: who may have it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::Path,
};

use super::{error, io_error, read::End};
use crate::Error;

/// A new file, or one that is empty, locked.
pub(super) fn create(path: &Path) -> Result<File, Error> {
    let file = locked(path, options().create(true), "can't be made")?;
    let length = file.metadata().map(|it| it.len());
    match length.map_err(|source| io_error(path, "can't be looked at", source))? {
        0 => Ok(file),
        _ => Err(error(
            path,
            "is there already: resume it, or name another file",
        )),
    }
}

/// A file that is there, locked.
pub(super) fn open(path: &Path) -> Result<File, Error> {
    locked(path, &mut options(), "can't be opened")
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        // Who may put a link there could have the lines written elsewhere. A FIFO isn't waited
        // for either.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600);
        options.custom_flags(flags.bits().cast_signed());
    }
    options
}

fn locked(path: &Path, options: &mut OpenOptions, failed: &str) -> Result<File, Error> {
    let is_link = || fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    let refuse_link = || Err(error(path, "is a symbolic link; name the file itself"));
    // Where opening follows links after all.
    if cfg!(not(unix)) && is_link() {
        return refuse_link();
    }
    let file = match options.open(path) {
        Ok(file) => file,
        Err(_) if is_link() => return refuse_link(),
        Err(source) => return Err(io_error(path, failed, source)),
    };
    let metadata = file.metadata();
    let metadata = metadata.map_err(|source| io_error(path, "can't be looked at", source))?;
    if !metadata.is_file() {
        return Err(error(path, "is no regular file"));
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let problem = "another process is at work with it; only one may write a journal";
            return Err(error(path, problem));
        }
        Err(TryLockError::Error(source)) => {
            return Err(io_error(path, "can't be locked", source));
        }
    }
    make_private(path, &file).map_err(|source| io_error(path, "can't be made private", source))?;
    Ok(file)
}

/// Takes away what others may do with it: it names a tenant's files.
#[cfg(unix)]
fn make_private(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = file.metadata()?.permissions().mode() & 0o777;
    let of_others = mode & 0o077;
    if of_others == 0 {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(mode & 0o700))?;
    log::warn!(
        "the journal {} was open to others than its owner (mode {mode:03o}) and is so no more",
        path.display()
    );
    Ok(())
}

/// Windows has no such mode.
#[cfg(not(unix))]
fn make_private(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

/// Cuts a last line away that breaks off.
pub(super) fn cut(path: &Path, file: &File, end: End) -> Result<(), Error> {
    let Some(torn) = end.torn else { return Ok(()) };
    let cut = file.set_len(end.length).and_then(|()| file.sync_data());
    cut.map_err(|source| io_error(path, "its last line can't be cut away", source))?;
    log::warn!(
        "line {} of the journal {} breaks off and was cut away: who wrote it ended before anything \
         that it guards",
        torn,
        path.display()
    );
    Ok(())
}

/// A file that was made is there after a power failure only when its directory is on the disk.
#[cfg(unix)]
pub(super) fn sync_directory(path: &Path) -> Result<(), Error> {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))
        .and_then(|directory| directory.sync_all())
        .map_err(|source| io_error(path, "its directory can't be brought to the disk", source))
}

/// Windows opens no directories.
#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> Result<(), Error> {
    Ok(())
}
