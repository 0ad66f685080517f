use actix_web::{
    HttpRequest, HttpResponse, get, post, put,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{
    config::Targets,
    decision_store,
    model::{Link, LinkState},
    shown::{ConflictChoices, KominnLink, LinkQuery},
};
use crate::platform::{
    auth::{
        Caller,
        permission::{Publish, ReadProjects},
    },
    error::{Error, Result},
    extract::{Body, IfMatch, NoParameters, Query},
    language::Language,
    page::{Page, PageQuery},
    problem::Problem,
    respond::{Entity, Tagged},
    state::State,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list)
        .service(show)
        .service(retry)
        .service(send_to_ks)
        .service(list_conflicts)
        .service(choose);
}

/// A link, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct LinkPath {
    /// The link's id.
    id: Uuid,
}

impl Targets {
    fn shown(&self, link: Link, request: &HttpRequest) -> KominnLink {
        let target = self.find(&link.target);
        KominnLink::of(link, target, Language::of(request))
    }
}

/// List what was sent to KOMINN
///
/// Your municipality's publications and their items, newest first: how each stands, what went wrong in words, and what a person
/// should do.
#[utoipa::path(operation_id = "list_kominn_links", tag = "kominn", params(LinkQuery),
    responses((status = 200, body = Page<KominnLink>, headers(("Link" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/kominn/links")]
async fn list(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    targets: Data<Targets>,
    request: HttpRequest,
    Query(query): Query<LinkQuery>,
) -> Result<Page<KominnLink>> {
    let LinkQuery { state: stand, target, project_id, .. } = &query;
    let scope = format!("kominn links {} {stand:?} {target:?} {project_id:?}", caller.municipality());
    page(&caller, &state, &targets, &request, (query, scope)).await
}

async fn page(
    caller: &Caller<ReadProjects>,
    state: &State,
    targets: &Targets,
    request: &HttpRequest,
    (query, scope): (LinkQuery, String),
) -> Result<Page<KominnLink>> {
    let before = query.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let rows = caller.look(async |tx| decision_store::page(tx, &query, before).await).await?;
    let rows = rows.into_iter().map(|link| targets.shown(link, request)).collect();
    Page::new(request, query.limit, rows, |last: &KominnLink| state.cursors.seal(&scope, &last.id))
}

/// Show what was sent to KOMINN
///
/// One publication of your municipality and its item: how they stand, and what a person should do.
#[utoipa::path(operation_id = "show_kominn_link", tag = "kominn", params(LinkPath),
    responses((status = 200, body = KominnLink, headers(("ETag" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/kominn/links/{id}")]
async fn show(
    caller: Caller<ReadProjects>,
    request: HttpRequest,
    targets: Data<Targets>,
    path: Path<LinkPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<KominnLink>> {
    let link = caller.look(async |tx| decision_store::find(tx, path.id).await).await?;
    Ok(Tagged(targets.shown(link, &request)))
}

/// Try again
///
/// What KOMINN refused, what failed too often, or what somebody deleted there and is to be made anew. The next run does it. For all
/// else it changes nothing.
#[utoipa::path(operation_id = "retry_kominn_link", tag = "kominn", params(LinkPath),
    responses((status = 200, body = KominnLink, headers(("ETag" = String)))),
    security(("token" = ["publications:write"])))]
#[post("/kominn/links/{id}/attempts")]
async fn retry(
    caller: Caller<Publish>,
    request: HttpRequest,
    targets: Data<Targets>,
    path: Path<LinkPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let link = decision_store::revive(tx, path.id).await?;
        Ok(Tagged(targets.shown(link, &request)))
    });
    work.await
}

/// Send to KS
///
/// As an idea to KS' portal, once: with its title, summary, need and solution. The next run does it. There is no way to change or
/// to take it back from here.
#[utoipa::path(operation_id = "send_to_ks", tag = "kominn", params(LinkPath),
    responses((status = 200, body = KominnLink, headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It was sent, or may have been")),
    security(("token" = ["publications:write"])))]
#[put("/kominn/links/{id}/idea")]
async fn send_to_ks(
    caller: Caller<Publish>,
    request: HttpRequest,
    targets: Data<Targets>,
    path: Path<LinkPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let link = decision_store::find(tx, path.id).await?;
        if targets.find(&link.target).is_none_or(|target| target.induct.is_none()) {
            return Err(Error::not_found());
        }
        let link = decision_store::ask_for_idea(tx, path.id).await?;
        Ok(Tagged(targets.shown(link, &request)))
    });
    work.await
}

/// List conflicts
///
/// Publications of your municipality of which a field was changed here and in KOMINN: what was sent, what each side says now.
#[utoipa::path(operation_id = "list_kominn_conflicts", tag = "kominn", params(PageQuery),
    responses((status = 200, body = Page<KominnLink>, headers(("Link" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/kominn/conflicts")]
async fn list_conflicts(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    targets: Data<Targets>,
    request: HttpRequest,
    Query(PageQuery { limit, cursor }): Query<PageQuery>,
) -> Result<Page<KominnLink>> {
    let query = LinkQuery { state: Some(LinkState::Conflict), target: None, project_id: None, limit, cursor };
    let scope = format!("kominn conflicts {}", caller.municipality());
    page(&caller, &state, &targets, &request, (query, scope)).await
}

/// Resolve a conflict
///
/// Says which side counts, for each field: `ours` is sent, `theirs` is left standing until yours changes again. The next run does it,
/// if both sides still say what they said; or else it is a conflict anew. `If-Match` names the link that you read.
#[utoipa::path(operation_id = "resolve_kominn_conflict", tag = "kominn", params(LinkPath, ("If-Match" = String, Header, description = "The `ETag` that you read")), request_body = ConflictChoices,
    responses((status = 200, body = KominnLink, headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Nothing is left to choose")),
    security(("token" = ["publications:write"])))]
#[put("/kominn/conflicts/{id}/choices")]
async fn choose(
    caller: Caller<Publish>,
    targets: Data<Targets>,
    path: Path<LinkPath>,
    _: Query<NoParameters>,
    body: Body<ConflictChoices>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let link = decision_store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&targets.shown(link, &request).etag())?;
        let link = decision_store::choose(tx, path.id, &body.check()?.choices).await?;
        Ok(Tagged(targets.shown(link, &request)))
    });
    work.await
}
