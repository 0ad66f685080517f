//! Which sites there are: a file that the operator writes (docs/kominn.md).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use chrono::TimeDelta;
use serde::Deserialize;

use super::{names::Profile, schedule::Schedule, sharepoint::Dialect};
use crate::platform::http::is_loopback;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// The page of a publication, for readers over there: an address with `{id}` in it.
    pub link: String,
    pub targets: Vec<Target>,
}

/// A KOMINN site.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What it is called here: a-z, 0-9 and hyphens.
    pub name: String,
    /// The absolute address of the `SharePoint` site.
    pub site: String,
    /// The generation of its lists.
    pub profile: Profile,
    /// How `SharePoint` is spoken to; by the profile unless set.
    pub dialect: Option<Dialect>,
    #[serde(default)]
    pub direction: Direction,
    pub auth: Auth,
    pub schedule: Schedule,
    /// How one of our items is known again.
    #[serde(default)]
    pub marker: Marker,
    /// What counts when both sides changed a field.
    #[serde(default)]
    pub conflicts: Rule,
    /// Choices of "type nytte" or "innsatsområder" by codes of `innovation_kinds` and `strategic_areas`.
    pub benefits: Option<BTreeMap<String, String>>,
    /// Whether the unit and the mailbox of the contact are sent.
    #[serde(default)]
    pub contact: bool,
    /// The status with which an item begins.
    #[serde(default = "submitted")]
    pub status: String,
    /// How many seconds a write whose answer was lost may still take effect over there.
    #[serde(default = "settle_seconds")]
    pub settle_seconds: u16,
    /// How many seconds a request may take.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u16,
    /// Whom requests name as their sender, for Microsoft's throttling.
    #[serde(default = "company")]
    pub company: String,
    /// "Send til KS"; off without it.
    pub induct: Option<Induct>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Push,
    Pull,
    #[default]
    Both,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marker {
    /// `NGI:` and the project's id as the competition reference, which can be looked up.
    #[default]
    Reference,
    /// The address of the publication in the advice to others, where references are used for campaigns.
    Link,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    #[default]
    Ask,
    Ours,
    Theirs,
}

/// Who we are over there. Secrets are in files.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    None,
    /// A token that somebody else renews.
    Bearer {
        token_file: PathBuf,
    },
    /// Entra ID, as the application itself, by its certificate.
    Entra {
        tenant: String,
        client_id: String,
        certificate_file: PathBuf,
        key_file: PathBuf,
        #[serde(default = "authority")]
        authority: String,
    },
    /// On-premises: a request digest for every write, and a service account where one is needed.
    Digest {
        username: Option<String>,
        password_file: Option<PathBuf>,
    },
}

/// KS' idea platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Induct {
    /// `https://api.induct.no`
    pub base: String,
    /// The client id, which is the only credential there is.
    pub client_file: PathBuf,
}

fn submitted() -> String {
    "Sendt inn".to_owned()
}

fn settle_seconds() -> u16 {
    60
}

fn timeout_seconds() -> u16 {
    20
}

fn company() -> String {
    "NedreGlomma".to_owned()
}

fn authority() -> String {
    "https://login.microsoftonline.com".to_owned()
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

impl Target {
    fn check(&self) -> anyhow::Result<()> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ensure!(
            (1..=40).contains(&self.name.len()) && self.name.chars().all(plain),
            "`name` must be a-z, 0-9, -"
        );
        check_address("site", &self.site)?;
        ensure!(
            !self.site.contains(['?', '#', '@']),
            "`site` must be the address of a site and nothing more"
        );
        if let Auth::Entra { authority, .. } = &self.auth {
            check_address("authority", authority)?;
        }
        if let Some(induct) = &self.induct {
            check_address("induct.base", &induct.base)?;
        }
        ensure!((1..=600).contains(&self.settle_seconds), "`settle_seconds` must be 1 to 600");
        ensure!((1..=300).contains(&self.timeout_seconds), "`timeout_seconds` must be 1 to 300");
        let plain = self.company.chars().all(|c| c.is_ascii_alphanumeric());
        ensure!(plain && !self.company.is_empty(), "`company` must be letters and digits");
        self.schedule.check()
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect.unwrap_or(match self.profile {
            Profile::V1_0 | Profile::V1_1 | Profile::Climate => Dialect::Verbose,
            Profile::V2 => Dialect::Light,
        })
    }

    /// After how long a write that was sent and not answered can no longer take effect.
    pub(super) fn settled_after(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.settle_seconds))
    }

    pub(super) fn pushes(&self) -> bool {
        self.direction != Direction::Pull
    }

    pub(super) fn pulls(&self) -> bool {
        self.direction != Direction::Push
    }
}

/// Whoever could answer on the way could read and write in our name.
fn check_address(what: &str, url: &str) -> anyhow::Result<()> {
    ensure!(url.starts_with("https://") || is_loopback(url), "`{what}` must be https");
    ensure!(!url.contains(['?', '#', '@']), "`{what}` must be an address and nothing more");
    Ok(())
}
