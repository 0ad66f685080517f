use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, get,
    http::{StatusCode, header},
    post,
    web::{Bytes, Data, Payload},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Slot,
    grant::{self, TokenRequest, TokenResponse},
    key_store,
    oauth::{NoToken, OAuthCode, OAuthError},
};
use crate::platform::{
    audit::Entry,
    auth::{Identity, permission::RIGHTS},
    error::Result,
    extract::{NoParameters, Query},
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(issue).service(show_keys).service(show_metadata);
}

/// Get a token
///
/// For an API client (`POST /v1/clients`), by client credentials (RFC 6749 §4.4): with its secret, or with an assertion that it signed
/// (`private_key_jwt`, RFC 7523). A token is valid for ten minutes. `scope` narrows it. Refusals are as RFC 6749 §5.2 has
/// them. 404 where the service has no issuer of its own.
#[utoipa::path(operation_id = "issue_token", tag = "tokens",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenResponse), (status = 400, body = OAuthError, description = "The request, or a scope, is not allowed"),
        (status = 401, body = OAuthError, description = "No client is known by these credentials")))]
#[post("/oauth2/token")]
async fn issue(
    request: HttpRequest,
    state: Data<State>,
    slot: Data<Slot>,
    body: Payload,
) -> Result<HttpResponse> {
    let issuer = slot.get()?;
    let now = state.clock.now();
    if let Some(address) = state.proxies.client_of(&request) {
        state.limits.take_token_from(address).await?;
    }
    let body = match read(&request, body).await {
        Ok(body) => {
            let basic = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let entry = |identity: &Identity| Entry::of(&request, Some(identity), now);
            grant::grant((issuer, &state.limits), (basic, body), now, entry).await
        }
        Err(refused) => Err(refused),
    };
    match body {
        Ok(token) => Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(token)),
        Err(NoToken::Refused(refused, known)) => {
            if [OAuthCode::InvalidClient, OAuthCode::InvalidScope].contains(&refused.error) {
                let entry = Entry::of(&request, known.as_deref(), now);
                state.tell_refusal(entry.refused(refused.status().as_u16(), refused.error.code()));
            }
            Ok(refusal(refused))
        }
        Err(NoToken::Fault(fault)) => Err(fault),
    }
}

/// As RFC 6749 §5.2 has it.
fn refusal(refused: OAuthError) -> HttpResponse {
    let mut response = HttpResponse::build(refused.status());
    if refused.error == OAuthCode::InvalidClient {
        response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"glomma\""));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(refused)
}

impl OAuthError {
    fn status(&self) -> StatusCode {
        if self.error == OAuthCode::InvalidClient {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        }
    }
}

/// The form. Its limit is that of every body without one of its own: 256 KiB.
async fn read(request: &HttpRequest, body: Payload) -> Result<TokenRequest, NoToken> {
    let refused = |why: &str| NoToken::new(OAuthCode::InvalidRequest, why);
    if !request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(refused("Send a form: application/x-www-form-urlencoded."));
    }
    let bytes = Bytes::from_request(request, &mut body.into_inner()).await;
    let bytes = bytes.map_err(|_cause| refused("The form cannot be read."))?;
    serde_html_form::from_bytes(&bytes)
        .map_err(|_cause| refused("The form cannot be read, or repeats a member."))
}

/// Public keys (RFC 7517).
#[derive(Serialize, ToSchema)]
struct KeySet {
    #[schema(value_type = Vec<Object>)]
    keys: Vec<Value>,
}

/// Show the public keys of the built-in issuer
///
/// A JWK set (RFC 7517): those that sign, will soon, or have signed what is still valid.
#[utoipa::path(operation_id = "show_keys", tag = "tokens", responses((status = 200, body = KeySet)))]
#[get("/.well-known/jwks.json")]
async fn show_keys(slot: Data<Slot>, _: Query<NoParameters>) -> Result<HttpResponse> {
    let keys = slot.get()?.db.system(async |tx| key_store::all(tx).await).await?;
    let keys = keys.into_iter().map(|(_, public)| public).collect();
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=60")).json(KeySet { keys }))
}

/// Where the built-in issuer is, and what it does (RFC 8414).
#[derive(Serialize, ToSchema)]
struct Metadata {
    issuer: String,
    token_endpoint: String,
    jwks_uri: String,
    scopes_supported: Vec<&'static str>,
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 5],
}

/// Show the metadata of the built-in issuer
///
/// As RFC 8414 has it: the endpoints, the scopes, and how clients may show who they are.
#[utoipa::path(operation_id = "show_issuer_metadata", tag = "tokens", responses((status = 200, body = Metadata)))]
#[get("/.well-known/oauth-authorization-server")]
async fn show_metadata(slot: Data<Slot>, _: Query<NoParameters>) -> Result<HttpResponse> {
    let issuer = slot.get()?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=60")).json(Metadata {
        issuer: issuer.name.clone(),
        token_endpoint: issuer.link("/oauth2/token"),
        jwks_uri: issuer.link("/.well-known/jwks.json"),
        scopes_supported: RIGHTS.iter().map(|right| right.scope).collect(),
        response_types_supported: [],
        grant_types_supported: ["client_credentials"],
        token_endpoint_auth_methods_supported: [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ],
        token_endpoint_auth_signing_alg_values_supported: ["ES256", "ES384", "RS256", "PS256", "EdDSA"],
    }))
}
