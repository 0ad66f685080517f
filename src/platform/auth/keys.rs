//! Where an issuer's keys are, and how they are read: within limits, from configured hosts only.

use std::{collections::BTreeSet, fmt, path::PathBuf, time::Duration};

use anyhow::{Context, ensure};
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, de::DeserializeOwned};

use super::{issuer::Names, key_store};
use crate::platform::{db::Db, http};

/// How long an issuer's server may take for its keys.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// A JWK set (RFC 7517): in a file, at an address, or at the address that an issuer's metadata names (RFC 8414).
#[derive(Clone, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    File(PathBuf),
    Url(String),
    /// Only a `jwks_uri` on the same host counts.
    Metadata(String),
    /// The development key, which is no file that an operator may name.
    #[serde(skip)]
    Secret(Vec<u8>),
    /// The keys of the built-in issuer.
    #[serde(skip)]
    Record(Db),
}

/// What was read: the keys, and the clients whose tokens count no more.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) set: JwkSet,
    pub(super) revoked: BTreeSet<String>,
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Url(url) | Self::Metadata(url) => url.fmt(f),
            Self::Secret(_) => f.write_str("(secret)"),
            Self::Record(_) => f.write_str("(built-in)"),
        }
    }
}

impl PartialEq for KeySource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(two)) => one == two,
            (Self::Url(one), Self::Url(two)) | (Self::Metadata(one), Self::Metadata(two)) => one == two,
            (Self::Secret(_), Self::Secret(_)) | (Self::Record(_), Self::Record(_)) => true,
            _ => false,
        }
    }
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl KeySource {
    /// Refuses addresses that somebody on the way could answer for.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        match self {
            Self::Url(url) | Self::Metadata(url) => {
                ensure!(is_safe(url), "`keys` must be https");
                Ok(())
            }
            Self::File(_) | Self::Secret(_) | Self::Record(_) => Ok(()),
        }
    }

    /// Reads the keys of `issuer`.
    ///
    /// # Errors
    /// When they cannot be reached in time, or are no JWK set.
    pub(super) async fn read(&self, issuer: &Names) -> anyhow::Result<Keys> {
        let set = match self {
            Self::File(path) => {
                let text = tokio::fs::read(path).await;
                let text = text.with_context(|| format!("reading {}", path.display()))?;
                serde_json::from_slice(&text).with_context(|| format!("{} is no JWK set", path.display()))?
            }
            Self::Url(url) => fetch(url).await?,
            Self::Metadata(url) => {
                let metadata: Metadata = fetch(url).await?;
                ensure!(issuer.include(&metadata.issuer), "{url} is of another issuer");
                let keys = &metadata.jwks_uri;
                ensure!(is_safe(keys) && http::host(keys) == http::host(url), "{keys} is another host's");
                fetch(keys).await?
            }
            Self::Secret(_) => JwkSet { keys: Vec::new() },
            Self::Record(db) => return Ok(db.system(async |tx| key_store::keys(tx).await).await?),
        };
        Ok(Keys { set, revoked: BTreeSet::new() })
    }
}

async fn fetch<T: DeserializeOwned>(url: &str) -> anyhow::Result<T> {
    let answer = async {
        let response = http::client()?.get(url).send().await?.error_for_status()?;
        ensure!(response.status().is_success(), "{url} answered {}", response.status());
        http::limited(response, LONGEST).await
    };
    let body = tokio::time::timeout(PATIENCE, answer).await.with_context(|| format!("{url} is slow"))??;
    serde_json::from_slice(&body).with_context(|| format!("{url} answered something else"))
}

fn is_safe(url: &str) -> bool {
    url.starts_with("https://") || http::is_loopback(url)
}
