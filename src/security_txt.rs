//! Whom to tell of a weakness (RFC 9116).

use actix_web::{HttpResponse, get, http::header, web::Data};
use chrono::{SecondsFormat, TimeDelta};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::{
    error::{Error, Result},
    extract::{NoParameters, Query},
    public_url::PublicUrl,
    state::State,
};

/// How long the answer is to be believed; less than a year (RFC 9116 §2.5.5).
const VALID: TimeDelta = TimeDelta::days(90);

/// Whom, where it is configured.
pub(crate) struct Contact(pub(crate) Option<String>);

pub(crate) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(show);
}

/// Show whom to tell of a weakness
///
/// As RFC 9116 has it. 404 where the operator names nobody.
#[utoipa::path(operation_id = "show_security_contact", tag = "operation", responses((status = 200, body = String, content_type = "text/plain; charset=utf-8"),
    (status = 404, body = crate::platform::problem::Problem, content_type = "application/problem+json", description = "Nobody is named")))]
#[get("/.well-known/security.txt")]
async fn show(
    contact: Data<Contact>,
    public_url: Data<PublicUrl>,
    state: Data<State>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let contact = contact.0.as_ref().ok_or_else(Error::not_found)?;
    let expires = (state.clock.now() + VALID).to_rfc3339_opts(SecondsFormat::Secs, true);
    let canonical =
        public_url.configured().map(|address| format!("Canonical: {address}/.well-known/security.txt\n"));
    let canonical = canonical.unwrap_or_default();
    let text =
        format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: nb, nn, en\n{canonical}");
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(text))
}
