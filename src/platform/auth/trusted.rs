//! One trusted issuer and its keys: refreshed in the background, and once more when a token names an unknown one.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, get_current_timestamp,
    jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{
    issuer::Issuer,
    keys::{KeySource, Keys},
    token::{Head, invalid},
};
use crate::platform::error::{Code, Error, Result};

/// Clocks may differ by this much, in seconds.
const LEEWAY: u64 = 10;
/// The most keys of an issuer that are kept.
const MOST_KEYS: usize = 50;
/// How soon keys are fetched again for the sake of a key that is not there: doubled each time in vain.
const SHORTEST_GAP: Duration = Duration::from_secs(2);
const LONGEST_GAP: Duration = Duration::from_mins(1);
/// How soon keys that could not be read are tried again.
const RETRY: Duration = Duration::from_secs(10);

pub(super) struct Trusted {
    pub(super) issuer: Issuer,
    loaded: ArcSwap<Loaded>,
    fetching: Mutex<Throttle>,
}

/// What is known of the keys.
#[derive(Clone, Default)]
pub(super) struct Loaded {
    keys: Vec<Key>,
    revoked: BTreeSet<String>,
    read_at: Option<Instant>,
    tried_at: Option<Instant>,
    /// Why the last attempt failed, if it did.
    pub(super) fault: Option<String>,
}

#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithm: Option<KeyAlgorithm>,
    key: DecodingKey,
}

struct Throttle {
    next: Instant,
    gap: Duration,
}

impl Trusted {
    pub(super) fn new(issuer: Issuer, known: Loaded) -> Self {
        let fetching = Mutex::new(Throttle { next: Instant::now(), gap: SHORTEST_GAP });
        Self { issuer, loaded: ArcSwap::from_pointee(known), fetching }
    }

    pub(super) fn loaded(&self) -> Loaded {
        self.loaded.load().as_ref().clone()
    }

    /// Reads the keys when it is time to.
    pub(super) async fn refresh_when_due(&self) {
        let loaded = self.loaded.load_full();
        let age = match &self.issuer.keys {
            KeySource::Record(_) => Duration::from_secs(4),
            KeySource::File(_) => RETRY,
            KeySource::Url(_) | KeySource::Metadata(_) => Duration::from_mins(15),
            KeySource::Secret(_) => Duration::MAX,
        };
        let age = if loaded.fault.is_some() { age.min(RETRY) } else { age };
        if loaded.tried_at.is_none_or(|at| at.elapsed() >= age) {
            self.refresh().await;
        }
    }

    /// Reads the keys. The old ones stay when that fails, or when there are none: nobody rotates to nothing.
    pub(super) async fn refresh(&self) {
        let mut loaded = self.loaded();
        match self.issuer.keys.read(&self.issuer.issuer).await {
            Ok(read) => loaded.take(&self.issuer, read),
            Err(cause) => {
                tracing::error!(issuer = %self.issuer.issuer, cause = format!("{cause:#}"), "no keys");
                loaded.fault = Some(format!("{cause:#}"));
            }
        }
        loaded.tried_at = Some(Instant::now());
        self.loaded.store(loaded.into());
    }

    /// The claims of a token whose signature, issuer, audience and times are right.
    pub(super) async fn claims(&self, token: &str, head: &Head) -> Result<Value> {
        if !self.loaded.load().knows(head) {
            self.fetch_for(head).await;
        }
        let loaded = self.loaded.load();
        if !loaded.knows(head) {
            return Err(loaded.unknown_key());
        }
        let validation = self.validation(head.alg);
        let mut refused = invalid("It is signed by no key of its issuer.");
        for key in loaded.keys_for(head) {
            match decode::<Value>(token, &key.key, &validation) {
                Ok(token) => return self.check(&loaded, token.claims),
                Err(cause) => refused = invalid(reason(&cause)),
            }
        }
        Err(refused)
    }

    /// Fetches the keys for one that is not there: one request at a time, and ever more seldom in vain.
    async fn fetch_for(&self, head: &Head) {
        let mut throttle = self.fetching.lock().await;
        if self.loaded.load().knows(head) || Instant::now() < throttle.next {
            return;
        }
        self.refresh().await;
        let found = self.loaded.load().knows(head);
        throttle.gap = if found { SHORTEST_GAP } else { (throttle.gap * 2).min(LONGEST_GAP) };
        throttle.next = Instant::now() + throttle.gap;
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(self.issuer.issuer.all());
        validation.set_audience(&self.issuer.audience);
        if self.issuer.unrestricted_audience {
            validation.validate_aud = false;
            validation.set_required_spec_claims(&["exp", "iss"]);
        } else {
            validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        }
        validation
    }

    fn check(&self, loaded: &Loaded, claims: Value) -> Result<Value> {
        let issued = claims.get("iat").and_then(Value::as_u64).unwrap_or_default();
        if issued > get_current_timestamp() + LEEWAY {
            return Err(invalid("It is issued in the future."));
        }
        self.check_audience(claims.get("aud").unwrap_or(&Value::Null))?;
        let client = claims.get("client_id").and_then(Value::as_str);
        if client.is_some_and(|client| loaded.revoked.contains(client)) {
            return Err(invalid("Its client was revoked."));
        }
        Ok(claims)
    }

    /// For us and for nobody else; or, where the issuer may leave it out, for nobody in particular.
    fn check_audience(&self, audience: &Value) -> Result<()> {
        let named = match audience.as_array().map(Vec::as_slice) {
            None => audience,
            Some([one]) => one,
            Some(_) => return Err(invalid("It is for more than this audience.")),
        };
        let open = self.issuer.unrestricted_audience;
        let ours = match named.as_str() {
            Some(name) => {
                self.issuer.audience.iter().any(|own| own == name) || (open && name == "unspecified")
            }
            None => open && named.is_null(),
        };
        ours.then_some(()).ok_or_else(|| invalid("It is for another audience."))
    }
}

impl Loaded {
    pub(super) fn key_ids(&self) -> Vec<String> {
        self.keys.iter().filter_map(|key| key.id.clone()).collect()
    }

    pub(super) fn age(&self) -> Option<Duration> {
        self.read_at.map(|at| at.elapsed())
    }

    fn take(&mut self, issuer: &Issuer, read: Keys) {
        self.fault = None;
        self.read_at = Some(Instant::now());
        self.revoked = read.revoked;
        if let KeySource::Secret(secret) = &issuer.keys {
            self.keys = vec![Key { id: None, algorithm: None, key: DecodingKey::from_secret(secret) }];
            return;
        }
        let keys: Vec<Key> = read.set.keys.iter().filter_map(usable).take(MOST_KEYS).collect();
        if keys.is_empty() {
            self.fault = Some("there is no usable key in the set".to_owned());
        } else {
            self.keys = keys;
        }
    }

    fn keys_for<'s>(&'s self, head: &'s Head) -> impl Iterator<Item = &'s Key> {
        let fits = |key: &&Key| {
            let named = head.kid.as_ref().is_none_or(|kid| key.id.as_ref() == Some(kid));
            named && key.algorithm.is_none_or(|algorithm| head.signs_as(algorithm))
        };
        self.keys.iter().filter(fits)
    }

    fn knows(&self, head: &Head) -> bool {
        self.keys.iter().any(|key| head.kid.as_ref().is_none_or(|kid| key.id.as_ref() == Some(kid)))
    }

    /// A key that cannot be looked up is no fault of the client's.
    fn unknown_key(&self) -> Error {
        if self.fault.is_some() {
            return Error::new(
                Code::Unavailable,
                "The keys of the token's issuer cannot be read. Try again.",
            );
        }
        invalid("It is signed by no key of its issuer.")
    }
}

/// A public key for signatures; a symmetric one in a public set is nobody's.
fn usable(jwk: &Jwk) -> Option<Key> {
    let signs = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
    if !signs || matches!(jwk.algorithm, AlgorithmParameters::OctetKey(_)) {
        return None;
    }
    let (id, algorithm) = (jwk.common.key_id.clone(), jwk.common.key_algorithm);
    Some(Key { id, algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
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
