use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{Slot, key_store, rotation};
use crate::platform::{
    auth::{IssuerState, Operator},
    error::Result,
    extract::{NoParameters, Query},
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_issuers).service(list_keys).service(make_key).service(drop_key);
}

/// How a trusted issuer stands on the node that answers.
#[derive(Serialize, ToSchema)]
struct TrustedIssuer {
    /// The exact `iss`.
    issuer: String,
    /// The ids of its keys.
    key_ids: Vec<String>,
    /// How many seconds ago they were read; null when they never were.
    age_seconds: Option<u64>,
    /// Why they could not be read the last time; null when they could.
    fault: Option<String>,
}

/// Trusted issuers.
#[derive(Serialize, ToSchema)]
struct TrustedIssuers {
    items: Vec<TrustedIssuer>,
}

/// List trusted issuers
///
/// Those of the file and the service's own, as the node that answers knows them.
#[utoipa::path(operation_id = "list_issuers", tag = "platform", responses((status = 200, body = TrustedIssuers)),
    security(("token" = ["platform:write"])))]
#[get("/platform/issuers")]
async fn list_issuers(_: Operator, state: Data<State>, _: Query<NoParameters>) -> HttpResponse {
    let items = state.verifier.states().into_iter().map(|IssuerState { issuer, key_ids, age, fault }| {
        TrustedIssuer { issuer, key_ids, age_seconds: age.map(|age| age.as_secs()), fault }
    });
    HttpResponse::Ok().json(TrustedIssuers { items: items.collect() })
}

/// A key of the built-in issuer.
#[derive(Serialize, ToSchema)]
struct SigningKey {
    /// Its `kid`.
    id: String,
    created_at: DateTime<Utc>,
    /// When it begins to sign.
    signs_from: DateTime<Utc>,
}

/// Keys of the built-in issuer, newest first.
#[derive(Serialize, ToSchema)]
struct SigningKeys {
    items: Vec<SigningKey>,
}

/// List signing keys
///
/// Of the built-in issuer. It makes a new one every 30 days by itself.
#[utoipa::path(operation_id = "list_signing_keys", tag = "platform", responses((status = 200, body = SigningKeys)),
    security(("token" = ["platform:write"])))]
#[get("/platform/signing-keys")]
async fn list_keys(operator: Operator, _: Query<NoParameters>) -> Result<HttpResponse> {
    let keys = operator.look(async |tx| key_store::all(tx).await).await?;
    let item = |((id, created_at, signs_from), _)| SigningKey { id, created_at, signs_from };
    Ok(HttpResponse::Ok().json(SigningKeys { items: keys.into_iter().map(item).collect() }))
}

/// When the next key signs.
#[derive(Serialize, ToSchema)]
struct NextKey {
    signs_from: DateTime<Utc>,
}

/// Make a signing key
///
/// For the built-in issuer, before its time: when one may have been seen. It signs as soon as every node knows it; tokens
/// of the one before stay valid until they expire. 404 where the service has no issuer of its own.
#[utoipa::path(operation_id = "create_signing_key", tag = "platform", responses((status = 201, body = NextKey)),
    security(("token" = ["platform:write"])))]
#[post("/platform/signing-keys")]
async fn make_key(
    operator: Operator,
    state: Data<State>,
    slot: Data<Slot>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let issuer = slot.get()?;
    let work = operator.act(async |tx| {
        let signs_from = rotation::make_next(tx, issuer, state.clock.now()).await?;
        Ok(HttpResponse::Created().json(NextKey { signs_from }))
    });
    work.await
}

/// A signing key, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct KeyPath {
    /// Its `kid`.
    id: Uuid,
}

/// Drop a signing key
///
/// When it was stolen: every node refuses what it signed within seconds, good tokens too. Another signs at once. 404 where
/// the service has no issuer of its own.
#[utoipa::path(operation_id = "drop_signing_key", tag = "platform", params(KeyPath), responses((status = 204, description = "Dropped")),
    security(("token" = ["platform:write"])))]
#[delete("/platform/signing-keys/{id}")]
async fn drop_key(
    operator: Operator,
    state: Data<State>,
    slot: Data<Slot>,
    path: Path<KeyPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let issuer = slot.get()?;
    let work = operator.act(async |tx| {
        rotation::replace(tx, issuer, &path.id.simple().to_string(), state.clock.now()).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}
