use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    feed_api,
    model::{MOST, SavedSearch, SearchRequest, etag},
    patch::SearchPatch,
    store,
};
use crate::platform::{
    auth::{
        Caller, Reader,
        permission::{ReadPublications, WriteProjects},
    },
    error::{Code, Error, Result},
    extract::{Body, IfMatch, MergePatch, NoParameters, Query},
    id::SearchId,
    page::{Page, PageQuery},
    problem::Problem,
    respond::{Created, Tagged},
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create).service(list).service(show).service(update).service(remove);
    cfg.configure(feed_api::routes);
}

/// The saved search's id, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SearchPath {
    /// A saved search's id.
    pub(super) id: SearchId,
}

/// Save a search
///
/// What your municipality keeps looking for: words and filters as `GET /v1/publications` takes them. `feeds` of the
/// answer tell what is new among the hits. With `public` everybody who knows the id may read the search and follow its
/// feeds, without a token, as feed readers do; they then show what is public. A municipality keeps 200 at most.
#[utoipa::path(operation_id = "save_search", tag = "searches", request_body = SearchRequest,
    responses((status = 201, body = SavedSearch, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are too many")),
    security(("token" = ["projects:write"])))]
#[post("/searches")]
async fn create(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    _: Query<NoParameters>,
    body: Body<SearchRequest>,
) -> Result<HttpResponse> {
    let (directory, request) = (state.directory(), body.check()?);
    request.check(&directory)?;
    let work = caller.act(async |tx| {
        if store::count(tx).await? >= MOST {
            return Err(Error::new(Code::TooMany, format!("A municipality keeps {MOST} searches at most.")));
        }
        let row = store::insert(tx, request, state.clock.now()).await?;
        Ok(Created(store::saved(&directory, row)))
    });
    work.await
}

/// List saved searches
///
/// Your municipality's own, newest first.
#[utoipa::path(operation_id = "list_searches", tag = "searches", params(PageQuery),
    responses((status = 200, body = Page<SavedSearch>, headers(("Link" = String)))),
    security(("token" = ["publications:read"])))]
#[get("/searches")]
async fn list(
    caller: Caller<ReadPublications>,
    state: Data<State>,
    request: HttpRequest,
    Query(page): Query<PageQuery>,
) -> Result<Page<SavedSearch>> {
    let directory = state.directory();
    let scope = format!("searches {}", caller.municipality());
    let before = page.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let rows = caller.look(async |tx| store::page(tx, before, page.limit.fetch()).await).await?;
    let searches = rows.into_iter().map(|row| store::saved(&directory, row)).collect();
    Page::new(&request, page.limit, searches, |last: &SavedSearch| state.cursors.seal(&scope, &last.id))
}

/// Show a saved search
///
/// Your municipality's own, or a public one.
#[utoipa::path(operation_id = "show_search", tag = "searches", params(SearchPath),
    responses((status = 200, body = SavedSearch, headers(("ETag" = String)))),
    security((), ("token" = ["publications:read"])))]
#[get("/searches/{id}")]
async fn show(
    reader: Reader,
    state: Data<State>,
    path: Path<SearchPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<SavedSearch>> {
    let row = reader.read(async |tx| store::find(tx, path.id).await).await?;
    Ok(Tagged(store::saved(&state.directory(), row)))
}

/// Change a saved search
///
/// A merge patch (RFC 7396), of your municipality's own. `If-Match` must name the revision that you read.
#[utoipa::path(operation_id = "update_search", tag = "searches", params(SearchPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    request_body(content = SearchPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = SavedSearch, headers(("ETag" = String)))),
    security(("token" = ["projects:write"])))]
#[patch("/searches/{id}")]
async fn update(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<SearchPath>,
    _: Query<NoParameters>,
    patch: MergePatch,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let work = caller.act(async |tx| {
        let mut row = store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&etag(row.revision))?;
        let content: SearchRequest = patch.apply(&row.content)?;
        content.check(&directory)?;
        if content != row.content {
            row.revision = store::update(tx, path.id, &content).await?;
            row.content = content;
        }
        Ok(Tagged(store::saved(&directory, row)))
    });
    work.await
}

/// Delete a saved search
///
/// Your municipality's own; its feeds end.
#[utoipa::path(operation_id = "delete_search", tag = "searches", params(SearchPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    responses((status = 204, description = "Gone")),
    security(("token" = ["projects:write"])))]
#[delete("/searches/{id}")]
async fn remove(
    caller: Caller<WriteProjects>,
    path: Path<SearchPath>,
    _: Query<NoParameters>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let row = store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&etag(row.revision))?;
        store::delete(tx, path.id).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}
