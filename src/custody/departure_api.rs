use actix_web::{HttpResponse, put, web::Data};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    departure::{Departure, DepartureRequest},
    store,
};
use crate::{
    clients,
    platform::{
        auth::{Caller, permission::ManageData},
        error::Result,
        extract::{Body, NoParameters, Query},
        problem::Problem,
        state::State,
    },
    publications::PublicationCache,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(depart);
}

/// Leave the service
///
/// Everything that your municipality has published becomes a tombstone, in one step: `withdraw`, or `hand_over` to another municipality that
/// has published an imitation of each, which the tombstone then names. All API clients of your municipality are revoked.
/// Projects stay for as long as the municipality is a member; take them along first (`GET /v1/export`). Publishing anything is
/// coming back.
#[utoipa::path(operation_id = "leave_service", tag = "administration", request_body = DepartureRequest,
    responses((status = 200, body = Departure),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Some are not imitated there; `errors` names them")),
    security(("token" = ["data:write"])))]
#[put("/departure")]
async fn depart(
    caller: Caller<ManageData>,
    state: Data<State>,
    cache: Data<PublicationCache>,
    _: Query<NoParameters>,
    body: Body<DepartureRequest>,
) -> Result<HttpResponse> {
    let request = body.check()?;
    let heir = request.heir(caller.municipality())?;
    let work = caller.act(async |tx| {
        let (withdrawn, handed_over) = store::withdraw_all(tx, heir, state.clock.now()).await?;
        let clients_revoked = clients::store::revoke_all(tx, state.clock.now()).await?;
        tx.trail().after(&(&request, withdrawn));
        Ok(HttpResponse::Ok().json(Departure { withdrawn, handed_over, clients_revoked }))
    });
    let response = work.await?;
    cache.clear();
    Ok(response)
}
