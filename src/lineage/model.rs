//! The graph.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    adoption::AdoptionState,
    municipalities::MunicipalityRef,
    platform::id::ProjectId,
    projects::{Field, Intent, Mode, Visibility},
};

/// A publication's ancestors and descendants, as far as the caller may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Lineage {
    /// The publication that was asked for.
    pub id: ProjectId,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// Whose proposals became part of these publications.
    pub contributions: Vec<Contribution>,
    /// Whether there is more than the depth, or the number of nodes, that this shows: the nearest 500, 60 in a picture.
    pub truncated: bool,
}

/// A publication in a lineage, or your own draft.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Node {
    pub id: ProjectId,
    pub municipality: MunicipalityRef,
    /// How many steps from the publication that was asked for: negative for what it was made from.
    pub generation: i32,
    /// Null for a tombstone.
    pub title: Option<String>,
    pub state: Visibility,
    /// The latest version; null for a draft.
    pub version: Option<i32>,
    /// How far its municipality has come with it; null when that was not recorded.
    pub adoption: Option<AdoptionState>,
    pub first_published_at: Option<DateTime<Utc>>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// That one was made from the other.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Edge {
    /// The imitated publication.
    pub from: ProjectId,
    /// The version of it that was imitated.
    pub from_version: i32,
    /// The imitation.
    pub to: ProjectId,
    pub mode: Mode,
    pub intent: Intent,
    pub reason: String,
    pub imitated_at: DateTime<Utc>,
    /// When the imitation stopped following it; null while it does.
    pub detached_at: Option<DateTime<Utc>>,
    pub detachment_reason: Option<String>,
}

/// That a version took over what another municipality proposed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Contribution {
    pub municipality: MunicipalityRef,
    /// The publication that took it over.
    pub to: ProjectId,
    /// In this version.
    pub version: i32,
    pub fields: Vec<Field>,
}
