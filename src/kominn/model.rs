//! The ledger, runs and targets, as they are kept and shown.

use chrono::{DateTime, Utc};
use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::merge::{ItemChange, ItemConflict, Side};
use crate::platform::{
    closed::closed,
    db::jsonb,
    id::{MunicipalityId, ProjectId},
};

closed! {
    /// How a publication stands towards a site.
    pub enum LinkState {
        /// It is to be sent.
        Pending = "pending",
        /// It was sent, and the answer is not known yet.
        InFlight = "in_flight",
        /// It is there, as it is here.
        Synced = "synced",
        /// Both sides changed a field, and a person must choose.
        Conflict = "conflict",
        /// KOMINN does not take it as it is; a new version is tried.
        Rejected = "rejected",
        /// Somebody deleted it there.
        Gone = "gone",
        /// It failed too often; it is tried again when somebody says so.
        Dead = "dead",
    }
}

closed! {
    /// Whether it was sent to KS.
    pub enum InductState {
        /// It is to be sent.
        Asked = "asked",
        /// It was sent, and the answer is not known yet.
        InFlight = "in_flight",
        Sent = "sent",
        /// The answer was lost: look there before asking again.
        Unknown = "unknown",
        Refused = "refused",
    }
}

closed! {
    /// How far a run has come.
    pub enum RunState {
        /// Somebody asked for it; the next node that is free takes it.
        Asked = "asked",
        Running = "running",
        Done = "done",
        /// It stopped before its end; the next goes on where it stopped.
        Failed = "failed",
        /// Its process ended; the next goes on where it stopped.
        Interrupted = "interrupted",
    }
}

closed! {
    /// What a run did to one thing, or would do.
    pub enum Action {
        /// An item is made of a publication.
        Create = "create",
        /// Fields of an item change.
        Update = "update",
        /// An item is found again whose creation was not answered.
        Find = "find",
        /// What an item says is taken back.
        Withdraw = "withdraw",
        /// A person must choose.
        Conflict = "conflict",
        /// An item is gone.
        Gone = "gone",
        /// KOMINN refused.
        Reject = "reject",
        /// It failed, and is tried again later.
        Fail = "fail",
        /// What an item was inspired by changes.
        Inspire = "inspire",
        /// An item of others is shown here.
        Import = "import",
        /// An item of others is no longer shown here.
        Vanish = "vanish",
        /// So much would vanish that a person must look first.
        Hold = "hold",
        /// An item of others cannot be shown.
        Skip = "skip",
        /// It is sent to KS.
        SendToKs = "send_to_ks",
    }
}

/// Conflicts of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(super) struct Conflicts(pub(super) Vec<ItemConflict>);

jsonb!(Conflicts);

/// Which side counts, by field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(super) struct Choices(pub(super) std::collections::BTreeMap<String, Side>);

jsonb!(Choices);

/// Values by the names of their fields, as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(super) struct Pushed(pub(super) super::sharepoint::Fields);

jsonb!(Pushed);

/// What a step changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(super) struct Differences(pub(super) Vec<ItemChange>);

jsonb!(Differences);

/// What a run did, in numbers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(default)]
pub struct Counts {
    /// Items made.
    pub created: u32,
    /// Items changed.
    pub updated: u32,
    /// Items whose words were taken back.
    pub withdrawn: u32,
    /// Items that wait for a choice.
    pub conflicts: u32,
    /// Publications that were refused or failed.
    pub failed: u32,
    /// Items of ours that somebody deleted.
    pub gone: u32,
    /// Items of others that are new or changed here.
    pub imported: u32,
    /// Items of others that are no longer shown here.
    pub vanished: u32,
    /// Items that would have vanished, had they not been too many.
    pub held: u32,
}

jsonb!(Counts);

impl Counts {
    pub(super) fn count(&mut self, action: Action) {
        let counted = match action {
            Action::Create => &mut self.created,
            Action::Update | Action::Inspire => &mut self.updated,
            Action::Withdraw => &mut self.withdrawn,
            Action::Conflict => &mut self.conflicts,
            Action::Reject | Action::Fail | Action::Skip => &mut self.failed,
            Action::Gone => &mut self.gone,
            Action::Import => &mut self.imported,
            Action::Vanish => &mut self.vanished,
            Action::Hold => &mut self.held,
            Action::Find | Action::SendToKs => return,
        };
        *counted += 1;
    }
}

/// One thing that a run did, or would do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) owner: MunicipalityId,
    pub(super) project: Option<ProjectId>,
    pub(super) item: Option<i64>,
    pub(super) action: Action,
    pub(super) differences: Vec<ItemChange>,
    pub(super) error: Option<String>,
}

impl Step {
    pub(super) fn of(owner: MunicipalityId, project: Option<ProjectId>, action: Action) -> Self {
        Self { owner, project, item: None, action, differences: Vec::new(), error: None }
    }
}

/// The key of a run or a link.
pub(super) type Key = Uuid;

/// A publication and its item.
#[derive(Clone, Debug, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = crate::platform::db::schema::kominn_link, check_for_backend(diesel::pg::Pg))]
pub(super) struct Link {
    pub(super) id: Key,
    pub(super) target: String,
    pub(super) project_id: ProjectId,
    pub(super) municipality_id: MunicipalityId,
    pub(super) state: LinkState,
    pub(super) item_id: Option<i64>,
    pub(super) etag: Option<String>,
    pub(super) pushed: Pushed,
    pub(super) sending: Pushed,
    pub(super) version: i32,
    pub(super) withdrawn: bool,
    pub(super) mapping: String,
    pub(super) attempts: i32,
    pub(super) retry_at: Option<DateTime<Utc>>,
    pub(super) sent_at: Option<DateTime<Utc>>,
    pub(super) error: Option<String>,
    pub(super) conflicts: Conflicts,
    pub(super) choices: Choices,
    pub(super) remote_status: Option<String>,
    pub(super) induct: Option<InductState>,
    pub(super) updated_at: DateTime<Utc>,
}

impl Link {
    pub(super) fn new(
        target: &str,
        project_id: ProjectId,
        municipality_id: MunicipalityId,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: Uuid::now_v7(),
            target: target.to_owned(),
            project_id,
            municipality_id,
            state: LinkState::Pending,
            item_id: None,
            etag: None,
            pushed: Pushed::default(),
            sending: Pushed::default(),
            version: 0,
            withdrawn: false,
            mapping: String::new(),
            attempts: 0,
            retry_at: None,
            sent_at: None,
            error: None,
            conflicts: Conflicts::default(),
            choices: Choices::default(),
            remote_status: None,
            induct: None,
            updated_at: now,
        }
    }
}
