//! What the API shows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    attention::attention,
    config::Target,
    inbound::page,
    merge::{ItemChange, ItemConflict},
    model::{Action, Choices, Counts, InductState, Link, LinkState, RunState},
    run_store::RunRow,
    step_store::StepRow,
};
use crate::platform::{
    fingerprint::fingerprint, id::ProjectId, language::Language, page::Limit, respond::Entity, text::Text,
};

/// A KOMINN site, as the municipality stands towards it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KominnTarget {
    pub(super) name: String,
    /// The address of the site.
    pub(super) site: String,
    /// Whether publications are sent there.
    pub(super) sends: bool,
    /// Whether what others publish there is shown here.
    pub(super) reads: bool,
    /// When the municipality said that its public publications may be sent; null when it did not.
    pub(super) consent_given_at: Option<DateTime<Utc>>,
    /// How its publications stand, in numbers.
    pub(super) links: Vec<StateCount>,
    /// When everything there was read last.
    pub(super) swept_at: Option<DateTime<Utc>>,
    /// The site asked not to be asked before; null when it did not.
    pub(super) blocked_until: Option<DateTime<Utc>>,
    /// When it is due next.
    pub(super) next_run_at: DateTime<Utc>,
}

/// How many publications stand so.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StateCount {
    pub(super) state: String,
    pub(super) links: i64,
}

/// All sites.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KominnTargets {
    pub(super) items: Vec<KominnTarget>,
}

/// A publication and its item in KOMINN.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KominnLink {
    pub(super) id: Uuid,
    pub(super) target: String,
    pub(super) project_id: ProjectId,
    pub(super) state: LinkState,
    /// The number of the item there; null while there is none.
    pub(super) item: Option<i64>,
    /// Its page there.
    pub(super) url: Option<String>,
    /// Its status there, such as `Sendt inn` or `Publisert`.
    pub(super) remote_status: Option<String>,
    /// The version that was sent last; 0 before the first.
    pub(super) version: i32,
    /// Whether its words were taken back there.
    pub(super) withdrawn: bool,
    /// How often in a row it failed.
    pub(super) attempts: i32,
    /// When it is tried again.
    pub(super) retry_at: Option<DateTime<Utc>>,
    /// What went wrong last, in words.
    pub(super) error: Option<String>,
    /// Fields that both sides changed.
    pub(super) conflicts: Vec<ItemConflict>,
    /// Whether it was sent to KS; null when nobody asked.
    pub(super) induct: Option<InductState>,
    /// What a person should do, in the language of `Accept-Language`; null when there is nothing.
    pub(super) attention: Option<&'static str>,
    pub(super) updated_at: DateTime<Utc>,
}

impl KominnLink {
    /// `target` is none when the configuration knows the site no more.
    pub(super) fn of(link: Link, target: Option<&Target>, language: Language) -> Self {
        let url = target.zip(link.item_id).map(|(target, item)| page(target, item));
        let attention = attention(&link, language);
        Self {
            id: link.id,
            target: link.target,
            project_id: link.project_id,
            state: link.state,
            item: link.item_id,
            url,
            remote_status: link.remote_status,
            version: link.version,
            withdrawn: link.withdrawn,
            attempts: link.attempts,
            retry_at: link.retry_at,
            error: link.error,
            conflicts: link.conflicts.0,
            induct: link.induct,
            attention,
            updated_at: link.updated_at,
        }
    }
}

impl Entity for KominnLink {
    fn etag(&self) -> String {
        format!("\"k-{}\"", self.updated_at.timestamp_micros())
    }

    fn location(&self) -> String {
        format!("/v1/kominn/links/{}", self.id)
    }
}

/// Which links to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkQuery {
    /// Only those that stand so.
    #[param(inline)]
    pub(super) state: Option<LinkState>,
    /// Only at this site.
    #[param(inline)]
    pub(super) target: Option<Text<1, 40>>,
    /// Only of this project.
    pub(super) project_id: Option<ProjectId>,
    /// How many items a page holds.
    #[serde(default)]
    #[param(inline)]
    pub(super) limit: Limit,
    /// From `page.next`; opaque.
    pub(super) cursor: Option<String>,
}

/// Which side counts, for each field in conflict.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ConflictChoices {
    /// By the name of the field: `ours` or `theirs`.
    pub(super) choices: Choices,
}

/// What to run.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RunRequest {
    /// The name of the site.
    pub(super) target: String,
    /// Only to say what would be done.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// A run of a site.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KominnRun {
    pub(super) id: Uuid,
    pub(super) target: String,
    pub(super) dry_run: bool,
    pub(super) state: RunState,
    /// When it was due or asked for.
    pub(super) asked_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    /// What it did, or would do, in numbers, for all municipalities.
    pub(super) counts: Counts,
    /// Why it stopped before its end.
    pub(super) error: Option<String>,
}

impl From<RunRow> for KominnRun {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id,
            target: row.target,
            dry_run: row.dry,
            state: row.state,
            asked_at: row.asked_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            counts: row.counts,
            error: row.error,
        }
    }
}

impl Entity for KominnRun {
    fn etag(&self) -> String {
        format!("\"r-{}\"", fingerprint(&serde_json::to_vec(self).unwrap_or_default()))
    }

    fn location(&self) -> String {
        format!("/v1/kominn/runs/{}", self.id)
    }
}

/// One thing that a run did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KominnStep {
    /// Its place in the run.
    pub(super) nth: i32,
    pub(super) action: Action,
    /// The publication here.
    pub(super) project_id: Option<ProjectId>,
    /// The item there.
    pub(super) item: Option<i64>,
    /// Each field that changes. What an item is inspired by is named by publications.
    pub(super) differences: Vec<ItemChange>,
    pub(super) error: Option<String>,
}

impl From<StepRow> for KominnStep {
    fn from(row: StepRow) -> Self {
        Self {
            nth: row.nth,
            action: row.action,
            project_id: row.project_id,
            item: row.item_id,
            differences: row.differences.0,
            error: row.error,
        }
    }
}

/// How many were revived.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Revived {
    pub(super) revived: usize,
}
