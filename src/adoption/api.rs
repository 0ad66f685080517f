use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use futures_util::try_join;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{Adoptions, EntryRequest, Ledger},
    store::{self, Subject},
    sum_store::{self, Position},
};
use crate::{
    platform::{
        auth::{
            Caller, Reader,
            permission::{ReadProjects, WriteProjects},
        },
        error::{Error, Result},
        extract::{Body, NoParameters, Query},
        page::{Page, PageQuery},
        problem::Problem,
        respond::{Created, Tagged},
        state::State,
    },
    projects::{self, ProjectPath},
    publications,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(show).service(record).service(show_without_copy).service(record_without_copy).service(list);
}

/// Show the adoption of a project
///
/// What became of your own project here: how far it has come, what it gave and cost, what did not work; with every entry
/// of the ledger. An imitation's ledger begins with it.
#[utoipa::path(operation_id = "show_adoption", tag = "adoption", params(ProjectPath),
    responses((status = 200, body = Ledger, headers(("ETag" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/projects/{id}/adoption")]
async fn show(
    caller: Caller<ReadProjects>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<Ledger>> {
    let read = caller.look(async |tx| {
        projects::store::find(tx, path.id).await?;
        store::ledger(tx, Subject::Own(path.id)).await
    });
    read.await.map(Tagged)
}

/// Record the adoption of a project
///
/// Adds an entry to the ledger: `planned`, `piloting`, `in_use`, `evaluated`, or `discontinued` with the reason. What
/// an entry does not mention stands as it was said before. This is apart from the project's `phase`, which its content says: the
/// one is what the municipality tells of the project, the other what became of it. Entries are never changed; one that was wrong is corrected
/// by another with `corrects`, which takes its place in the order. Once the project is published, those who see it see
/// what the ledger comes to, and the originals that it imitates count it.
#[utoipa::path(operation_id = "record_adoption", tag = "adoption", params(ProjectPath), request_body = EntryRequest,
    responses((status = 201, body = Ledger, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The state cannot follow, or the ledger is full")),
    security(("token" = ["projects:write"])))]
#[post("/projects/{id}/adoption/entries")]
async fn record(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    body: Body<EntryRequest>,
) -> Result<HttpResponse> {
    let act = (caller.role(), state.clock.now());
    let work = caller.act(async |tx| {
        // Nobody deletes it meanwhile.
        projects::store::lock(tx, path.id).await?;
        store::append(tx, Subject::Own(path.id), checked(body, act.1)?, act).await.map(Created)
    });
    work.await
}

fn checked(body: Body<EntryRequest>, now: DateTime<Utc>) -> Result<EntryRequest> {
    let request = body.check()?;
    request.check(now.date_naive())?;
    Ok(request)
}

/// Show the adoption of a publication
///
/// Your own municipality's, of a publication of another that you use without a copy. Of your own publication, it is
/// the ledger of the project.
#[utoipa::path(operation_id = "show_adoption_without_copy", tag = "adoption", params(ProjectPath),
    responses((status = 200, body = Ledger, headers(("ETag" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/publications/{id}/adoption")]
async fn show_without_copy(
    caller: Caller<ReadProjects>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<Ledger>> {
    let read = caller.look(async |tx| {
        let ledger = store::ledger(tx, store::subject(tx, path.id).await?).await?;
        // What was recorded stays one's own, also when the publication is no longer shown.
        if ledger.entries.is_empty() {
            publications::store::find(tx, path.id).await?;
        }
        Ok(ledger)
    });
    read.await.map(Tagged)
}

/// Record the adoption of a publication
///
/// For those who use another's publication without making a project of it. The entry is as for a project. Everybody who
/// may see the publication sees that you use it, and what the ledger comes to.
#[utoipa::path(operation_id = "record_adoption_without_copy", tag = "adoption", params(ProjectPath), request_body = EntryRequest,
    responses((status = 201, body = Ledger, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The state cannot follow, or the ledger is full")),
    security(("token" = ["projects:write"])))]
#[post("/publications/{id}/adoption/entries")]
async fn record_without_copy(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    body: Body<EntryRequest>,
) -> Result<HttpResponse> {
    let act = (caller.role(), state.clock.now());
    let work = caller.act(async |tx| {
        publications::store::find(tx, path.id).await?;
        let subject = store::subject(tx, path.id).await?;
        store::append(tx, subject, checked(body, act.1)?, act).await.map(Created)
    });
    work.await
}

/// List what became of a publication
///
/// How many copied it, and how far other municipalities are with it now, each counted once; then
/// every ledger behind that, and the owner's own, with its benefits, costs, what was changed, what did not work and the advice that came of it, last recorded
/// first. As far as you may see: an imitation that is not published, or not for you, is neither shown nor counted.
#[utoipa::path(operation_id = "list_adoptions", tag = "adoption", params(ProjectPath, PageQuery),
    responses((status = 200, body = Adoptions, headers(("Link" = String)))),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/adoptions")]
async fn list(
    reader: Reader,
    state: Data<State>,
    request: HttpRequest,
    path: Path<ProjectPath>,
    Query(page): Query<PageQuery>,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let scope = format!("adoptions {}", path.id);
    let after: Option<Position> =
        page.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let read = reader.read(async |tx| {
        let (shown, ids) = (publications::store::find(tx, path.id).await?, [path.id]);
        let rows = sum_store::page(tx, &directory, path.id, after, page.limit.fetch());
        let (own, copied) = (sum_store::own(tx, &directory, &shown), sum_store::copied(tx, path.id));
        Ok::<_, Error>(try_join!(rows, sum_store::tallies(tx, &ids), copied, own)?)
    });
    let (rows, tallies, copied, own) = read.await?;
    let tally = tallies.first().map(|(_, tally)| *tally).unwrap_or_default();
    let Page { items, page } = Page::new(&request, page.limit, rows, |last| {
        let position: Position = (last.recorded_at, last.subject, last.municipality.organisation_number);
        state.cursors.seal(&scope, &position)
    })?;
    let link = page.header();
    Ok(HttpResponse::Ok().insert_header((header::LINK, link)).json(Adoptions {
        copied,
        tally,
        own,
        items,
        page,
    }))
}
