//! Who may read a file with keys.

use std::{fs::Metadata, path::Path};

/// Warns, once for a path, about a file with keys that more people can read than its owner.
#[cfg(unix)]
pub(super) fn warn_if_open(path: &Path, metadata: &Metadata) {
    use std::{
        collections::BTreeSet,
        os::unix::fs::PermissionsExt as _,
        path::PathBuf,
        sync::{Mutex, TryLockError},
    };

    static WARNED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o044 == 0 {
        return;
    }
    // In a process that was forked at a bad moment the lock is never free again. To warn twice is
    // better than to wait.
    let is_new = match WARNED.try_lock() {
        Ok(mut warned) => warned.insert(path.to_owned()),
        Err(TryLockError::Poisoned(warned)) => warned.into_inner().insert(path.to_owned()),
        Err(TryLockError::WouldBlock) => true,
    };
    if is_new {
        let shown = path.display();
        log::warn!(
            "{shown} holds keys and can be read by others than its owner (mode {mode:03o}): \
             chmod 600 {shown}"
        );
    }
}

/// Windows has no such mode.
#[cfg(not(unix))]
pub(super) fn warn_if_open(_: &Path, _: &Metadata) {}
