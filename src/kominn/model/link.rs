//! A row of the ledger.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Choices, Conflicts, InductState, Key, LinkState, Pushed};
use crate::platform::{
    db::schema::kominn_link,
    id::{MunicipalityId, ProjectId},
};

/// A publication and its item.
#[derive(Clone, Debug, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = kominn_link, check_for_backend(diesel::pg::Pg))]
pub(in crate::kominn) struct Link {
    pub(in crate::kominn) id: Key,
    pub(in crate::kominn) target: String,
    pub(in crate::kominn) project_id: ProjectId,
    pub(in crate::kominn) municipality_id: MunicipalityId,
    pub(in crate::kominn) state: LinkState,
    pub(in crate::kominn) item_id: Option<i64>,
    pub(in crate::kominn) etag: Option<String>,
    pub(in crate::kominn) pushed: Pushed,
    pub(in crate::kominn) sending: Pushed,
    pub(in crate::kominn) version: i32,
    pub(in crate::kominn) withdrawn: bool,
    pub(in crate::kominn) mapping: String,
    pub(in crate::kominn) attempts: i32,
    pub(in crate::kominn) retry_at: Option<DateTime<Utc>>,
    pub(in crate::kominn) sent_at: Option<DateTime<Utc>>,
    pub(in crate::kominn) error: Option<String>,
    pub(in crate::kominn) conflicts: Conflicts,
    pub(in crate::kominn) choices: Choices,
    pub(in crate::kominn) remote_status: Option<String>,
    pub(in crate::kominn) induct: Option<InductState>,
    pub(in crate::kominn) updated_at: DateTime<Utc>,
}

impl Link {
    pub(in crate::kominn) fn new(
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
