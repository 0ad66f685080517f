//! Who asks for a token: by a secret (RFC 6749 §2.3.1), or by an assertion that the client signed (RFC 7523 §2.2).

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, dangerous::insecure_decode_claims, decode, decode_header,
};
use serde::Deserialize;

use super::{
    BuiltIn,
    grant::TokenRequest,
    oauth::{NoToken, OAuthCode},
    store,
};
use crate::{
    clients::{
        secret,
        store::{self as clients, Credentials},
    },
    platform::id::ClientId,
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far ahead an assertion may be valid.
const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// What a client shows of itself.
pub(super) enum Shown {
    Secret { client: String, secret: String },
    Assertion(String),
}

impl Shown {
    /// From the header or the body, never from both.
    pub(super) fn of(basic: Option<&str>, body: &TokenRequest) -> Result<Self, NoToken> {
        let basic =
            basic.map(|header| basic_credentials(header).ok_or_else(NoToken::invalid_client)).transpose()?;
        let posted = body.client_id.clone().zip(body.client_secret.clone());
        let assertion = body.client_assertion.clone();
        match (basic, posted, assertion) {
            (Some((client, secret)), None, None) | (None, Some((client, secret)), None) => {
                Ok(Self::Secret { client, secret })
            }
            (None, None, Some(assertion)) if body.client_assertion_type.as_deref() == Some(JWT_BEARER) => {
                Ok(Self::Assertion(assertion))
            }
            (None, None, Some(_)) => Err(NoToken::new(
                OAuthCode::InvalidRequest,
                format!("client_assertion_type must be {JWT_BEARER}."),
            )),
            (None, None, None) => Err(NoToken::invalid_client()),
            _ => Err(NoToken::new(OAuthCode::InvalidRequest, "Show one kind of credentials.")),
        }
    }

    /// Who the client says it is; not checked yet.
    pub(super) fn client(&self) -> Option<ClientId> {
        let named = match self {
            Self::Secret { client, .. } => client.clone(),
            Self::Assertion(assertion) => insecure_decode_claims::<Assertion>(assertion).ok()?.sub,
        };
        named.parse::<uuid::Uuid>().ok().map(ClientId::from)
    }

    /// The client, if it is who it says.
    pub(super) async fn verify(self, issuer: &BuiltIn, now: DateTime<Utc>) -> Result<Credentials, NoToken> {
        let found = match self.client() {
            Some(id) => issuer.db.system(async |tx| clients::credentials(tx, id, now).await).await?,
            None => None,
        };
        match self {
            Self::Secret { secret, .. } => {
                let kept = found.as_ref().map(|found| found.secrets.clone()).unwrap_or_default();
                let known = secret::is_one_of(secret, kept).await?;
                found.filter(|_| known).ok_or_else(NoToken::invalid_client)
            }
            Self::Assertion(assertion) => {
                let found = found.ok_or_else(NoToken::invalid_client)?;
                check_assertion(issuer, &found, &assertion, now).await?;
                Ok(found)
            }
        }
    }
}

/// RFC 7617, with the form encoding that RFC 6749 §2.3.1 asks for.
fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok())??;
    let decoded = String::from_utf8(decoded).ok()?;
    let (client, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        let pairs: Vec<(String, String)> = serde_html_form::from_str(&format!("v={text}")).ok()?;
        pairs.into_iter().next().map(|(_, value)| value)
    };
    Some((plain(client)?, plain(secret)?))
}

#[derive(Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    exp: i64,
    jti: String,
}

/// Signed by a key of the client's, for us, short-lived, and used once.
async fn check_assertion(
    issuer: &BuiltIn,
    found: &Credentials,
    assertion: &str,
    now: DateTime<Utc>,
) -> Result<(), NoToken> {
    let Some(claims) = verified(issuer, found, assertion) else { return Err(NoToken::invalid_client()) };
    let expires = DateTime::from_timestamp(claims.exp, 0).filter(|expires| *expires <= now + LONGEST);
    let Some(expires) = expires else {
        return Err(NoToken::new(
            OAuthCode::InvalidClient,
            "An assertion is valid for five minutes at most.",
        ));
    };
    let id = found.client.id;
    let fresh = issuer.db.system(async |tx| store::use_assertion(tx, id, &claims.jti, expires).await).await?;
    fresh
        .then_some(())
        .ok_or_else(|| NoToken::new(OAuthCode::InvalidClient, "The assertion was used before."))
}

fn verified(issuer: &BuiltIn, found: &Credentials, assertion: &str) -> Option<Assertion> {
    let header = decode_header(assertion).ok()?;
    let asymmetric =
        [Algorithm::ES256, Algorithm::ES384, Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA];
    let algorithm = asymmetric.into_iter().find(|algorithm| *algorithm == header.alg)?;
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[issuer.name.clone(), issuer.link("/oauth2/token")]);
    validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
    validation.validate_nbf = true;
    validation.leeway = 10;
    let keys = found.client.keys.as_ref()?.0.keys.iter();
    let mut keys = keys.filter(|key| header.kid.is_none() || key.common.key_id == header.kid);
    let claims = keys.find_map(|key| {
        let key = DecodingKey::from_jwk(key).ok()?;
        Some(decode::<Assertion>(assertion, &key, &validation).ok()?.claims)
    })?;
    let client = found.client.id.to_string();
    let sound = claims.iss == client && claims.sub == client && (1..=100).contains(&claims.jti.len());
    sound.then_some(claims)
}
