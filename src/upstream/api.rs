use actix_web::{
    HttpRequest, get, post, put,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    compare::Contents,
    model::{Detachment, Merge, MergeRequest, Upstreams},
    store::{self, EdgeRow, Seen},
};
use crate::{
    platform::{
        auth::{
            Caller,
            permission::{ReadProjects, WriteProjects},
        },
        directory::Directory,
        error::{Code, Error, Fault, Result},
        extract::{Body, IfMatch, NoParameters, Query},
        id::ProjectId,
        problem::Problem,
        respond::Tagged,
        state::State,
    },
    projects::{self, Fields, Project, ProjectPath, check_codes, etag, store::Found},
    publications::{self, PublicationCache},
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(show).service(merge).service(detach);
}

/// Compare with the upstream
///
/// What changed since you imitated it: each upstream by itself, member by member, with the base (the version that you
/// took, or merged last), theirs (the latest version), and yours. Texts come with their differences word by word, lists
/// with what was added and removed. What became of a project, where, and whom to ask is each municipality's own and not
/// compared. An `ETag` of this answer can be sent as `If-Match` of a merge.
#[utoipa::path(operation_id = "show_upstream", tag = "imitation", params(ProjectPath),
    responses((status = 200, body = Upstreams, headers(("ETag" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/projects/{id}/upstream")]
async fn show(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<Upstreams>> {
    let directory = state.directory();
    let read = caller.transaction(async |tx| {
        let (row, _) = projects::store::find(tx, path.id).await?;
        Ok((row, store::edges(tx, path.id).await?))
    });
    let (row, edges) = read.await?;
    let mine = Fields::shared(&row.content)?;
    let items = edges.into_iter().map(|edge| store::upstream(&directory, edge, &mine));
    let items = items.collect::<Result<_>>()?;
    Ok(Tagged(Upstreams { project_id: row.id, revision: row.revision, items }))
}

/// How a merge is run.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Rehearsal {
    /// Whether only to answer what would happen; nothing is written.
    #[serde(default)]
    dry_run: bool,
}

/// Merge from the upstream
///
/// Takes over what changed there, and moves the base to that version. What only they changed is taken and what only you
/// changed is kept, unless `take` and `keep` say otherwise; lists that both changed are united. What both changed
/// differently must be named in either: 409 lists what is undecided. The project is yours to publish afterwards.
/// `If-Match` must name the revision that you read: 412 when somebody was faster, with the current one in `ETag`; then
/// compare again and merge again. `dry_run=true` gives the same answer, also the same refusals, and writes nothing.
/// Merging the same again changes nothing.
#[utoipa::path(operation_id = "merge_upstream", tag = "imitation", request_body = MergeRequest,
    params(ProjectPath, Rehearsal, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    responses((status = 200, body = Merge, headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "A conflict is undecided, or there is no upstream to merge from")),
    security(("token" = ["projects:write"])))]
#[post("/projects/{id}/upstream/merges")]
async fn merge(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    cache: Data<PublicationCache>,
    path: Path<ProjectPath>,
    Query(rehearsal): Query<Rehearsal>,
    body: Body<MergeRequest>,
    request: HttpRequest,
) -> Result<Tagged<Merge>> {
    let directory = state.directory();
    let work = caller.transaction(async |tx| {
        let (mut row, published) = projects::store::lock(tx, path.id).await?;
        IfMatch::of(&request)?.check(&etag(row.revision))?;
        let request = body.check()?;
        request.check()?;
        let (edge, latest) = followed(store::edges(tx, path.id).await?, &request)?;
        let to_version = to_version(&edge, latest, request.to_version)?;
        let theirs =
            publications::store::find_version(tx, edge.parent_id, to_version).await.map_err(unseen)?;
        let theirs = Fields::shared(&theirs.content)?;
        let mine = Fields::of(&row.content)?;
        let (merged, fields) = Contents { base: &edge.base, theirs: &theirs, mine: &mine }.merge(&request)?;
        let content = merged.into_content()?;
        check_codes(&content, &directory)?;
        let mut origins = projects::store::origins(tx, &directory, path.id).await?;
        if !rehearsal.dry_run {
            let now = state.clock.now();
            if content != row.content {
                row.updated_at = now;
                row.revision = projects::store::update(tx, path.id, &content, now).await?;
            }
            if to_version > edge.parent_version {
                store::move_base(tx, path.id, (edge.parent_id, to_version), &theirs).await?;
                store::tell(tx, path.id, published.as_ref(), now).await?;
                origins = projects::store::origins(tx, &directory, path.id).await?;
            }
        }
        row.content = content;
        let project = projects::store::project(&directory, (row, published), origins);
        let (publication_id, from_version) = (edge.parent_id, edge.parent_version);
        Ok(Merge { dry_run: rehearsal.dry_run, publication_id, from_version, to_version, fields, project })
    });
    let merged = work.await?;
    cache.forget(path.id);
    Ok(Tagged(merged))
}

/// The upstream that a merge is from, and its latest version.
fn followed(edges: Vec<Seen>, request: &MergeRequest) -> Result<(EdgeRow, i32)> {
    let named = |edge: &EdgeRow| match request.publication_id {
        Some(id) => edge.parent_id == id,
        None => edge.detached_at.is_none(),
    };
    let mut candidates = edges.into_iter().filter(|(edge, ..)| named(edge));
    let fault = |rule: &str| {
        let fault = Fault::invalid("#/publication_id", rule);
        Error::faults(Code::InvalidBody, "Say which upstream to merge from.", vec![fault])
    };
    let unavailable = |why: &'static str| Error::new(Code::UpstreamUnavailable, why);
    let Some((edge, shown, content)) = candidates.next() else {
        return Err(match request.publication_id {
            Some(_) => fault("must be one that the project imitates"),
            None => unavailable("The project follows no upstream."),
        });
    };
    if candidates.next().is_some() {
        return Err(fault("must be named, because the project follows several"));
    }
    if edge.detached_at.is_some() {
        return Err(unavailable("The project was detached from it."));
    }
    match shown.filter(|_| content.is_some()) {
        Some(shown) => Ok((edge, shown.version)),
        None => Err(unavailable("It was withdrawn, or is no longer shown to you.")),
    }
}

/// The version to merge up to: never back.
fn to_version(edge: &EdgeRow, latest: i32, wanted: Option<i32>) -> Result<i32> {
    let version = wanted.unwrap_or(latest);
    if (edge.parent_version..=latest).contains(&version) {
        return Ok(version);
    }
    let rule = format!("must be from {} (your base) to {latest} (the latest)", edge.parent_version);
    let fault = Fault::invalid("#/to_version", rule);
    Err(Error::faults(Code::InvalidBody, "The version cannot be merged.", vec![fault]))
}

fn unseen(error: Error) -> Error {
    if error.code() != Code::NotFound {
        return error;
    }
    let fault = Fault::invalid("#/to_version", "must be a version that you may see");
    Error::faults(Code::InvalidBody, "The version cannot be merged.", vec![fault])
}

/// An upstream of a project, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct UpstreamPath {
    /// The project's id.
    id: ProjectId,
    /// The id of the publication that it imitates.
    publication_id: ProjectId,
}

/// Detach from an upstream
///
/// The project no longer follows it: nothing is merged from there any more, and you are told of nothing new. That it was
/// imitated stays in the lineage for good, with the reason for leaving it. Detaching again changes nothing. It cannot be taken back;
/// imitate the publication anew instead.
#[utoipa::path(operation_id = "detach_upstream", tag = "imitation", request_body = Detachment,
    params(UpstreamPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    responses((status = 200, body = Project, headers(("ETag" = String)))),
    security(("token" = ["projects:write"])))]
#[put("/projects/{id}/upstream/{publication_id}/detachment")]
async fn detach(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    cache: Data<PublicationCache>,
    path: Path<UpstreamPath>,
    _: Query<NoParameters>,
    body: Body<Detachment>,
    request: HttpRequest,
) -> Result<Tagged<Project>> {
    let directory: &Directory = &state.directory();
    let work = caller.transaction(async |tx| {
        let found: Found = projects::store::lock(tx, path.id).await?;
        let edges = store::edges(tx, path.id).await?;
        let edge = edges.iter().find(|(edge, ..)| edge.parent_id == path.publication_id);
        let (edge, ..) = edge.ok_or_else(Error::not_found)?;
        IfMatch::of(&request)?.check(&etag(found.0.revision))?;
        let detachment = body.check()?;
        if edge.detached_at.is_none() {
            let now = state.clock.now();
            let reason = detachment.reason.as_str();
            store::detach(tx, (path.id, path.publication_id), reason, now).await?;
            store::tell(tx, path.id, found.1.as_ref(), now).await?;
        }
        let origins = projects::store::origins(tx, directory, path.id).await?;
        Ok(projects::store::project(directory, found, origins))
    });
    let project = work.await?;
    cache.forget(path.id);
    Ok(Tagged(project))
}
