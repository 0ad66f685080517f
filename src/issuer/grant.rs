//! Client credentials (RFC 6749 §4.4): who the client is, what it may have, and the token for that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    BuiltIn,
    claims::{Claims, LIFETIME},
    client_auth::Shown,
    key_store,
    oauth::{NoToken, OAuthCode},
};
use crate::{
    clients::store::{self as clients, Credentials},
    platform::{
        audit::Entry,
        auth::{Actor, Holder, Identity},
        error::{Code, Error, Result},
        limits::Limits,
    },
};

/// What a client asks for; a form.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct TokenRequest {
    /// `client_credentials`.
    pub(super) grant_type: Option<String>,
    /// Scopes separated by space; without them all that the client may have.
    pub(super) scope: Option<String>,
    /// With `client_secret`, instead of the header `Authorization: Basic`.
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    pub(super) client_assertion_type: Option<String>,
    /// A JWT that the client signed: `iss` and `sub` its id, `aud` this address or the issuer, `exp` within five minutes, a new `jti`.
    pub(super) client_assertion: Option<String>,
}

/// A token (RFC 6749 §5.1).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenResponse {
    pub(super) access_token: String,
    /// `Bearer`.
    pub(super) token_type: &'static str,
    /// Seconds.
    pub(super) expires_in: i64,
    /// What the token may do: perhaps less than was asked for.
    pub(super) scope: String,
}

/// A token for the client that asks.
pub(super) async fn grant(
    (issuer, limits): (&BuiltIn, &Limits),
    (basic, body): (Option<&str>, TokenRequest),
    now: DateTime<Utc>,
    entry: impl Fn(&Identity) -> Entry,
) -> Result<TokenResponse, NoToken> {
    match body.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(NoToken::new(OAuthCode::UnsupportedGrantType, "Only client_credentials is.")),
        None => return Err(NoToken::new(OAuthCode::InvalidRequest, "grant_type is missing.")),
    }
    let client = Shown::of(basic, &body)?.verify(issuer, now).await?;
    // Only now: nobody takes another's quota by its name.
    limits.take_token(client.client.id).await.map_err(NoToken::too_many)?;
    let scope =
        scope(&client, body.scope.as_deref()).map_err(|refused| refused.of(identity(issuer, &client)))?;
    let access_token = issuer.sign(&client, &scope, now).await?;
    let told = entry(&identity(issuer, &client));
    let kept = issuer.db.system(async |tx| {
        tx.trail().tell(told.done(200));
        clients::used(tx, client.client.id, now).await
    });
    kept.await?;
    Ok(TokenResponse { access_token, token_type: "Bearer", expires_in: LIFETIME.num_seconds(), scope })
}

impl BuiltIn {
    async fn sign(&self, client: &Credentials, scope: &str, now: DateTime<Utc>) -> Result<String> {
        let key = self.db.system(async |tx| key_store::signing(tx, now).await).await?;
        let key =
            key.ok_or_else(|| Error::new(Code::Unavailable, "The issuer has no key that signs yet."))?;
        Ok(key.sign(&self.vault, &Claims::of(&self.name, client, scope, now))?)
    }
}

/// What was asked for, of what the client may have at all and its role still gives.
fn scope(client: &Credentials, asked: Option<&str>) -> Result<String, NoToken> {
    let of_role: Vec<&str> = match client.client.role {
        Some(role) => role.scopes().collect(),
        None => crate::platform::auth::permission::operator_scopes().collect(),
    };
    let may: Vec<&str> = client.client.scopes.known().filter(|scope| of_role.contains(scope)).collect();
    let Some(asked) = asked.filter(|asked| !asked.trim().is_empty()) else { return Ok(may.join(" ")) };
    match asked.split_whitespace().find(|scope| !may.contains(scope)) {
        Some(_) => Err(NoToken::new(OAuthCode::InvalidScope, "The client may not have one of these scopes.")),
        None => Ok(asked.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// Whom the audit trail names: the client, in the trail of whom it acts for.
fn identity(issuer: &BuiltIn, client: &Credentials) -> Identity {
    let client = &client.client;
    let municipality = client.municipality.zip(client.role);
    let holder = municipality.map_or(Holder::Operator, |(id, role)| Holder::Municipality(id, role));
    let named = Some(client.id.to_string());
    let actor =
        Actor { issuer: issuer.name.clone(), subject: named.clone(), client: named, ..Actor::default() };
    Identity { holder, scopes: [].into(), actor }
}
