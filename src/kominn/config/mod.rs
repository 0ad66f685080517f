//! Which sites there are: a file that the operator writes (docs/kominn.md).

mod access;
mod choice;
mod target;

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, ensure};
use serde::Deserialize;

pub use self::target::Target;
pub(super) use self::{
    access::{Auth, Induct},
    choice::{Direction, Marker, Rule},
};
use crate::platform::http::is_loopback;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// The page of a publication, for readers over there: an address with `{id}` in it.
    pub link: String,
    pub targets: Vec<Target>,
}

impl Targets {
    /// Reads the file and checks it.
    ///
    /// # Errors
    /// When it cannot be read, or says what cannot be; the message names the target.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let read: Self = serde_json::from_slice(&text).with_context(|| path.display().to_string())?;
        read.check().with_context(|| path.display().to_string())?;
        Ok(read)
    }

    pub fn find(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.link.contains("{id}"), "`link` must have {{id}} in it");
        let names: BTreeSet<&str> = self.targets.iter().map(|target| target.name.as_str()).collect();
        ensure!(names.len() == self.targets.len(), "two targets have one name");
        for target in &self.targets {
            target.check().with_context(|| format!("target {}", target.name))?;
        }
        Ok(())
    }
}

/// Whoever could answer on the way could read and write in our name.
fn check_address(what: &str, url: &str) -> anyhow::Result<()> {
    ensure!(url.starts_with("https://") || is_loopback(url), "`{what}` must be https");
    ensure!(!url.contains(['?', '#', '@']), "`{what}` must be an address and nothing more");
    Ok(())
}
