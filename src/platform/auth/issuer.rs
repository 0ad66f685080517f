//! Whose tokens are trusted: a file that the operator writes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
};

use anyhow::{Context, ensure};
use jsonwebtoken::{Algorithm, jwk::JwkSet};
use serde::Deserialize;

use super::permission::Role;
use crate::platform::{http, id::MunicipalityId};

/// One trusted issuer, as the file of `--issuers` lists it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The exact `iss`, trailing slash included.
    pub issuer: String,
    /// The token must be for one of these (`aud`).
    pub audience: Vec<String>,
    /// Where the keys are.
    pub keys: KeySource,
    /// The algorithms that its tokens may use; never taken from the token.
    pub algorithms: Vec<Algorithm>,
    /// For which municipalities it may speak: a list of organisation numbers, or `"any"` for an issuer, such as
    /// Maskinporten, that itself makes sure for whom a token is.
    pub municipalities: SpeaksFor,
    /// JSON Pointer to the organisation number in the claims; a leading `0192:` is taken off.
    pub municipality: String,
    /// JSON Pointer to the roles: a list of strings, or one string of names separated by space, so that a scope
    /// claim can serve as one.
    #[serde(default)]
    pub roles: Option<String>,
    /// The issuer's names for roles. Without it a role must bear our name.
    #[serde(default)]
    pub role_names: BTreeMap<String, Role>,
    /// The role of a token that names none. Without it such a token is refused.
    #[serde(default)]
    pub default_role: Option<Role>,
    /// JSON Pointer to our scopes (space separated); they narrow what the role gives, and a token without them
    /// may do nothing. Without this member nothing is narrowed.
    #[serde(default)]
    pub scopes: Option<String>,
}

/// Whose tokens an issuer may sign.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum SpeaksFor {
    These(BTreeSet<MunicipalityId>),
    Any(Any),
}

/// The word for every municipality.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Any {
    Any,
}

impl SpeaksFor {
    pub(super) fn includes(&self, municipality: MunicipalityId) -> bool {
        match self {
            Self::These(these) => these.contains(&municipality),
            Self::Any(Any::Any) => true,
        }
    }
}

/// A JWK set (RFC 7517) in a file, or at an address that is read anew every quarter of an hour.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    File(std::path::PathBuf),
    Url(String),
    /// The development key, which is no file that an operator may name.
    #[serde(skip)]
    Secret(Vec<u8>),
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Url(url) => url.fmt(f),
            Self::Secret(_) => f.write_str("(secret)"),
        }
    }
}

impl KeySource {
    /// Reads the keys.
    ///
    /// # Errors
    /// When they cannot be reached or are no JWK set.
    pub async fn read(&self) -> anyhow::Result<JwkSet> {
        match self {
            Self::File(path) => {
                let text =
                    tokio::fs::read(path).await.with_context(|| format!("reading {}", path.display()))?;
                serde_json::from_slice(&text).with_context(|| format!("{} is no JWK set", path.display()))
            }
            Self::Url(url) => {
                let response = http::client()?.get(url).send().await?.error_for_status()?;
                let body = http::limited(response, 256 * 1024).await?;
                serde_json::from_slice(&body).with_context(|| format!("{url} answered no JWK set"))
            }
            Self::Secret(_) => Ok(JwkSet { keys: Vec::new() }),
        }
    }
}

/// Reads the operator's file: a JSON list of issuers.
///
/// # Errors
/// When it cannot be read, or an entry is incomplete or unsafe.
pub fn read(path: &Path) -> anyhow::Result<Vec<Issuer>> {
    let text = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let issuers: Vec<Issuer> = serde_json::from_slice(&text).with_context(|| path.display().to_string())?;
    for issuer in &issuers {
        check(issuer).with_context(|| format!("{}: issuer {}", path.display(), issuer.issuer))?;
    }
    Ok(issuers)
}

fn check(issuer: &Issuer) -> anyhow::Result<()> {
    ensure!(!issuer.audience.is_empty(), "`audience` must name at least one audience");
    ensure!(!issuer.algorithms.is_empty(), "`algorithms` must name at least one algorithm");
    let symmetric = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    ensure!(!issuer.algorithms.iter().any(|alg| symmetric.contains(alg)), "`algorithms` must be asymmetric");
    if let KeySource::Url(url) = &issuer.keys {
        ensure!(url.starts_with("https://") || http::is_loopback(url), "`keys.url` must be https");
    }
    Ok(())
}
