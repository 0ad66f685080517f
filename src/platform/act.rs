//! A write: done once, however often it is sent, and told in the audit trail, all in one transaction.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody};
use chrono::{DateTime, Utc};

use crate::platform::{
    audit::Entry,
    auth::Identity,
    db::{Scope, Tx},
    error::Result,
    idempotency::Attempt,
};

/// Runs `work` in its transaction, with what every write has: the `Idempotency-Key` before it, the audit entry after.
pub(super) async fn act<S: Scope, R: Responder<Body = BoxBody>>(
    (request, identity): (&HttpRequest, &Identity),
    now: DateTime<Utc>,
    tx: &Tx<'_, S>,
    work: impl AsyncFnOnce(&Tx<'_, S>) -> Result<R>,
) -> Result<HttpResponse> {
    let attempt = Attempt::of(request, identity)?;
    if let Some(attempt) = &attempt
        && let Some(answered) = attempt.before(tx).await?
    {
        return Ok(answered);
    }
    let response = work(tx).await?.respond_to(request);
    tx.trail().tell(Entry::of(request, Some(identity), now).done(response.status().as_u16()));
    match attempt {
        Some(attempt) => attempt.keep(tx, response, now).await,
        None => Ok(response),
    }
}
