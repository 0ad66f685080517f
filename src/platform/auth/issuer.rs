//! Whose tokens are trusted: a file that the operator writes, and that is read anew when it changes.

use std::{fmt, path::Path};

use anyhow::{Context, ensure};
use jsonwebtoken::Algorithm;
use serde::Deserialize;

use super::{
    keys::KeySource,
    preset::{Generic, Preset},
};
use crate::platform::db::Db;

/// The names of one issuer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Names {
    One(String),
    Several(Vec<String>),
}

impl Names {
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }

    pub(super) fn include(&self, name: &str) -> bool {
        self.all().iter().any(|own| own == name)
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.all().join(" "))
    }
}

/// One trusted issuer, as the file of `--issuers` lists it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The exact `iss`, trailing slash included; a list when it has several.
    pub issuer: Names,
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
            issuer: Names::One(name.to_owned()),
            audience: vec![name.to_owned()],
            unrestricted_audience: false,
            keys: KeySource::Record(db),
            algorithms: vec![Algorithm::ES256],
            types: access_token(),
            preset: Preset::Generic(Generic::ours()),
        }
    }

    pub(super) fn is_built_in(&self) -> bool {
        matches!(self.keys, KeySource::Record(_))
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
    let mut issuers: Vec<Issuer> = serde_json::from_slice(&text).with_context(|| {
        let hint = "since 2026-11-27 an entry has a `preset` (docs/operations.md, Issuers)";
        format!("{}: {hint}", path.display())
    })?;
    for issuer in &mut issuers {
        if issuer.algorithms.is_empty() {
            issuer.algorithms = issuer.preset.algorithms();
        }
        check(issuer).with_context(|| format!("{}: issuer {}", path.display(), issuer.issuer))?;
    }
    let mut names: Vec<_> = issuers.iter().flat_map(|issuer| issuer.issuer.all()).collect();
    names.sort_unstable();
    ensure!(names.windows(2).all(|pair| pair.first() != pair.last()), "an issuer is listed twice");
    Ok(issuers)
}

fn check(issuer: &Issuer) -> anyhow::Result<()> {
    ensure!(!issuer.issuer.all().is_empty(), "`issuer` must name one at least");
    let restricted = !issuer.audience.is_empty();
    ensure!(restricted || issuer.unrestricted_audience, "`audience` must name at least one audience");
    ensure!(!issuer.algorithms.is_empty(), "`algorithms` must name at least one algorithm");
    let symmetric = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    ensure!(!issuer.algorithms.iter().any(|alg| symmetric.contains(alg)), "`algorithms` must be asymmetric");
    issuer.keys.check()
}
