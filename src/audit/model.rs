//! An entry of the trail, as it is shown, exported and hashed.

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::platform::{
    audit::AuditOutcome,
    page::{Limit, PageLinks},
    text::Text,
};

/// Who did what, by which right; or who was refused. No token, body, address or national identity number is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct AuditEntry {
    /// The place in the chain, from 1 without a gap.
    #[serde(default)]
    pub(super) position: i64,
    /// Whose chain it is: an organisation number, or `platform`.
    pub(super) chain: String,
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) outcome: AuditOutcome,
    /// How often: refusals that are alike within a second are one entry.
    pub(super) times: i32,
    /// The `X-Request-Id` of the answer.
    pub(super) request_id: Uuid,
    pub(super) method: String,
    /// The route, with names for what differs in the path; empty when there is none.
    pub(super) route: String,
    pub(super) path: String,
    /// The HTTP status of the answer.
    pub(super) status: i16,
    /// The code of the problem, of a refusal.
    pub(super) code: Option<String>,
    /// The role by which it was done; null without a good token.
    pub(super) role: Option<String>,
    /// Who signed the token.
    pub(super) issuer: Option<String>,
    /// The person or system, by the issuer's name for it.
    pub(super) subject: Option<String>,
    /// The software that sent the request.
    pub(super) client: Option<String>,
    /// The organisation that acted on the municipality's behalf.
    pub(super) supplier: Option<String>,
    /// What showed that it may: where the delegation is registered, or the system user.
    pub(super) delegation: Option<String>,
    /// SHA-256 of what was changed, as it was, in hex; null when there was nothing.
    pub(super) before: Option<String>,
    /// SHA-256 of what was changed, as it became, in hex; null when nothing is left.
    pub(super) after: Option<String>,
    /// In hex: SHA-256 over the hash before it (no bytes before the first) and this object as it stands here, without
    /// this member and without spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
}

impl AuditEntry {
    /// The hash that the entry has behind another.
    pub(super) fn hash_after(&self, before: &[u8]) -> Vec<u8> {
        let mut hash = Context::new(&SHA256);
        hash.update(before);
        let bare = Self { hash: None, ..self.clone() };
        hash.update(&serde_json::to_vec(&bare).unwrap_or_default());
        hash.finish().as_ref().to_vec()
    }
}

/// A place in a chain and the hash of its entry. Kept elsewhere, it proves later that nothing before it was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct Mark {
    pub(super) position: i64,
    /// In hex.
    pub(super) hash: String,
}

/// Which entries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    /// Only what was done, or only what was refused.
    #[param(inline)]
    pub(super) outcome: Option<AuditOutcome>,
    /// Only what this client did.
    #[param(inline)]
    pub(super) client: Option<Text<1, 200>>,
    /// Only requests whose path is this, such as that of a project.
    #[param(inline)]
    pub(super) path: Option<Text<1, 200>>,
    /// How many items a page holds.
    #[serde(default)]
    #[param(inline)]
    pub(super) limit: Limit,
    /// From `page.next`; opaque.
    pub(super) cursor: Option<String>,
}

/// A page of the trail, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditPage {
    pub(super) items: Vec<AuditEntry>,
    /// The newest entry of the chain; null while it is empty.
    pub(super) head: Option<Mark>,
    /// The last entry that was dropped for its age; null while none was.
    pub(super) checkpoint: Option<Mark>,
    pub(super) page: PageLinks,
}
