//! What is told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    changes::ChangeKind,
    municipalities::MunicipalityRef,
    platform::{
        closed::closed,
        id::{ProjectId, ProposalId},
        page::{Limit, PageLinks},
    },
};

closed! {
    /// Why a municipality is told of something; the first of these that holds.
    pub enum Because {
        /// It is about a proposal of yours, or to you.
        Proposal = "proposal",
        YouImitateIt = "you_imitate_it",
        ItImitatesYours = "it_imitates_yours",
        /// Somebody uses a publication of yours without a copy.
        ItIsYours = "it_is_yours",
        YouFollowIt = "you_follow_it",
        YouFollowItsMunicipality = "you_follow_its_municipality",
        YouFollowItsArea = "you_follow_its_area",
    }
}

/// What a municipality is told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Notification {
    /// Grows with the change log; each municipality has its own notifications.
    pub id: i64,
    /// What happened.
    pub kind: ChangeKind,
    pub because: Because,
    pub publication_id: ProjectId,
    /// Null when it is withdrawn, or no longer shown to you.
    pub title: Option<String>,
    /// Whose publication it is.
    pub municipality: MunicipalityRef,
    /// The version that it was in then.
    pub version: i32,
    /// Who did it.
    pub actor: MunicipalityRef,
    /// Null unless it is about a proposal.
    pub proposal_id: Option<ProposalId>,
    pub occurred_at: DateTime<Utc>,
    /// Null while it is unread.
    pub read_at: Option<DateTime<Utc>>,
}

/// What a municipality was told, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Notifications {
    pub items: Vec<Notification>,
    /// How many are unread, of all.
    pub unread: i64,
    pub page: PageLinks,
}

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct NotificationQuery {
    /// Only those that are unread.
    #[serde(default)]
    pub unread: bool,
    /// How many items a page holds.
    #[serde(default)]
    #[param(inline)]
    pub limit: Limit,
    /// From `page.next`; opaque.
    pub cursor: Option<String>,
}
