//! The outside of a token: what is read of it before anything in it is believed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, jwk::KeyAlgorithm};
use serde::{Deserialize, de::DeserializeOwned};

use crate::platform::error::{Code, Error, Result};

/// The longest token that is read, in bytes.
const LONGEST: usize = 8 * 1024;

/// What a token says of itself. `jku`, `x5u` and `jwk` are not even read.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) alg: Algorithm,
    pub(super) kid: Option<String>,
    typ: Option<String>,
    cty: Option<serde_json::Value>,
    crit: Option<serde_json::Value>,
}

/// Whose token it claims to be.
#[derive(Deserialize)]
struct Claims {
    iss: String,
}

/// The head of a token and its issuer, both unverified.
pub(super) fn unverified(token: &str) -> Result<(Head, String)> {
    if token.len() > LONGEST {
        return Err(invalid("It is too long."));
    }
    let mut parts = token.split('.');
    let (Some(head), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(invalid("It is no signed JWT."));
    };
    let head: Head = part(head).ok_or_else(|| invalid("It is no signed JWT."))?;
    if head.crit.is_some() {
        return Err(invalid("It demands what is not understood here (crit)."));
    }
    if head.cty.is_some() {
        return Err(invalid("It holds another token."));
    }
    let claims: Claims = part(claims).ok_or_else(|| invalid("Its claims cannot be read."))?;
    Ok((head, claims.iss))
}

fn part<T: DeserializeOwned>(encoded: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

impl Head {
    /// Whether a key that names its algorithm is for this one.
    pub(super) fn signs_as(&self, algorithm: KeyAlgorithm) -> bool {
        algorithm.to_string().parse::<Algorithm>().is_ok_and(|algorithm| algorithm == self.alg)
    }

    /// Whether it is an access token, and no other kind of JWT that the issuer signs with the same key.
    pub(super) fn is_of_type(&self, types: &[String]) -> bool {
        let Some(typ) = &self.typ else { return true };
        let typ = typ.strip_prefix("application/").unwrap_or(typ);
        typ.eq_ignore_ascii_case("JWT") || types.iter().any(|accepted| typ.eq_ignore_ascii_case(accepted))
    }
}

pub(super) fn invalid(why: &'static str) -> Error {
    Error::new(Code::InvalidToken, why)
}
