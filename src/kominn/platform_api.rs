use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{api::TargetPath, config::Targets, decision_store, shown::Revived};
use crate::platform::{
    auth::Operator,
    error::Result,
    extract::{NoParameters, Query},
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(revive);
}

/// Try all dead links of a KOMINN site again
///
/// Of every municipality: what failed too often, once its cause is gone. For the operator.
#[utoipa::path(operation_id = "revive_kominn_links", tag = "platform", params(TargetPath),
    responses((status = 200, body = Revived)),
    security(("token" = ["platform:write"])))]
#[post("/platform/kominn/targets/{target}/attempts")]
async fn revive(
    operator: Operator,
    targets: Data<Targets>,
    path: Path<TargetPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let target = targets.named(&path.target)?;
    let work = operator.act(async |tx| {
        let revived = decision_store::revive_dead(tx, &target.name).await?;
        Ok(HttpResponse::Ok().json(Revived { revived }))
    });
    work.await
}
