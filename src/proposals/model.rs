//! A proposal.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::{
    municipalities::MunicipalityRef,
    platform::{
        auth::permission::Role,
        closed::closed,
        id::{ProjectId, ProposalId},
        page::Limit,
        respond::Entity,
        text::Text,
    },
    projects::{ContentPatch, Difference, Field},
};

closed! {
    /// What became of a proposal.
    pub enum ProposalState {
        /// Not decided.
        Open = "open",
        /// All of it was taken over.
        Accepted = "accepted",
        /// Some of it was.
        PartlyAccepted = "partly_accepted",
        /// None of it was.
        Declined = "declined",
        /// It was taken back.
        Withdrawn = "withdrawn",
    }
}

/// What is offered to a publication.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ProposalRequest {
    /// Members as they should be: those that an imitation takes over, and `lessons`. Lists are given whole.
    #[schema(value_type = ContentPatch)]
    pub fields: Map<String, Value>,
    /// Why.
    #[schema(inline)]
    pub reason: Text<1, 2000>,
    /// The version that it was written against; the latest unless named.
    #[serde(default)]
    pub version: Option<i32>,
}

/// Something to say about a proposal.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CommentRequest {
    #[schema(inline)]
    pub text: Text<1, 2000>,
}

/// Something that was said about a proposal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Comment {
    pub municipality: MunicipalityRef,
    pub role: Role,
    pub text: String,
    pub created_at: DateTime<Utc>,
}

/// A proposal in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProposalSummary {
    pub id: ProposalId,
    /// What it is offered to.
    pub publication_id: ProjectId,
    /// Its title; null when it is withdrawn or no longer shown to you.
    pub title: Option<String>,
    /// Whose that is: who decides.
    pub owner: MunicipalityRef,
    /// Who offers it.
    pub proposer: MunicipalityRef,
    /// In which role somebody made it.
    pub role: Role,
    /// Counts changes; the `ETag` is made of it.
    pub revision: i64,
    pub state: ProposalState,
    /// Whether it is open, and a member that it offers was changed since, otherwise than offered.
    pub stale: bool,
    pub reason: String,
    /// The version that it was written against.
    pub base_version: i32,
    /// The owner's answer; null while there is none.
    pub answer: Option<String>,
    /// The members that were taken over.
    pub taken: Vec<Field>,
    pub created_at: DateTime<Utc>,
    /// When it was decided or taken back.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A proposal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Proposal {
    #[serde(flatten)]
    pub summary: ProposalSummary,
    pub fields: Vec<OfferedField>,
    /// In their order, 200 at most.
    pub comments: Vec<Comment>,
    #[serde(skip)]
    pub tag: String,
}

/// A member that is offered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfferedField {
    pub field: Field,
    /// In the version that the offer was written against.
    pub base: Value,
    pub proposed: Value,
    pub change: Option<Difference>,
    /// What is there now: in the owner's project for the owner, in the latest version for the proposer. Null when it is
    /// not shown to you.
    pub current: Value,
    /// Whether it was changed since, otherwise than offered.
    pub stale: bool,
}

pub(super) fn etag(revision: i64) -> String {
    format!("\"r-{revision}\"")
}

impl Entity for Proposal {
    fn etag(&self) -> String {
        self.tag.clone()
    }

    fn location(&self) -> String {
        format!("/v1/proposals/{}", self.summary.id)
    }
}

closed! {
    /// On which side of a proposal a municipality is.
    pub enum Side {
        /// It is offered to yours.
        Received = "received",
        /// Yours offers it.
        Made = "made",
    }
}

/// Which proposals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Only `received` or `made` ones.
    #[param(inline)]
    pub side: Option<Side>,
    /// Only those of these states (repeat for several).
    #[serde(default)]
    #[param(inline)]
    pub state: Vec<ProposalState>,
    /// Only those to this publication.
    pub publication_id: Option<ProjectId>,
    /// How many items a page holds.
    #[serde(default)]
    #[param(inline)]
    pub limit: Limit,
    /// From `page.next`; opaque.
    pub cursor: Option<String>,
}
