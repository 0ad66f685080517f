//! What can be seen to have happened.

use chrono::{DateTime, Utc};

use crate::{
    platform::{closed::closed, id::ProjectId},
    projects::Audience,
};

closed! {
    /// What happened to a publication.
    pub enum ChangeKind {
        /// It is there, for the first time or again.
        Published = "published",
        /// It has a new version.
        VersionPublished = "version_published",
        /// Others may see it than before.
        AudienceChanged = "audience_changed",
        /// It was taken back.
        Withdrawn = "withdrawn",
        /// A reader sees it who did not before.
        SightGained = "sight_gained",
        /// A reader no longer sees it.
        SightLost = "sight_lost",
        /// What it imitates is shown otherwise: another version was merged, or it was detached.
        OriginsChanged = "origins_changed",
    }
}

/// A fact to be recorded: how a publication is after it.
#[derive(Debug)]
pub struct Change {
    pub kind: ChangeKind,
    pub publication: ProjectId,
    pub version: i32,
    pub audience: Audience,
    /// For whom it was before; none when nobody else saw it: the first time, and again after a withdrawal.
    pub audience_before: Option<Audience>,
    pub occurred_at: DateTime<Utc>,
}
