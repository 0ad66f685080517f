//! One entry of the audit trail.

use actix_web::{HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::Trail;
use crate::platform::{
    auth::{Actor, Identity},
    closed::closed,
    edge::RequestId,
};

closed! {
    /// What became of a request.
    pub enum AuditOutcome {
        /// It was done.
        Done = "done",
        /// It was refused: no token, a bad one, one without the right, or too many requests.
        Refused = "refused",
    }
}

/// The longest path that is kept, in characters.
const LONGEST_PATH: usize = 200;

/// Who did what, by which right. It never holds a token, a body, an address or a national identity number.
///
/// Written as the JSON that `src/audit/model.rs` reads.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    pub(super) chain: String,
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) outcome: AuditOutcome,
    pub(super) times: i32,
    pub(super) request_id: Uuid,
    pub(super) method: String,
    pub(super) route: String,
    pub(super) path: String,
    pub(super) status: i16,
    pub(super) code: Option<String>,
    pub(super) role: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) client: Option<String>,
    pub(super) supplier: Option<String>,
    pub(super) delegation: Option<String>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Entry {
    /// Of a request, in the chain of whom it was for.
    pub(crate) fn of(request: &HttpRequest, identity: Option<&Identity>, now: DateTime<Utc>) -> Self {
        let Actor { issuer, subject, client, supplier, delegation } =
            identity.map(|identity| identity.actor.clone()).unwrap_or_default();
        Self {
            chain: identity
                .map_or_else(|| super::PLATFORM.to_owned(), |identity| identity.holder.to_string()),
            occurred_at: now,
            outcome: AuditOutcome::Done,
            times: 1,
            request_id: request.extensions().get::<RequestId>().map(|id| id.0).unwrap_or_default(),
            method: request.method().to_string(),
            route: request.match_pattern().unwrap_or_default(),
            path: request.path().chars().take(LONGEST_PATH).collect(),
            status: 0,
            code: None,
            role: identity.map(|identity| identity.holder.role().to_owned()),
            issuer: Some(issuer).filter(|issuer| !issuer.is_empty()),
            subject,
            client,
            supplier,
            delegation,
            before: None,
            after: None,
        }
    }

    /// Whose chain it belongs to: nine digits, or `platform`.
    pub(in crate::platform) fn chain(&self) -> &str {
        &self.chain
    }

    /// That it was done, and what it changed.
    pub(crate) fn done(mut self, status: u16, trail: &Trail) -> Self {
        self.status = i16::try_from(status).unwrap_or_default();
        (self.before, self.after) = trail.digests();
        self
    }

    /// That it was refused, and why.
    pub(crate) fn refused(mut self, status: u16, code: &'static str) -> Self {
        self.outcome = AuditOutcome::Refused;
        self.status = i16::try_from(status).unwrap_or_default();
        self.code = Some(code.to_owned());
        self
    }

    /// Whether two refusals are the same thing again.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (&self.chain, &self.method, &self.route, &self.code, &self.subject, &self.client)
            == (&other.chain, &other.method, &other.route, &other.code, &other.subject, &other.client)
    }
}
