use actix_web::{
    HttpResponse, delete, get, put,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    config::{Target, Targets},
    consent_store,
    due::due,
    link_api, link_store, platform_api, run_api,
    shown::{KominnTarget, KominnTargets, StateCount},
    target_store,
};
use crate::platform::{
    auth::{
        Caller,
        permission::{Publish, ReadProjects},
    },
    db::TenantTx,
    error::{Error, Result},
    extract::{NoParameters, Query},
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list).service(give_consent).service(take_consent_back);
    cfg.configure(link_api::routes).configure(run_api::routes).configure(platform_api::routes);
}

/// A site, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TargetPath {
    /// The name of the site, from `GET /v1/kominn/targets`.
    pub(super) target: String,
}

impl Targets {
    /// The site of a path.
    pub(super) fn named(&self, name: &str) -> Result<&Target> {
        self.find(name).ok_or_else(Error::not_found)
    }
}

/// List KOMINN sites
///
/// Those that this service is set up for, and how your municipality stands towards each: whether it lets its public
/// publications be sent, and what became of them.
#[utoipa::path(operation_id = "list_kominn_targets", tag = "kominn",
    responses((status = 200, body = KominnTargets)),
    security(("token" = ["projects:read"])))]
#[get("/kominn/targets")]
async fn list(
    caller: Caller<ReadProjects>,
    targets: Data<Targets>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let work = caller.look(async |tx| {
        let mut items = Vec::new();
        for target in &targets.targets {
            items.push(show(tx, target).await?);
        }
        Ok(items)
    });
    Ok(HttpResponse::Ok().json(KominnTargets { items: work.await? }))
}

async fn show(tx: &TenantTx<'_>, target: &Target) -> Result<KominnTarget> {
    let known = target_store::find(tx, &target.name).await?;
    let links = link_store::standing(tx, &target.name, Some(tx.municipality())).await?;
    let links = links.into_iter().map(|found| StateCount { state: found.state, links: found.links });
    Ok(KominnTarget {
        name: target.name.clone(),
        site: target.site.clone(),
        sends: target.pushes(),
        reads: target.pulls(),
        consent_given_at: consent_store::consent(tx, &target.name).await?,
        links: links.collect(),
        swept_at: known.as_ref().and_then(|known| known.swept_at),
        blocked_until: known.as_ref().and_then(|known| known.blocked_until),
        next_run_at: due(tx, target).await?,
    })
}

/// Let publications be sent to a KOMINN site
///
/// Those of your municipality whose audience is `public`, from the next run on; nothing is sent without. Giving consent again
/// changes nothing.
#[utoipa::path(operation_id = "give_kominn_consent", tag = "kominn", params(TargetPath),
    responses((status = 200, body = KominnTarget, description = "It was given before"), (status = 201, body = KominnTarget)),
    security(("token" = ["publications:write"])))]
#[put("/kominn/targets/{target}/consent")]
async fn give_consent(
    caller: Caller<Publish>,
    state: Data<State>,
    targets: Data<Targets>,
    path: Path<TargetPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let target = targets.named(&path.target)?;
    let work = caller.act(async |tx| {
        let new = consent_store::give_consent(tx, &target.name, state.clock.now()).await?;
        tx.trail().after(&("consent", &target.name));
        let mut response = if new { HttpResponse::Created() } else { HttpResponse::Ok() };
        Ok(response.json(show(tx, target).await?))
    });
    work.await
}

/// Take consent back
///
/// Nothing more of your municipality is sent there, and the next run takes the words of what was sent back: the items stay, with
/// a notice, until a case worker there removes them.
#[utoipa::path(operation_id = "take_kominn_consent_back", tag = "kominn", params(TargetPath),
    responses((status = 204, description = "Taken back")),
    security(("token" = ["publications:write"])))]
#[delete("/kominn/targets/{target}/consent")]
async fn take_consent_back(
    caller: Caller<Publish>,
    targets: Data<Targets>,
    path: Path<TargetPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let target = targets.named(&path.target)?;
    let work = caller.act(async |tx| {
        consent_store::take_consent_back(tx, &target.name).await?;
        tx.trail().before(&("consent", &target.name));
        tx.trail().gone();
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}
