//! One entry of the audit trail.

use actix_web::{HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::personal;
use crate::platform::{
    auth::{Actor, Identity},
    closed::closed,
    edge::RequestId,
    id::MunicipalityId,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) supplier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delegation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
}

impl Entry {
    /// Of a request, in the chain of whom it was for.
    pub(crate) fn of(request: &HttpRequest, identity: Option<&Identity>, now: DateTime<Utc>) -> Self {
        let path: String = request.match_info().as_str().chars().take(LONGEST_PATH).collect();
        let entry = Self {
            request_id: request.extensions().get::<RequestId>().map(|id| id.0).unwrap_or_default(),
            method: method(request),
            route: request.match_pattern().unwrap_or_default(),
            path: personal::path(&path),
            ..Self::of_platform(now)
        };
        let Some(Identity { holder, actor, .. }) = identity else { return entry };
        let role = Some(holder.role().to_owned());
        Self { chain: holder.to_string(), role, ..entry.named(actor, None) }
    }

    /// Whose chain it belongs to: nine digits, or `platform`.
    pub(in crate::platform) fn chain(&self) -> &str {
        &self.chain
    }

    /// Of what no request asked for: a command, or the service by itself.
    pub(crate) fn by_service(subject: &str, route: &str, now: DateTime<Utc>) -> Self {
        let (request_id, subject) = (Uuid::now_v7(), Some(subject.to_owned()));
        Self { request_id, subject, route: route.to_owned(), ..Self::of_platform(now) }
    }

    /// What every entry begins with: of the platform, until it is said whose it is.
    fn of_platform(now: DateTime<Utc>) -> Self {
        Self {
            chain: super::PLATFORM.to_owned(),
            occurred_at: now,
            outcome: AuditOutcome::Done,
            times: 1,
            request_id: Uuid::nil(),
            method: String::new(),
            route: String::new(),
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
            after: None,
        }
    }

    /// That it was done.
    pub(crate) fn done(mut self, status: u16) -> Self {
        self.status = i16::try_from(status).unwrap_or_default();
        self
    }

    /// Of somebody who was refused, and in whose name they came.
    pub(crate) fn named(self, actor: &Actor, municipality: Option<MunicipalityId>) -> Self {
        let Actor { issuer, subject, client, supplier, delegation } = actor.clone();
        let chain = municipality.map_or(self.chain, |id| id.to_string());
        Self { chain, issuer: Some(issuer), subject, client, supplier, delegation, ..self }
    }

    pub(super) fn changed(self, before: Option<String>, after: Option<String>) -> Self {
        Self { before, after, ..self }
    }

    pub(crate) fn in_chain_of(self, municipality: MunicipalityId) -> Self {
        Self { chain: municipality.to_string(), ..self }
    }

    /// That it was refused, and why.
    pub(crate) fn refused(mut self, status: u16, code: &'static str) -> Self {
        self.outcome = AuditOutcome::Refused;
        self.status = i16::try_from(status).unwrap_or_default();
        self.code = Some(code.to_owned());
        self
    }

    /// As one of more than can be told apart.
    pub(super) fn one_of_many(self) -> Self {
        let many = "(many)".to_owned();
        Self {
            chain: self.chain,
            outcome: self.outcome,
            status: self.status,
            request_id: self.request_id,
            route: many.clone(),
            path: many,
            ..Self::of_platform(self.occurred_at)
        }
    }

    /// Whether two refusals are the same thing again. Of strangers it is the route that counts: they have many paths.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.likeness() == other.likeness()
    }

    /// What two refusals that are the same have in common.
    fn likeness(&self) -> [Option<&str>; 7] {
        let known = self.subject.is_some() || self.client.is_some();
        let what = if known { &self.path } else { &self.route };
        let (code, supplier) = (self.code.as_deref(), self.supplier.as_deref());
        let (subject, client) = (self.subject.as_deref(), self.client.as_deref());
        [Some(&self.chain), subject, client, supplier, Some(&self.method), code, Some(what)]
    }
}

/// The methods that there are; what a client made up is none.
fn method(request: &HttpRequest) -> String {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = request.method().as_str();
    if known.contains(&method) { method.to_owned() } else { "other".to_owned() }
}
