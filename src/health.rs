//! Whether the process lives, and whether it can serve.

use actix_web::{HttpResponse, get, http::StatusCode, web::Data};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    platform::{
        extract::{NoParameters, Query},
        state::State,
    },
    publications::PublicationCache,
    search::Engine,
};

pub(crate) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(live).service(ready);
}

/// A state of health, in the manner of `application/health+json`.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `pass` or `fail`.
    status: &'static str,
    /// The version of the service.
    version: &'static str,
}

fn answer(status: StatusCode) -> HttpResponse {
    let word = if status.is_success() { "pass" } else { "fail" };
    HttpResponse::build(status)
        .content_type("application/health+json")
        .json(Health { status: word, version: env!("CARGO_PKG_VERSION") })
}

/// Check that the process lives
///
/// Asks nothing of the database.
#[utoipa::path(operation_id = "check_liveness", tag = "operation", responses((status = 200, body = Health, content_type = "application/health+json")))]
#[get("/health/live")]
async fn live(_: Query<NoParameters>) -> HttpResponse {
    answer(StatusCode::OK)
}

/// Check that the service can serve
///
/// The database answers and has the schema of this binary, and the index keeps up with it, or is being built, when all
/// but search is served. 503 otherwise: send no traffic.
#[utoipa::path(operation_id = "check_readiness", tag = "operation",
    responses((status = 200, body = Health, content_type = "application/health+json"),
        (status = 503, body = Health, content_type = "application/health+json")))]
#[get("/health/ready")]
async fn ready(
    state: Data<State>,
    engine: Data<Engine>,
    cache: Data<PublicationCache>,
    _: Query<NoParameters>,
) -> HttpResponse {
    match state.check().await {
        Ok(()) if cache.is_fresh() || !engine.is_open() => answer(StatusCode::OK),
        Ok(()) => {
            tracing::warn!("not ready: the index does not follow the change log");
            answer(StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(cause) => {
            tracing::warn!(cause = format!("{cause:#}"), "not ready");
            answer(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
