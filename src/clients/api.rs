use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post, put,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{Client, ClientRequest, ClientSecret, MOST, etag},
    patch::ClientPatch,
    platform_api, secret, store,
};
use crate::platform::{
    auth::{Caller, permission::ManageClients},
    error::{Code, Error, Result},
    extract::{Body, IfMatch, MergePatch, NoParameters, Query},
    id::ClientId,
    page::{Page, PageQuery},
    problem::Problem,
    respond::{Created, Tagged},
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create).service(list).service(show).service(update).service(renew_secret).service(revoke);
    cfg.configure(platform_api::routes);
}

/// The client's id, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ClientPath {
    /// A client's id: its `client_id`.
    pub(super) id: ClientId,
}

/// Make an API client
///
/// For software of your municipality that gets its tokens from `POST /oauth2/token`. It may do what its role allows and
/// your own token does, and no more. `PUT …/secret` then gives it a secret, unless it has public keys. A municipality has 100 at most.
#[utoipa::path(operation_id = "create_client", tag = "administration", request_body = ClientRequest,
    responses((status = 201, body = Client, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are too many")),
    security(("token" = ["clients:write"])))]
#[post("/clients")]
async fn create(
    caller: Caller<ManageClients>,
    state: Data<State>,
    _: Query<NoParameters>,
    body: Body<ClientRequest>,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let granted = |scope: &str| caller.identity().scopes.contains(scope);
        let new = body.check()?.checked(tx.municipality(), Some(&granted))?;
        if store::count(tx, tx.municipality()).await? >= MOST {
            return Err(Error::new(Code::TooMany, format!("A municipality has {MOST} clients at most.")));
        }
        store::insert(tx, &new, state.clock.now()).await.map(Created)
    });
    work.await
}

/// List API clients
///
/// Your municipality's, newest first, those that were revoked too; with when each last got a token.
#[utoipa::path(operation_id = "list_clients", tag = "administration", params(PageQuery),
    responses((status = 200, body = Page<Client>, headers(("Link" = String)))),
    security(("token" = ["clients:write"])))]
#[get("/clients")]
async fn list(
    caller: Caller<ManageClients>,
    state: Data<State>,
    request: HttpRequest,
    Query(page): Query<PageQuery>,
) -> Result<Page<Client>> {
    let scope = format!("clients {}", caller.municipality());
    let before = page.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let rows = caller.look(async |tx| store::page(tx, before, page.limit.fetch()).await).await?;
    Page::new(&request, page.limit, rows, |last: &Client| state.cursors.seal(&scope, &last.id))
}

/// Show an API client
///
/// Of your municipality; without its secret, which nobody can read.
#[utoipa::path(operation_id = "show_client", tag = "administration", params(ClientPath),
    responses((status = 200, body = Client, headers(("ETag" = String)))),
    security(("token" = ["clients:write"])))]
#[get("/clients/{id}")]
async fn show(
    caller: Caller<ManageClients>,
    path: Path<ClientPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<Client>> {
    caller.look(async |tx| store::find(tx, path.id).await).await.map(Tagged)
}

/// Change an API client
///
/// A merge patch (RFC 7396) on its name, role, scopes and keys. Its next token follows.
#[utoipa::path(operation_id = "update_client", tag = "administration", params(ClientPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    request_body(content = ClientPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Client, headers(("ETag" = String)))),
    security(("token" = ["clients:write"])))]
#[patch("/clients/{id}")]
async fn update(
    caller: Caller<ManageClients>,
    path: Path<ClientPath>,
    _: Query<NoParameters>,
    patch: MergePatch,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let found = store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&etag(found.revision))?;
        let changed: ClientRequest = patch.apply(&found.request()?)?;
        let granted = |scope: &str| caller.identity().scopes.contains(scope);
        let new = changed.checked(tx.municipality(), Some(&granted))?;
        store::update(tx, path.id, &new).await.map(Tagged)
    });
    work.await
}

/// Make a secret for an API client
///
/// Shown by this answer and by nothing else. The secret before is good for 24 hours more, so that nothing has to stop. When
/// the answer is lost, make another.
#[utoipa::path(operation_id = "renew_client_secret", tag = "administration", params(ClientPath),
    responses((status = 200, body = ClientSecret),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The client was revoked, or signs")),
    security(("token" = ["clients:write"])))]
#[put("/clients/{id}/secret")]
async fn renew_secret(
    caller: Caller<ManageClients>,
    state: Data<State>,
    path: Path<ClientPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let client = caller.look(async |tx| store::find(tx, path.id).await).await?;
    // Whoever has the secret can do what the client can.
    if let Some(more) = client.scopes.known().find(|scope| !caller.identity().scopes.contains(scope)) {
        return Err(Error::scope(more));
    }
    let made = secret::make().await?;
    caller.act(async |tx| super::platform_api::renewed(tx, path.id, &made, state.clock.now()).await).await
}

/// Revoke an API client
///
/// It gets no token any more, and every node refuses those that it has within five seconds. It cannot be taken back.
#[utoipa::path(operation_id = "revoke_client", tag = "administration", params(ClientPath),
    responses((status = 204, description = "Revoked")),
    security(("token" = ["clients:write"])))]
#[delete("/clients/{id}")]
async fn revoke(
    caller: Caller<ManageClients>,
    state: Data<State>,
    path: Path<ClientPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        store::lock(tx, path.id).await?;
        store::revoke(tx, path.id, state.clock.now()).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}
