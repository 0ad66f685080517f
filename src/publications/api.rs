use actix_web::{
    HttpRequest, HttpResponse, Responder, delete, get,
    http::header,
    put,
    web::{Bytes, Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    cache::{Cached, PublicationCache},
    model::{OwnPublication, Publication, PublishRequest},
    store::{self, Outcome},
    version::{Version, VersionChanges, VersionSummary},
    version_store,
};
use crate::{
    platform::{
        auth::{
            Caller, Reader,
            permission::{Publish, ReadProjects},
        },
        directory::Directory,
        error::{Error, Result},
        extract::{Body, IfMatch, NoParameters, Query},
        fingerprint::fingerprint,
        id::ProjectId,
        page::{Page, PageQuery},
        problem::Problem,
        respond::{Created, Entity, Rendered, Tagged},
        state::State,
    },
    projects::{self, ProjectPath, etag},
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(show).service(show_own).service(publish).service(withdraw);
    cfg.service(list_versions).service(show_version).service(show_changes);
}

/// Show how a project is published
///
/// Whether others see it, in which version, and what it lacks before it can be published as it stands. The `ETag`
/// is the project's.
#[utoipa::path(operation_id = "show_own_publication", tag = "projects", params(ProjectPath),
    responses((status = 200, body = OwnPublication, headers(("ETag" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/projects/{id}/publication")]
async fn show_own(
    caller: Caller<ReadProjects>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<OwnPublication>> {
    let found = caller.look(async |tx| projects::store::find(tx, path.id).await).await?;
    Ok(Tagged(store::own(found)))
}

/// Publish a project
///
/// Shows the project as it stands to the audience: `region` (municipalities that share a region with yours) or
/// `public`. A changed project becomes a new, immutable version; the same one again changes nothing. `If-Match`
/// must name the revision of the project that you reviewed. What is missing is answered all at once (422). A `note`
/// belongs to a version: without a new one it is not kept. It can be found by search within a second.
#[utoipa::path(operation_id = "publish_project", tag = "projects", params(ProjectPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    request_body = PublishRequest,
    responses((status = 200, body = OwnPublication, headers(("ETag" = String))),
        (status = 201, body = OwnPublication, headers(("ETag" = String), ("Location" = String)))),
    security(("token" = ["publications:write"])))]
#[put("/projects/{id}/publication")]
async fn publish(
    caller: Caller<Publish>,
    state: Data<State>,
    cache: Data<PublicationCache>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    body: Body<PublishRequest>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let found = projects::store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&etag(found.0.revision))?;
        let act = (caller.role(), state.clock.now());
        let (outcome, found) = store::publish(tx, found, &body.check()?, act).await?;
        let published = store::own(found);
        Ok(match outcome {
            Outcome::Created => Created(published).respond_to(&request),
            Outcome::Changed | Outcome::Unchanged => {
                HttpResponse::Ok().insert_header((header::ETAG, published.etag())).json(published)
            }
        })
    });
    let response = work.await?;
    cache.forget(path.id);
    Ok(response)
}

/// Withdraw a publication
///
/// Others no longer see its content, and search no longer finds it. A tombstone stays: those who imitated it keep
/// their origin. Publishing again shows a new version.
#[utoipa::path(operation_id = "withdraw_project", tag = "projects", params(ProjectPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    responses((status = 204, description = "Withdrawn", headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is not published")),
    security(("token" = ["publications:write"])))]
#[delete("/projects/{id}/publication")]
async fn withdraw(
    caller: Caller<Publish>,
    state: Data<State>,
    cache: Data<PublicationCache>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let found = projects::store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&etag(found.0.revision))?;
        let revision = store::withdraw(tx, found, state.clock.now()).await?;
        Ok(HttpResponse::NoContent().insert_header((header::ETAG, etag(revision))).finish())
    });
    let response = work.await?;
    cache.forget(path.id);
    Ok(response)
}

/// Show a publication
///
/// In its latest version. Without a token you see what is public; with one, also what is published for your
/// region. 410 when it was withdrawn; `Link` then names the imitation in which it lives on, if its owner handed it over.
#[utoipa::path(operation_id = "show_publication", tag = "publications", params(ProjectPath),
    responses((status = 200, body = Publication, headers(("ETag" = String))),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "It was withdrawn")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}")]
async fn show(
    reader: Reader,
    state: Data<State>,
    cache: Data<PublicationCache>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
) -> Result<Rendered> {
    let load = render(&reader, &state, path.id);
    let Cached { body, etag } = match reader.municipality() {
        None => cache.get(path.id, &state.directory(), load).await?,
        Some(_) => load.await?,
    };
    Ok(Rendered { media_type: "application/json", body, etag: etag.as_ref().to_owned() })
}

async fn render(reader: &Reader, state: &State, id: ProjectId) -> Result<Cached> {
    let directory = state.directory();
    let publication = reader.read(async |tx| store::show(tx, &directory, id).await).await?;
    let body = serde_json::to_vec(&publication).map_err(anyhow::Error::from)?;
    let etag = format!("\"v-{}-{}\"", publication.version, fingerprint(&body));
    Ok(Cached { body: Bytes::from(body), etag: etag.into() })
}

/// List versions
///
/// Of a publication that you may see, newest first.
#[utoipa::path(operation_id = "list_versions", tag = "publications", params(ProjectPath, PageQuery),
    responses((status = 200, body = Page<VersionSummary>, headers(("Link" = String))),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "It was withdrawn")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/versions")]
async fn list_versions(
    reader: Reader,
    state: Data<State>,
    request: HttpRequest,
    path: Path<ProjectPath>,
    Query(page): Query<PageQuery>,
) -> Result<Page<VersionSummary>> {
    let scope = format!("versions {}", path.id);
    let before = page.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let read = reader.read(async |tx| {
        store::find_present(tx, path.id).await?;
        version_store::versions(tx, path.id, (0, before.unwrap_or(i32::MAX)), page.limit.fetch()).await
    });
    Page::new(&request, page.limit, read.await?, |last| state.cursors.seal(&scope, &last.version))
}

/// A version, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct VersionPath {
    /// The publication's id.
    id: ProjectId,
    /// The version's number, 1 or higher.
    version: i32,
}

/// Show a version
///
/// As it was published; a version never changes.
#[utoipa::path(operation_id = "show_version", tag = "publications", params(VersionPath),
    responses((status = 200, body = Version, headers(("ETag" = String))),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "It was withdrawn")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/versions/{version}")]
async fn show_version(
    reader: Reader,
    state: Data<State>,
    path: Path<VersionPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<Version>> {
    let directory: &Directory = &state.directory();
    let read = reader.read(async |tx| {
        store::find_present(tx, path.id).await?;
        store::find_version(tx, path.id, path.version).await
    });
    Ok(Tagged(version_store::version(directory, read.await?)))
}

/// What a version is compared with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Since {
    /// The number of the other version, which may be older or newer; 0 for nothing. Unless named it is the version before; nothing, when there is
    /// none that you may see.
    #[param(minimum = 0)]
    since: Option<i32>,
}

/// Show what changed in a version
///
/// Since the one before, or any other: the members that differ, texts word by word, lists with what was added and removed. With the
/// versions between the two: in which role somebody published each, and the note that says why.
#[utoipa::path(operation_id = "show_version_changes", tag = "publications", params(VersionPath, Since),
    responses((status = 200, body = VersionChanges),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "It was withdrawn")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/versions/{version}/changes")]
async fn show_changes(
    reader: Reader,
    path: Path<VersionPath>,
    Query(query): Query<Since>,
) -> Result<HttpResponse> {
    if query.since.is_some_and(|since| since < 0) {
        return Err(Error::parameter("since", "must be 0 or the number of a version"));
    }
    let read = reader.read(async |tx| {
        store::find_present(tx, path.id).await?;
        version_store::version_changes(tx, path.id, (query.since, path.version)).await
    });
    Ok(HttpResponse::Ok().json(read.await?))
}
