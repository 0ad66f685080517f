use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post,
    web::{Data, Path},
};
use futures_util::try_join;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    content::{Content, check_codes, check_image},
    model::{Filter, Project, ProjectSummary, etag},
    patch::ContentPatch,
    phase::Phase,
    quota::ProjectQuota,
    store,
};
use crate::platform::{
    auth::{
        Caller,
        permission::{ReadProjects, WriteProjects},
    },
    error::{Code, Error, Result},
    extract::{Body, IfMatch, MergePatch, NoParameters, Query},
    id::ProjectId,
    page::Page,
    problem::Problem,
    respond::{Created, Tagged},
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create).service(list).service(show).service(update).service(remove);
}

/// The project's id, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProjectPath {
    /// A project's id; its publication has the same.
    pub id: ProjectId,
}

/// Create a project
///
/// The project starts as a draft that only your municipality can see. The title is all it needs; what publishing
/// needs is checked when you publish.
#[utoipa::path(operation_id = "create_project", tag = "projects", request_body = Content,
    responses((status = 201, body = Project, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are too many, or the same request is being answered")),
    security(("token" = ["projects:write"])))]
#[post("/projects")]
async fn create(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    quota: Data<ProjectQuota>,
    _: Query<NoParameters>,
    body: Body<Content>,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let content = body.check()?;
    check_codes(&content, &directory)?;
    let work = caller.act(async |tx| {
        quota.check(tx).await?;
        check_image(tx, &content).await?;
        let found = store::insert(tx, ProjectId::new(), content, state.clock.now()).await?;
        Ok(Created(store::project(&directory, found, Vec::new())))
    });
    work.await
}

/// List own projects
///
/// Your municipality's projects, drafts included. Nobody else sees this list.
#[utoipa::path(operation_id = "list_projects", tag = "projects", params(Filter),
    responses((status = 200, body = Page<ProjectSummary>, headers(("Link" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/projects")]
async fn list(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    request: HttpRequest,
    Query(filter): Query<Filter>,
) -> Result<Page<ProjectSummary>> {
    let scope = filter.scope(caller.municipality())?;
    let after = filter.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let rows = caller.look(async |tx| store::page(tx, &filter, after).await).await?;
    Page::new(&request, filter.limit, rows, |last| {
        state.cursors.seal(&scope, &store::position(filter.sort, last))
    })
}

/// Show a project
///
/// With its state of publication and its origins. `ETag` is what you send as `If-Match` to change it.
#[utoipa::path(operation_id = "show_project", tag = "projects", params(ProjectPath),
    responses((status = 200, body = Project, headers(("ETag" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/projects/{id}")]
async fn show(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<Project>> {
    let directory = state.directory();
    let read =
        caller.look(async |tx| try_join!(store::find(tx, path.id), store::origins(tx, &directory, path.id)));
    let (found, origins) = read.await?;
    Ok(Tagged(store::project(&directory, found, origins)))
}

/// Change a project
///
/// A merge patch (RFC 7396): send the members that change, null to remove one; lists are replaced whole. Others
/// see nothing of it until you publish. `If-Match` must name the revision that you read, so that nobody's work is
/// overwritten: 412 when somebody was faster.
#[utoipa::path(operation_id = "update_project", tag = "projects", params(ProjectPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    request_body(content = ContentPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Project, headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The phase cannot change that way")),
    security(("token" = ["projects:write"])))]
#[patch("/projects/{id}")]
async fn update(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    patch: MergePatch,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let work = caller.act(async |tx| {
        let (mut row, published) = store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&etag(row.revision))?;
        let content: Content = patch.apply(&row.content)?;
        check_codes(&content, &directory)?;
        if content.image != row.content.image {
            check_image(tx, &content).await?;
        }
        check_phase(row.content.phase, content.phase)?;
        if content != row.content {
            row.updated_at = state.clock.now();
            row.revision = store::update(tx, path.id, &content, row.updated_at).await?;
            row.content = content;
        }
        let origins = store::origins(tx, &directory, path.id).await?;
        Ok(Tagged(store::project(&directory, (row, published), origins)))
    });
    work.await
}

/// Delete a draft
///
/// Only what was never published: a publication is withdrawn instead, so that those who imitated it keep their
/// origin.
#[utoipa::path(operation_id = "delete_project", tag = "projects", params(ProjectPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    responses((status = 204, description = "Gone"), (status = 409, body = Problem, content_type = "application/problem+json", description = "It was published")),
    security(("token" = ["projects:write"])))]
#[delete("/projects/{id}")]
async fn remove(
    caller: Caller<WriteProjects>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let (row, published) = store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&etag(row.revision))?;
        if published.is_some() {
            return Err(Error::new(Code::Published, "Withdraw its publication instead; a tombstone stays."));
        }
        store::delete(tx, path.id).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}

fn check_phase(from: Phase, to: Phase) -> Result<()> {
    if from.may_become(to) {
        return Ok(());
    }
    let detail = format!("From {} a project can become {}.", from.code(), from.successors());
    Err(Error::new(Code::PhaseTransition, detail))
}
