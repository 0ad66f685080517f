//! An entry of the trail, as it is shown, exported and hashed.

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::platform::{
    audit::AuditOutcome,
    clock::Clock,
    fingerprint::digest_of,
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
    /// An entry as it was written, if it can be kept: the record has no place for a NUL.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let holds_nul = text.windows(6).any(|part| part == b"\\u0000");
        if holds_nul { None } else { serde_json::from_slice(text).ok() }
    }

    /// An entry of a chain as its text says, if that is the text that was sealed in this place.
    pub(super) fn sealed_at(position: i64, text: &str) -> Option<Self> {
        let entry: Self = serde_json::from_str(text).ok()?;
        (entry.position == position && entry.text() == text).then_some(entry)
    }

    /// What is hashed: the entry as JSON without spaces, in the order of its members, and without its hash.
    pub(super) fn text(&self) -> String {
        if self.hash.is_some() {
            return Self { hash: None, ..self.clone() }.text();
        }
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What stands in the chain for an entry that cannot be read, such as a newer node's: its digest.
    pub(super) fn unreadable(text: &[u8]) -> Self {
        Self {
            position: 0,
            chain: String::new(),
            occurred_at: Clock.now(),
            outcome: AuditOutcome::Done,
            times: 1,
            request_id: Uuid::nil(),
            method: String::new(),
            route: "(unreadable)".to_owned(),
            path: String::new(),
            status: 0,
            code: None,
            role: None,
            issuer: None,
            subject: None,
            client: None,
            supplier: None,
            delegation: None,
            before: None,
            after: Some(digest_of(text)),
            hash: None,
        }
    }
}

/// The hash of a text that stands behind another entry.
pub(super) fn hash_after(before: &[u8], text: &str) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    hash.update(before);
    hash.update(text.as_bytes());
    hash.finish().as_ref().to_vec()
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

#[cfg(test)]
mod tests {
    use super::{AuditEntry, hash_after};
    use crate::platform::hex::hex;

    /// Whoever keeps a hash must find it again with every later version: a new member is left out when it has no value.
    #[test]
    fn an_entry_has_the_hash_that_it_always_had() {
        let text = r#"{"position":2,"chain":"940039541","occurred_at":"2026-11-27T12:00:00.123456Z","outcome":"done","times":1,"request_id":"01a00000-0000-7000-8000-000000000000","method":"PATCH","route":"/v1/projects/{id}","path":"/v1/projects/01a00000-0000-7000-8000-000000000001","status":200,"code":null,"role":"coordinator","issuer":"https://maskinporten.no/","subject":"c","client":"c","supplier":"974760673","delegation":"https://www.altinn.no","before":"00","after":"ff"}"#;
        let entry: AuditEntry = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&entry).unwrap(), text, "it is hashed as it is exported");
        assert_eq!(
            hex(&hash_after(&[7; 32], &entry.text())),
            "c964462570ed1c1d59aebad3455e85853c43f194eb3fbbc7fcce8bb83b4976d6"
        );
    }
}
