use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header,
    post, put,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    api::ClientPath,
    model::{Client, ClientRequest, ClientSecret, MOST},
    secret, store,
};
use crate::platform::{
    auth::Operator,
    db::{Scope, Tx},
    error::{Code, Error, Fault, Result},
    extract::{Body, NoParameters, Query},
    id::{ClientId, MunicipalityId},
    page::{Page, PageQuery},
    problem::Problem,
    respond::{Entity, Tagged},
    state::State,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create).service(list).service(show).service(renew_secret).service(revoke);
}

/// A client for a municipality, such as its first administrator's.
#[derive(Debug, Deserialize, ToSchema)]
struct PlatformClientRequest {
    /// Organisation number.
    municipality: MunicipalityId,
    client: ClientRequest,
}

/// Make a client for a municipality
///
/// By the operator: the administrator's that makes the municipality's others, for one that has no issuer of its own.
#[utoipa::path(operation_id = "create_platform_client", tag = "platform", request_body = PlatformClientRequest,
    responses((status = 201, body = Client, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are too many")),
    security(("token" = ["platform:write"])))]
#[post("/platform/clients")]
async fn create(
    operator: Operator,
    state: Data<State>,
    _: Query<NoParameters>,
    body: Body<PlatformClientRequest>,
) -> Result<HttpResponse> {
    let request = body.check()?;
    if !state.directory().municipalities.contains_key(&request.municipality) {
        let fault = Fault::invalid("#/municipality", "must be a member");
        return Err(Error::faults(Code::InvalidBody, "A member of the body breaks its rule.", vec![fault]));
    }
    let new = request.client.checked(request.municipality, None).map_err(|error| error.within("client"))?;
    let work = operator.act(async |tx| {
        if store::count(tx, request.municipality).await? >= MOST {
            return Err(Error::new(Code::TooMany, format!("A municipality has {MOST} clients at most.")));
        }
        tx.trail().concerns(Some(request.municipality));
        let client = store::insert(tx, &new, state.clock.now()).await?;
        let location = format!("/v1/platform/clients/{}", client.id);
        Ok(HttpResponse::Created()
            .insert_header((header::LOCATION, location))
            .insert_header((header::ETAG, client.etag()))
            .json(client))
    });
    work.await
}

/// List clients of the platform
///
/// Every municipality's and the operator's own, newest first.
#[utoipa::path(operation_id = "list_platform_clients", tag = "platform", params(PageQuery),
    responses((status = 200, body = Page<Client>, headers(("Link" = String)))),
    security(("token" = ["platform:write"])))]
#[get("/platform/clients")]
async fn list(
    operator: Operator,
    state: Data<State>,
    request: HttpRequest,
    Query(page): Query<PageQuery>,
) -> Result<Page<Client>> {
    let scope = "platform clients";
    let before = page.cursor.as_deref().map(|cursor| state.cursors.open(scope, cursor)).transpose()?;
    let rows = operator.look(async |tx| store::page(tx, before, page.limit.fetch()).await).await?;
    Page::new(&request, page.limit, rows, |last: &Client| state.cursors.seal(scope, &last.id))
}

/// Show a client of the platform
///
/// Any municipality's, or the operator's own; without its secret, which nobody can read.
#[utoipa::path(operation_id = "show_platform_client", tag = "platform", params(ClientPath),
    responses((status = 200, body = Client, headers(("ETag" = String)))),
    security(("token" = ["platform:write"])))]
#[get("/platform/clients/{id}")]
async fn show(operator: Operator, path: Path<ClientPath>, _: Query<NoParameters>) -> Result<Tagged<Client>> {
    operator.look(async |tx| store::find(tx, path.id).await).await.map(Tagged)
}

/// Make a secret for a client of the platform
///
/// Of any municipality, or of the operator. Shown by this answer and by nothing else; the secret before is good for 24
/// hours more.
#[utoipa::path(operation_id = "renew_platform_client_secret", tag = "platform", params(ClientPath),
    responses((status = 200, body = ClientSecret),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The client was revoked, or signs")),
    security(("token" = ["platform:write"])))]
#[put("/platform/clients/{id}/secret")]
async fn renew_secret(
    operator: Operator,
    state: Data<State>,
    path: Path<ClientPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let client = operator.look(async |tx| store::find(tx, path.id).await).await?;
    let made = secret::make().await?;
    let work = operator.act(async |tx| {
        tx.trail().concerns(client.municipality);
        renewed(tx, path.id, &made, state.clock.now()).await
    });
    work.await
}

pub(super) async fn renewed<S: Scope>(
    tx: &Tx<'_, S>,
    id: ClientId,
    (client_secret, hash): &(String, String),
    now: DateTime<Utc>,
) -> Result<HttpResponse> {
    let client = store::lock(tx, id).await?;
    if client.revoked_at.is_some() {
        return Err(Error::new(Code::ClientRevoked, "Make another client."));
    }
    if client.keys.is_some() {
        return Err(Error::new(Code::ClientSigns, "Remove its keys first; with them it needs no secret."));
    }
    let previous_secret_until = store::renew_secret(tx, &client, hash, now).await?;
    let body = ClientSecret { client_id: id, client_secret: client_secret.clone(), previous_secret_until };
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(body))
}

/// Revoke a client of the platform
///
/// Of any municipality, or of the operator. Every node refuses its tokens within five seconds.
#[utoipa::path(operation_id = "revoke_platform_client", tag = "platform", params(ClientPath),
    responses((status = 204, description = "Revoked")),
    security(("token" = ["platform:write"])))]
#[delete("/platform/clients/{id}")]
async fn revoke(
    operator: Operator,
    state: Data<State>,
    path: Path<ClientPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let work = operator.act(async |tx| {
        let client = store::lock(tx, path.id).await?;
        tx.trail().concerns(client.municipality);
        store::revoke(tx, path.id, state.clock.now()).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}
