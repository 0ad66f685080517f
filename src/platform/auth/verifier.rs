//! Checking tokens: by the issuer's own keys and algorithms, and by nothing that the token says of itself.

use std::time::Duration;

use arc_swap::ArcSwap;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    dangerous::insecure_decode_claims,
    decode, decode_header, get_current_timestamp,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    identity::Identity,
    issuer::{Issuer, KeySource},
};
use crate::platform::error::{Code, Error, Result};

/// How often keys at an address are read anew.
const REFRESH: Duration = Duration::from_mins(15);

/// How soon keys that could not be read are tried again.
const RETRY: Duration = Duration::from_secs(10);

/// The trusted issuers and their keys.
pub struct Verifier {
    issuers: Vec<Trusted>,
}

struct Trusted {
    issuer: Issuer,
    keys: ArcSwap<Vec<Key>>,
}

struct Key {
    id: Option<String>,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Unverified {
    iss: String,
}

impl Verifier {
    /// Reads the keys of every issuer. One whose keys cannot be read is kept, and refuses its tokens until
    /// they can.
    pub async fn new(issuers: Vec<Issuer>) -> Self {
        let verifier = Self { issuers: issuers.into_iter().map(Trusted::new).collect() };
        verifier.refresh().await;
        verifier
    }

    /// Reads the keys anew for ever. Old keys stay while new ones cannot be read.
    pub async fn follow(&self) {
        loop {
            let lacking = self.issuers.iter().any(|trusted| trusted.keys.load().is_empty());
            tokio::time::sleep(if lacking { RETRY } else { REFRESH }).await;
            self.refresh().await;
        }
    }

    async fn refresh(&self) {
        for trusted in &self.issuers {
            match trusted.issuer.keys.read().await {
                Ok(set) => trusted.load(&set),
                Err(cause) => {
                    tracing::error!(issuer = trusted.issuer.issuer, cause = format!("{cause:#}"), "no keys");
                }
            }
        }
    }

    /// Checks signature, issuer, audience, times and municipality.
    ///
    /// # Errors
    /// 401 `invalid-token`; 403 `unknown-municipality` when a valid token names none.
    pub fn verify(&self, token: &str) -> Result<Identity> {
        let header = decode_header(token).map_err(|_cause| invalid("It is no signed JWT."))?;
        let Unverified { iss } =
            insecure_decode_claims(token).map_err(|_cause| invalid("Its claims cannot be read."))?;
        let trusted = self.issuers.iter().find(|trusted| trusted.issuer.issuer == iss);
        let trusted = trusted.ok_or_else(|| invalid("Its issuer is not trusted."))?;
        if !trusted.issuer.algorithms.contains(&header.alg) {
            return Err(invalid("Its issuer does not use that algorithm."));
        }
        let claims = trusted.claims(token, header.kid.as_deref(), header.alg)?;
        trusted.issuer.identity(&claims)
    }
}

impl Trusted {
    fn new(issuer: Issuer) -> Self {
        let keys = match &issuer.keys {
            KeySource::Secret(secret) => vec![Key { id: None, key: DecodingKey::from_secret(secret) }],
            KeySource::File(_) | KeySource::Url(_) => Vec::new(),
        };
        Self { issuer, keys: ArcSwap::from_pointee(keys) }
    }

    fn load(&self, set: &JwkSet) {
        if matches!(self.issuer.keys, KeySource::Secret(_)) {
            return;
        }
        let signs = |jwk: &&Jwk| !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
        let usable = set.keys.iter().filter(signs).filter_map(|jwk| {
            Some(Key { id: jwk.common.key_id.clone(), key: DecodingKey::from_jwk(jwk).ok()? })
        });
        let usable: Vec<Key> = usable.collect();
        // Nobody rotates to nothing: an empty set is a fault over there.
        if !usable.is_empty() {
            self.keys.store(usable.into());
        }
    }

    fn claims(&self, token: &str, kid: Option<&str>, algorithm: Algorithm) -> Result<Value> {
        let keys = self.keys.load();
        let key = keys.iter().find(|key| kid.is_none_or(|kid| key.id.as_deref() == Some(kid)));
        let key = key.ok_or_else(|| invalid("It is signed by no key of its issuer."))?;
        let mut validation = Validation::new(algorithm);
        validation.leeway = 10;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer.issuer]);
        validation.set_audience(&self.issuer.audience);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let token = decode::<Value>(token, &key.key, &validation).map_err(|cause| invalid(reason(&cause)))?;
        let issued = token.claims.get("iat").and_then(Value::as_u64).unwrap_or_default();
        if issued > get_current_timestamp() + validation.leeway {
            return Err(invalid("It is issued in the future."));
        }
        Ok(token.claims)
    }
}

fn invalid(why: &'static str) -> Error {
    Error::new(Code::InvalidToken, why)
}

fn reason(cause: &jsonwebtoken::errors::Error) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a foreign enum, and the rest need no words of their own"
    )]
    match cause.kind() {
        ErrorKind::ExpiredSignature => "It has expired.",
        ErrorKind::ImmatureSignature => "It is not valid yet.",
        ErrorKind::InvalidAudience => "It is for another audience.",
        ErrorKind::MissingRequiredClaim(_) => "It lacks exp, iss or aud.",
        ErrorKind::InvalidSignature => "Its signature is wrong.",
        _ => "It cannot be verified.",
    }
}
