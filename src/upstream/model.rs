//! How a project stands towards what it imitates.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    municipalities::MunicipalityRef,
    platform::{
        closed::closed,
        error::{Code, Error, Result},
        id::ProjectId,
        respond::Entity,
        text::Text,
    },
    projects::{Decision, Difference, Field, FieldSet, FieldState, Mode, Project, check_decisions, decision},
};

closed! {
    /// How a project stands towards one that it imitates.
    pub enum UpstreamStatus {
        /// They say the same.
        Identical = "identical",
        /// There are changes to take over.
        Behind = "behind",
        /// Only the imitation was changed.
        Ahead = "ahead",
        /// Both were changed.
        Diverged = "diverged",
        /// It was taken back.
        Withdrawn = "withdrawn",
        /// It is there, but no longer for you.
        NotShown = "not_shown",
    }
}

/// What a project imitates, compared with it; each by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Upstreams {
    pub project_id: ProjectId,
    pub revision: i64,
    /// In the order in which they were named; empty for an original.
    pub items: Vec<Upstream>,
    #[serde(skip)]
    pub tag: String,
}

/// A publication that a project imitates, and what became of it there and here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Upstream {
    pub publication_id: ProjectId,
    pub municipality: MunicipalityRef,
    /// Of the latest version; null when you may not see it.
    pub title: Option<String>,
    pub mode: Mode,
    pub status: UpstreamStatus,
    /// The version that was imitated, or merged last.
    pub base_version: i32,
    /// Null when you may not see it.
    pub latest_version: Option<i32>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// When you stopped following it; null while you do.
    pub detached_at: Option<DateTime<Utc>>,
    pub detachment_reason: Option<String>,
    /// Every member that an imitation takes over; empty when you may not see the upstream.
    pub fields: Vec<Compared>,
}

/// A member in three places.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Compared {
    pub field: Field,
    pub state: FieldState,
    /// In the version that was imitated, or merged last.
    pub base: Value,
    /// In the latest version upstream.
    pub theirs: Value,
    /// In your project.
    pub mine: Value,
    /// What they did to it; null for nothing.
    pub their_change: Option<Difference>,
    /// What you did to it; null for nothing.
    pub my_change: Option<Difference>,
}

impl Entity for Upstreams {
    fn etag(&self) -> String {
        self.tag.clone()
    }

    fn location(&self) -> String {
        format!("/v1/projects/{}/upstream", self.project_id)
    }
}

/// What to take over.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MergeRequest {
    /// From which upstream; may be left out while the project follows only one.
    #[serde(default)]
    pub publication_id: Option<ProjectId>,
    /// Up to which version; the latest unless named.
    #[serde(default)]
    pub to_version: Option<i32>,
    /// Members for which theirs wins. Of a list: what they added is added, what they removed is removed.
    #[serde(default)]
    #[schema(inline)]
    pub take: FieldSet,
    /// Members that stay as they are here.
    #[serde(default)]
    #[schema(inline)]
    pub keep: FieldSet,
}

impl MergeRequest {
    /// Whether every decision can be one.
    pub(super) fn check(&self) -> Result<()> {
        let rule = "is each municipality's own";
        match check_decisions((&self.take, &self.keep), Field::is_shared, rule) {
            faults if faults.is_empty() => Ok(()),
            faults => Err(Error::faults(Code::InvalidBody, "A decision breaks its rule.", faults)),
        }
    }

    pub(super) fn decision(&self, field: Field) -> Option<Decision> {
        decision(&self.take, &self.keep, field)
    }
}

/// What a merge did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Merge {
    /// Whether nothing was written.
    pub dry_run: bool,
    pub publication_id: ProjectId,
    /// The base before.
    pub from_version: i32,
    /// The base after.
    pub to_version: i32,
    /// The members that either side had changed.
    pub fields: Vec<Merged>,
    /// The project after the merge.
    pub project: Project,
}

/// What a merge did to a member.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Merged {
    pub field: Field,
    pub state: FieldState,
    pub outcome: Outcome,
    /// What it does to yours; null for nothing.
    pub change: Option<Difference>,
}

closed! {
    /// What a merge does to a member of the project.
    pub enum Outcome {
        /// It stays.
        Kept = "kept",
        /// It becomes theirs.
        Taken = "taken",
        /// It has what both added, and lacks what either removed.
        United = "united",
    }
}

impl Entity for Merge {
    fn etag(&self) -> String {
        self.project.etag()
    }

    fn location(&self) -> String {
        self.project.location()
    }
}

/// Why a project stops following what it came from.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Detachment {
    #[schema(inline)]
    pub reason: Text<1, 1000>,
}
