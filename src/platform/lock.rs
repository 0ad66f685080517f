//! Exclusive use of a folder. The operating system releases it when the process dies, so a lock is never stale.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::Path,
};

use anyhow::{Context, Result, bail};

/// Locks `folder` by the file `name` in it, as long as the returned file lives; makes the folder when it is missing.
///
/// # Errors
/// When another process holds the lock, or the folder cannot be written.
pub fn exclusively(folder: &Path, name: &str) -> Result<File> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(name));
    let file = file.with_context(|| format!("cannot open {}/{name}", folder.display()))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            bail!("data folder {} is in use by another glomma", folder.display())
        }
        outcome => outcome.map(|()| file).with_context(|| format!("cannot lock {}/{name}", folder.display())),
    }
}
