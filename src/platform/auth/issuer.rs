//! Whose tokens are trusted: a file that the operator writes, and that is read anew when it changes.

use std::path::Path;

use anyhow::{Context, ensure};
use jsonwebtoken::Algorithm;
use serde::Deserialize;

use super::{
    keys::KeySource,
    preset::{Generic, Preset},
};
use crate::platform::db::Db;

/// One trusted issuer, as the file of `--issuers` lists it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The exact `iss`, trailing slash included.
    pub issuer: String,
    /// The token must be for one of these (`aud`), and for nobody else.
    #[serde(default)]
    pub audience: Vec<String>,
    /// Accepts tokens that are for no audience, as Maskinporten makes them when a client names no `resource`. Whoever
    /// else gets such a token can use it here.
    #[serde(default)]
    pub unrestricted_audience: bool,
    /// Where the keys are.
    pub keys: KeySource,
    /// The algorithms that its tokens may use; never taken from the token.
    #[serde(default)]
    pub algorithms: Vec<Algorithm>,
    /// The media types (`typ`) of its access tokens, beside `JWT` and none.
    #[serde(default = "access_token")]
    pub types: Vec<String>,
    /// How its claims are read.
    pub preset: Preset,
}

impl Issuer {
    /// The issuer that is built in, whose keys are in the record.
    pub fn built_in(name: &str, db: Db) -> Self {
        Self {
            issuer: name.to_owned(),
            audience: vec![name.to_owned()],
            unrestricted_audience: false,
            keys: KeySource::Record(db),
            algorithms: vec![Algorithm::ES256],
            types: access_token(),
            preset: Preset::Generic(Generic::ours()),
        }
    }
}

/// RFC 9068 §2.1.
pub(super) fn access_token() -> Vec<String> {
    vec!["at+jwt".to_owned()]
}

/// Reads the operator's file: a JSON list of issuers.
///
/// # Errors
/// When it cannot be read, or an entry is incomplete or unsafe.
pub fn read(path: &Path) -> anyhow::Result<Vec<Issuer>> {
    let text = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let mut issuers: Vec<Issuer> =
        serde_json::from_slice(&text).with_context(|| path.display().to_string())?;
    for issuer in &mut issuers {
        if issuer.algorithms.is_empty() {
            issuer.algorithms = issuer.preset.algorithms();
        }
        check(issuer).with_context(|| format!("{}: issuer {}", path.display(), issuer.issuer))?;
    }
    let mut names: Vec<_> = issuers.iter().map(|issuer| &issuer.issuer).collect();
    names.sort_unstable();
    ensure!(names.windows(2).all(|pair| pair.first() != pair.last()), "an issuer is listed twice");
    Ok(issuers)
}

fn check(issuer: &Issuer) -> anyhow::Result<()> {
    let restricted = !issuer.audience.is_empty();
    ensure!(restricted || issuer.unrestricted_audience, "`audience` must name at least one audience");
    ensure!(!issuer.algorithms.is_empty(), "`algorithms` must name at least one algorithm");
    let symmetric = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    ensure!(!issuer.algorithms.iter().any(|alg| symmetric.contains(alg)), "`algorithms` must be asymmetric");
    issuer.keys.check()
}
