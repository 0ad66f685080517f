use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{ImitationRequest, Imitations},
    store::{self, Position},
};
use crate::{
    platform::{
        auth::{Caller, Reader, permission::WriteProjects},
        error::Result,
        extract::{Body, NoParameters, Query},
        id::ProjectId,
        page::{Page, PageQuery},
        problem::Problem,
        respond::Created,
        state::State,
    },
    projects::{self, Project, ProjectPath, ProjectQuota},
    publications,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create).service(list);
}

/// Imitate a publication
///
/// Makes a project of your own out of another municipality's publication: its need, solution, advice, areas and
/// tags are copied; its contact, phase and results are not. The origin is kept, with the version that you
/// imitated. The new project is a draft until you publish it; its ledger
/// of adoption begins with it: planned, or in use when you have done it already.
#[utoipa::path(operation_id = "imitate_publication", tag = "imitation", params(ProjectPath), request_body = ImitationRequest,
    responses((status = 201, body = Project, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is your own, or you have too many projects"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "It was withdrawn")),
    security(("token" = ["projects:write"])))]
#[post("/publications/{id}/imitations")]
async fn create(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    quota: Data<ProjectQuota>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    body: Body<ImitationRequest>,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let work = caller.act(async |tx| {
        let parent = publications::store::find_latest(tx, path.id).await?;
        quota.check(tx).await?;
        let (id, body) = (ProjectId::new(), body.check()?);
        let act = (caller.role(), state.clock.now());
        body.check(act.1.date_naive())?;
        let (found, origins) = store::imitate(tx, &directory, id, parent, &body, act).await?;
        Ok(Created(projects::store::project(&directory, found, origins)))
    });
    work.await
}

/// List imitations
///
/// Of a publication, newest first: those that you may see, and your own drafts. Others' drafts are neither listed
/// nor counted.
#[utoipa::path(operation_id = "list_imitations", tag = "imitation", params(ProjectPath, PageQuery),
    responses((status = 200, body = Imitations, headers(("Link" = String)))),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/imitations")]
async fn list(
    reader: Reader,
    state: Data<State>,
    request: HttpRequest,
    path: Path<ProjectPath>,
    Query(page): Query<PageQuery>,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let scope = format!("imitations {}", path.id);
    let after: Option<Position> =
        page.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let read = reader.read(async |tx| {
        publications::store::find(tx, path.id).await?;
        store::page(tx, &directory, path.id, after, page.limit.fetch()).await
    });
    let (rows, total) = read.await?;
    let Page { items, page } = Page::new(&request, page.limit, rows, |last| {
        state.cursors.seal(&scope, &(last.imitated_at, last.id))
    })?;
    let link = page.header();
    Ok(HttpResponse::Ok().insert_header((header::LINK, link)).json(Imitations { items, total, page }))
}
