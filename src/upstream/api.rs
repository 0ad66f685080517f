use actix_web::{
    HttpRequest, HttpResponse, get, post, put,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{Detachment, Merge, MergeRequest, Upstreams},
    store::{self, Seen},
};
use crate::{
    platform::{
        auth::{
            Caller,
            permission::{ReadProjects, WriteProjects},
        },
        db::TenantTx,
        directory::Directory,
        error::{Error, Result},
        extract::{Body, IfMatch, NoParameters, Query},
        id::ProjectId,
        problem::Problem,
        respond::Tagged,
        state::State,
    },
    projects::{self, Project, ProjectPath, etag, store::Found},
    publications::PublicationCache,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(show).service(merge).service(detach);
}

/// Compare with the upstream
///
/// What changed since you imitated it: each upstream by itself, member by member, with the base (the version that you
/// took, or merged last), theirs (the latest version), and yours. Texts come with their differences word by word, lists
/// with what was added and removed. What became of a project, where, and whom to ask is each municipality's own and not
/// compared. Send the `ETag` of this answer as `If-Match` of a merge: then nothing is merged that you have not seen, neither
/// here nor there.
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
    let read = caller.look(async |tx| {
        let (row, _) = projects::store::find(tx, path.id).await?;
        Ok((row, store::edges(tx, path.id).await?))
    });
    let (row, edges) = read.await?;
    Ok(Tagged(store::upstreams(&directory, &row, edges)?))
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
/// compare again and merge again. `dry_run=true` answers what would happen, with the same refusals, and writes nothing: the
/// project is shown with the content that it would have, in its present revision. Merging the same again changes nothing.
#[utoipa::path(operation_id = "merge_upstream", tag = "imitation", request_body = MergeRequest,
    params(ProjectPath, Rehearsal, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    responses((status = 200, body = Merge, headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "A conflict is undecided, or there is no upstream to merge from")),
    security(("token" = ["projects:write"])))]
#[post("/projects/{id}/upstream/merges")]
async fn merge(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<ProjectPath>,
    Query(rehearsal): Query<Rehearsal>,
    body: Body<MergeRequest>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let work = caller.act(async |tx| {
        let (found, edges) = seen(tx, path.id, &request).await?;
        let request = body.check()?;
        request.check()?;
        let how = (rehearsal.dry_run, state.clock.now());
        store::merge(tx, &directory, (found, edges), &request, how).await.map(Tagged)
    });
    work.await
}

/// A locked project with its upstreams, as the request's `If-Match` saw them: by the revision of the project, or by the
/// entity tag of the comparison, which also says what the upstreams were at.
async fn seen(tx: &TenantTx<'_>, id: ProjectId, request: &HttpRequest) -> Result<(Found, Vec<Seen>)> {
    let found = projects::store::lock(tx, id).await?;
    let edges = store::edges(tx, id).await?;
    let if_match = IfMatch::of(request)?;
    if !if_match.names(&store::tag(found.0.revision, &edges)) {
        if_match.check(&etag(found.0.revision))?;
    }
    Ok((found, edges))
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
/// imitated stays in the lineage for good; everybody who sees both publications sees the reason for leaving it. Detaching again changes nothing. It cannot be taken back;
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
) -> Result<HttpResponse> {
    let directory: &Directory = &state.directory();
    let work = caller.act(async |tx| {
        let (mut found, edges) = seen(tx, path.id, &request).await?;
        let edge = edges.iter().find(|(edge, ..)| edge.parent_id == path.publication_id);
        let (edge, ..) = edge.ok_or_else(Error::not_found)?;
        let detachment = body.check()?;
        if edge.detached_at.is_none() {
            let act = (detachment.reason.as_str(), state.clock.now());
            store::detach(tx, &mut found, path.publication_id, act).await?;
        }
        let origins = projects::store::origins(tx, directory, path.id).await?;
        Ok(Tagged(projects::store::project(directory, found, origins)))
    });
    let response = work.await?;
    cache.forget(path.id);
    Ok(response)
}
