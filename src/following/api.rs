use actix_web::{
    HttpResponse, delete, get, put,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{
    model::{Follow, FollowKind, Follows},
    notification_api, store,
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
        extract::{NoParameters, Query},
        id::MunicipalityId,
        problem::Problem,
        state::State,
    },
    publications,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list).service(follow).service(unfollow);
    cfg.configure(notification_api::routes);
}

/// Something that can be followed, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct FollowPath {
    /// `publication`, `municipality` or `area`.
    #[param(inline)]
    kind: FollowKind,
    /// A publication's id, a municipality's organisation number, or the code of a strategic area.
    target: String,
}

/// List what is followed
///
/// By your municipality. What you imitate, what imitates yours, and proposals are told without being followed.
#[utoipa::path(operation_id = "list_follows", tag = "notifications",
    responses((status = 200, body = Follows)),
    security(("token" = ["projects:read"])))]
#[get("/follows")]
async fn list(caller: Caller<ReadProjects>, _: Query<NoParameters>) -> Result<HttpResponse> {
    let items = caller.look(async |tx| store::follows(tx).await).await?;
    Ok(HttpResponse::Ok().json(Follows { items }))
}

/// Follow something
///
/// A `publication`, all of a `municipality`, or all of a strategic `area`: `GET /v1/notifications` tells of new publications, new versions,
/// withdrawals and adoptions from now on. Following again changes nothing. A municipality follows 500 at most.
#[utoipa::path(operation_id = "follow_subject", tag = "notifications", params(FollowPath),
    responses((status = 200, body = Follow, description = "It was followed before"), (status = 201, body = Follow),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are too many")),
    security(("token" = ["projects:write"])))]
#[put("/follows/{kind}/{target}")]
async fn follow(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<FollowPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let (directory, kind, target) = (state.directory(), path.kind, written(path.kind, &path.target)?);
    let work = caller.act(async |tx| {
        check(tx, &directory, kind, &target).await?;
        let (new, followed) = store::follow(tx, (kind, &target), state.clock.now()).await?;
        let mut response = if new { HttpResponse::Created() } else { HttpResponse::Ok() };
        Ok(response.json(followed))
    });
    work.await
}

/// The target as it is written everywhere.
fn written(kind: FollowKind, target: &str) -> Result<String> {
    match kind {
        FollowKind::Publication => {
            target.parse::<Uuid>().map(|id| id.to_string()).map_err(|_cause| Error::not_found())
        }
        FollowKind::Municipality | FollowKind::Area => {
            let plain = target.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            plain.then(|| target.to_owned()).ok_or_else(Error::not_found)
        }
    }
}

/// Whether there is such a target that the caller may know of.
async fn check(tx: &TenantTx<'_>, directory: &Directory, kind: FollowKind, target: &str) -> Result<()> {
    let known = match kind {
        FollowKind::Publication => {
            let id: Uuid = target.parse().map_err(|_cause| Error::not_found())?;
            publications::store::find(tx, id.into()).await.map(|_| true)?
        }
        FollowKind::Municipality => {
            target.parse().is_ok_and(|id: MunicipalityId| directory.municipalities.contains_key(&id))
        }
        FollowKind::Area => directory.knows("strategic_areas", target),
    };
    known.then_some(()).ok_or_else(Error::not_found)
}

/// Stop following something
///
/// Nothing more is told of it; what was told stays.
#[utoipa::path(operation_id = "unfollow_subject", tag = "notifications", params(FollowPath),
    responses((status = 204, description = "No longer followed")),
    security(("token" = ["projects:write"])))]
#[delete("/follows/{kind}/{target}")]
async fn unfollow(
    caller: Caller<WriteProjects>,
    path: Path<FollowPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let target = written(path.kind, &path.target)?;
    let work = caller.act(async |tx| {
        store::unfollow(tx, path.kind, &target).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}
