//! A run in numbers.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Action;
use crate::platform::db::jsonb;

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
    pub(in crate::kominn) fn count(&mut self, action: Action) {
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
