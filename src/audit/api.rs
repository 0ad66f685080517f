use actix_web::{HttpRequest, HttpResponse, get, http::header, web::Data};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    export::{self, AuditLine},
    model::{AuditPage, AuditQuery, Mark},
    store,
};
use crate::platform::{
    audit::PLATFORM,
    auth::{Caller, Operator, permission::ReadAudit},
    db::{Scope, Tx},
    error::Result,
    extract::{NoParameters, Query},
    hex::hex,
    lines,
    page::Page,
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(export_trail).service(list).service(list_platform);
}

/// List the audit trail
///
/// What was done in your municipality's name and who was refused, newest first; an entry is there a second after the
/// request. Each has the hash of the one before it in its own. Note `head` somewhere else now and then: an export that
/// still has that entry with that hash was not changed before it.
#[utoipa::path(operation_id = "list_audit_entries", tag = "administration", params(AuditQuery),
    responses((status = 200, body = AuditPage, headers(("Link" = String)))),
    security(("token" = ["audit:read"])))]
#[get("/audit")]
async fn list(
    caller: Caller<ReadAudit>,
    state: Data<State>,
    request: HttpRequest,
    Query(query): Query<AuditQuery>,
) -> Result<HttpResponse> {
    let chain = caller.municipality().to_string();
    caller.look(async |tx| page(tx, &state, &request, (&chain, &query)).await).await
}

/// List the audit trail of the platform
///
/// What operators did, and refusals of tokens that named no municipality. For the operator; a municipality's trail is its own.
#[utoipa::path(operation_id = "list_platform_audit_entries", tag = "platform", params(AuditQuery),
    responses((status = 200, body = AuditPage, headers(("Link" = String)))),
    security(("token" = ["platform:write"])))]
#[get("/platform/audit")]
async fn list_platform(
    operator: Operator,
    state: Data<State>,
    request: HttpRequest,
    Query(query): Query<AuditQuery>,
) -> Result<HttpResponse> {
    operator.look(async |tx| page(tx, &state, &request, (PLATFORM, &query)).await).await
}

async fn page<S: Scope>(
    tx: &Tx<'_, S>,
    state: &State,
    request: &HttpRequest,
    (chain, query): (&str, &AuditQuery),
) -> Result<HttpResponse> {
    let scope = (chain, query.outcome, &query.client, &query.path);
    let scope = format!("audit {}", serde_json::to_string(&scope).map_err(anyhow::Error::from)?);
    let before = query.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let rows = store::page(tx, chain, query, before).await?;
    let heads = store::heads(tx, &[chain.to_owned()].into()).await?;
    let head = heads.get(chain);
    let mark = |position, hash| Some(Mark { position, hash }).filter(|mark| mark.position > 0);
    let newest = head.and_then(|head| mark(head.position, hex(&head.hash)));
    let checkpoint = head.and_then(|head| mark(head.dropped_through, hex(&head.dropped_hash)));
    let Page { items, page } =
        Page::new(request, query.limit, rows, |last| state.cursors.seal(&scope, &last.position))?;
    let link = page.header();
    let body = AuditPage { items, head: newest, checkpoint, page };
    Ok(HttpResponse::Ok().insert_header((header::LINK, link)).json(body))
}

/// Export the audit trail
///
/// Your municipality's whole chain in order, one JSON object a line: `begin` with the checkpoint, `entry` for each, `end`
/// with their number. `glomma audit verify --export` follows it without the service; so can any program that knows
/// SHA-256.
#[utoipa::path(operation_id = "export_audit_entries", tag = "administration",
    responses((status = 200, body = AuditLine, content_type = "application/x-ndjson", description = "A line of this form for each")),
    security(("token" = ["audit:read"])))]
#[get("/audit/export")]
async fn export_trail(caller: Caller<ReadAudit>, _: Query<NoParameters>) -> Result<HttpResponse> {
    Ok(lines::answer(async move |sink| export::send(&caller, &sink).await))
}
