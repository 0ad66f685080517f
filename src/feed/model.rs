//! What a follower is told.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    changes::ChangeKind,
    municipalities::MunicipalityRef,
    platform::id::{ProjectId, ProposalId},
    publications::Publication,
};

/// What happened behind a position of the change log, as far as you may know of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changes {
    /// In the order of the log.
    pub items: Vec<Change>,
    /// What to send as `after` next time. It can grow without items: what others may see has positions too.
    pub position: i64,
    /// Whether there is more: ask again at once.
    pub more: bool,
}

/// What happened to a publication.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Change {
    pub position: i64,
    /// What it means to you: another audience is `sight_gained` for those who may see the publication only since, and
    /// `sight_lost` for those who no longer may; so is a municipality that joins or leaves a region.
    pub kind: ChangeKind,
    pub publication_id: ProjectId,
    pub municipality: MunicipalityRef,
    /// The proposal that it is about; null unless it is about one.
    pub proposal_id: Option<ProposalId>,
    pub occurred_at: DateTime<Utc>,
    /// Whether you may see the publication now; if not, remove what you keep of it.
    pub visible: bool,
    /// The publication as it is now, which may be later than this change; null when you may not see it. Without its contact, which
    /// `GET /v1/publications/{id}` shows.
    #[schema(value_type = Option<Publication>)]
    pub publication: Option<Arc<Publication>>,
}

/// A line of an export.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ExportLine {
    /// The first: where to follow the change log from.
    Snapshot { position: i64 },
    /// A publication that you may see, without its contact.
    Publication {
        #[schema(value_type = Publication)]
        publication: Box<Publication>,
    },
    /// The last, with the number of publications; without it the transfer was cut off.
    End { publications: usize },
}

/// A publication as it leaves in bulk: whom to ask is shown to those who open it, and not collected.
pub(super) fn without_contact(mut publication: Publication) -> Publication {
    publication.content.contact = None;
    publication
}
