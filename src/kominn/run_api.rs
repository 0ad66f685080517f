use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{
    config::Targets,
    run_store,
    shown::{KominnRun, KominnStep, RunRequest},
    step_store,
};
use crate::platform::{
    auth::{
        Caller,
        permission::{Publish, ReadProjects},
    },
    error::{Code, Error, Fault, Result},
    extract::{Body, NoParameters, Query},
    page::{Page, PageQuery},
    respond::{Entity, Tagged},
    state::State,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list).service(ask).service(show).service(list_steps);
}

/// A run, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct RunPath {
    /// The run's id.
    id: Uuid,
}

/// List runs
///
/// Of all sites, newest first: when each began and ended, what it did in numbers, and why it stopped. The newest 200 of each site
/// are kept.
#[utoipa::path(operation_id = "list_kominn_runs", tag = "kominn", params(PageQuery),
    responses((status = 200, body = Page<KominnRun>, headers(("Link" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/kominn/runs")]
async fn list(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    request: HttpRequest,
    Query(page): Query<PageQuery>,
) -> Result<Page<KominnRun>> {
    let before =
        page.cursor.as_deref().map(|cursor| state.cursors.open("kominn runs", cursor)).transpose()?;
    let rows = caller.look(async |tx| run_store::page(tx, before, page.limit.fetch()).await).await?;
    let rows = rows.into_iter().map(KominnRun::from).collect();
    Page::new(&request, page.limit, rows, |last: &KominnRun| {
        state.cursors.seal("kominn runs", &(last.asked_at, last.id))
    })
}

/// Ask for a run
///
/// Of a site, now; or a dry run, which changes nothing and says by its steps what a run would change, field by field. Within seconds
/// one of the nodes takes it; when one is asked for already, that is answered.
#[utoipa::path(operation_id = "ask_for_kominn_run", tag = "kominn", request_body = RunRequest,
    responses((status = 200, body = KominnRun, description = "It is asked for already"),
        (status = 201, body = KominnRun, headers(("Location" = String), ("ETag" = String)))),
    security(("token" = ["publications:write"])))]
#[post("/kominn/runs")]
async fn ask(
    caller: Caller<Publish>,
    targets: Data<Targets>,
    _: Query<NoParameters>,
    body: Body<RunRequest>,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let RunRequest { target, dry_run } = body.check()?;
        let unknown = || {
            let fault = Fault::invalid("#/target", "must be the name of a site");
            Error::faults(Code::InvalidBody, "There is no such site.", vec![fault])
        };
        let target = targets.find(&target).ok_or_else(unknown)?;
        let (row, new) = run_store::ask(tx, &target.name, dry_run).await?;
        tx.trail().after(&row.id);
        let run = KominnRun::from(row);
        let mut response = if new { HttpResponse::Created() } else { HttpResponse::Ok() };
        response.insert_header((header::LOCATION, run.location())).insert_header((header::ETAG, run.etag()));
        Ok(response.json(run))
    });
    work.await
}

/// Show a run
///
/// How far it has come: what it did until now in numbers, and when it ended, why it stopped.
#[utoipa::path(operation_id = "show_kominn_run", tag = "kominn", params(RunPath),
    responses((status = 200, body = KominnRun, headers(("ETag" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/kominn/runs/{id}")]
async fn show(
    caller: Caller<ReadProjects>,
    path: Path<RunPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<KominnRun>> {
    let row = caller.look(async |tx| run_store::find(tx, path.id).await).await?;
    Ok(Tagged(row.into()))
}

/// List the steps of a run
///
/// What it did, or would do, with your municipality's publications and with others' items, in order; with each field that changes.
#[utoipa::path(operation_id = "list_kominn_steps", tag = "kominn", params(RunPath, PageQuery),
    responses((status = 200, body = Page<KominnStep>, headers(("Link" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/kominn/runs/{id}/steps")]
async fn list_steps(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    request: HttpRequest,
    path: Path<RunPath>,
    Query(page): Query<PageQuery>,
) -> Result<Page<KominnStep>> {
    let scope = format!("kominn steps {}", path.id);
    let after = page.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let rows = caller.look(async |tx| {
        run_store::find(tx, path.id).await?;
        step_store::steps(tx, path.id, after.unwrap_or(-1), page.limit.fetch()).await
    });
    let rows = rows.await?.into_iter().map(KominnStep::from).collect();
    Page::new(&request, page.limit, rows, |last: &KominnStep| state.cursors.seal(&scope, &last.nth))
}
