//! One site.

use std::{collections::BTreeMap, time::Duration};

use anyhow::ensure;
use chrono::TimeDelta;
use serde::Deserialize;

use super::{Auth, Direction, Induct, Marker, Rule, check_address};
use crate::kominn::{names::Profile, schedule::Schedule, sharepoint::Dialect};

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

impl Target {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ensure!(
            (1..=40).contains(&self.name.len()) && self.name.chars().all(plain),
            "`name` must be a-z, 0-9, -"
        );
        check_address("site", &self.site)?;
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

    pub(in crate::kominn) fn dialect(&self) -> Dialect {
        self.dialect.unwrap_or(match self.profile {
            Profile::V1_0 | Profile::V1_1 | Profile::Climate => Dialect::Verbose,
            Profile::V2 => Dialect::Light,
        })
    }

    /// After how long a write that was sent and not answered can no longer take effect.
    pub(in crate::kominn) fn settled_after(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.settle_seconds))
    }

    /// How long one waits before what failed is tried again: a second when a request may take 20, and twice as long each time, to
    /// half a minute.
    pub(in crate::kominn) fn pause(&self, times: u32) -> Duration {
        let pause = Duration::from_secs(self.timeout_seconds.into()) / 20 * 2_u32.pow(times.min(5));
        pause.min(Duration::from_secs(30))
    }

    pub(in crate::kominn) fn pushes(&self) -> bool {
        self.direction != Direction::Pull
    }

    pub(in crate::kominn) fn pulls(&self) -> bool {
        self.direction != Direction::Push
    }
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
