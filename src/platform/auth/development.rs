//! Tokens for development: signed with a key in the data folder, trusted only in development mode.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

use super::{
    issuer::{Issuer, Names, access_token},
    keys::KeySource,
    permission::{Role, operator_scopes},
    preset::{Generic, Preset},
};
use crate::platform::id::MunicipalityId;

const ISSUER: &str = "urn:glomma:development";
const AUDIENCE: &str = "glomma";
const SUBJECT: &str = "developer";
const KEY_BYTES: usize = 32;

/// What a development token says.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    municipality: Option<MunicipalityId>,
    roles: &'a [&'a str],
    scope: &'a str,
}

/// The development key, made on first use and readable by its owner alone.
pub struct DevelopmentKey(Vec<u8>);

impl DevelopmentKey {
    /// Reads the key of a data folder, or makes it.
    ///
    /// # Errors
    /// When the folder cannot be written, or the machine gives no randomness.
    pub fn of(data: &Path) -> anyhow::Result<Self> {
        let path = data.join("development-key");
        match fs::read(&path) {
            Ok(key) if key.len() == KEY_BYTES => Ok(Self(key)),
            _ => Self::make(&path).with_context(|| format!("making {}", path.display())),
        }
    }

    fn make(path: &Path) -> anyhow::Result<Self> {
        let mut key = vec![0; KEY_BYTES];
        aws_lc_rs::rand::fill(&mut key).ok().context("the machine gives no randomness")?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(&key)?;
        file.sync_all()?;
        Ok(Self(key))
    }

    /// The issuer that trusts this key.
    pub fn issuer(&self) -> Issuer {
        Issuer {
            issuer: Names::One(ISSUER.to_owned()),
            audience: vec![AUDIENCE.to_owned()],
            unrestricted_audience: false,
            keys: KeySource::Secret(self.0.clone()),
            algorithms: vec![Algorithm::HS256],
            types: access_token(),
            preset: Preset::Generic(Generic::ours()),
        }
    }

    /// What another key follows from.
    pub fn secret(&self) -> &[u8] {
        &self.0
    }

    /// Signs a token that ends at `until`.
    ///
    /// # Errors
    /// When signing fails, which a key of the right length rules out.
    pub fn sign(
        &self,
        municipality: MunicipalityId,
        roles: &[Role],
        scope: Option<&str>,
        (now, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> anyhow::Result<String> {
        let whole = roles.iter().flat_map(|role| role.scopes()).collect::<Vec<_>>().join(" ");
        let roles: Vec<&str> = roles.iter().map(|role| role.code()).collect();
        self.sign_claims(Some(municipality), (&roles, scope.unwrap_or(&whole)), (now, until))
    }

    /// Signs a token of the platform's operator.
    ///
    /// # Errors
    /// As [`DevelopmentKey::sign`].
    pub fn sign_operator(&self, times: (DateTime<Utc>, DateTime<Utc>)) -> anyhow::Result<String> {
        let scope = operator_scopes().collect::<Vec<_>>().join(" ");
        self.sign_claims(None, (&["operator"], &scope), times)
    }

    fn sign_claims(
        &self,
        municipality: Option<MunicipalityId>,
        (roles, scope): (&[&str], &str),
        (now, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> anyhow::Result<String> {
        let (iat, exp) = (now.timestamp(), until.timestamp());
        let claims =
            Claims { iss: ISSUER, aud: AUDIENCE, iat, exp, sub: SUBJECT, municipality, roles, scope };
        Ok(encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&self.0))?)
    }
}
