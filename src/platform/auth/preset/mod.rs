//! How a kind of issuer says for whom a token is, and by which right: one file for each kind.

mod ansattporten;
mod entra;
mod generic;
mod maskinporten;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

pub(super) use self::generic::Generic;
use super::identity::{Actor, Claimed, kept};
use crate::platform::{
    error::{Code, Error, Result},
    id::MunicipalityId,
};

/// The rules by which claims are read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    Maskinporten(maskinporten::Maskinporten),
    Entra(entra::Entra),
    Ansattporten(ansattporten::Ansattporten),
    Generic(Generic),
}

impl Preset {
    pub(super) fn claimed(&self, claims: &Value) -> Result<Claimed> {
        match self {
            Self::Maskinporten(rules) => rules.claimed(claims),
            Self::Entra(rules) => rules.claimed(claims),
            Self::Ansattporten(rules) => rules.claimed(claims),
            Self::Generic(rules) => rules.claimed(claims),
        }
    }

    /// Who a good token names that was refused, and in whose name it came: for the audit trail, which believes nothing else of it.
    pub(super) fn named(&self, claims: &Value) -> (Actor, Option<MunicipalityId>) {
        let (subject, client, municipality) = match self {
            Self::Maskinporten(_) => {
                ("/client_id", "/client_id", claims.get("consumer").and_then(organisation))
            }
            Self::Entra(rules) => ("/oid", "/azp", rules.municipality(claims)),
            Self::Ansattporten(_) => ("/sub", "/client_id", None),
            Self::Generic(rules) => {
                (rules.subject.as_str(), rules.client.as_str(), rules.municipality(claims).ok())
            }
        };
        let actor = Actor {
            subject: text(claims, subject),
            client: text(claims, client),
            supplier: claims.get("supplier").and_then(organisation).map(|supplier| supplier.to_string()),
            delegation: text(claims, "/delegation_source"),
            ..Actor::default()
        };
        (actor, municipality)
    }

    /// What an issuer of this kind signs with, unless the operator says otherwise.
    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        match self {
            Self::Maskinporten(_) => vec![Algorithm::RS256, Algorithm::RS384, Algorithm::RS512],
            Self::Entra(_) | Self::Ansattporten(_) => vec![Algorithm::RS256],
            Self::Generic(_) => Vec::new(),
        }
    }
}

/// An identifier of ISO 6523, `0192:` and nine digits, as Maskinporten and Ansattporten name organisations.
fn organisation(party: &Value) -> Option<MunicipalityId> {
    let named = ["ID", "id"].iter().find_map(|name| party.get(name)).and_then(Value::as_str)?;
    let authority = ["authority", "Authority"].iter().find_map(|name| party.get(name));
    if authority.is_some_and(|authority| authority != "iso6523-actorid-upis") {
        return None;
    }
    named.strip_prefix("0192:")?.parse().ok()
}

/// The words of a claim: space separated text, or a list of text.
fn words<'a>(claims: &'a Value, pointer: &str) -> Vec<&'a str> {
    match claims.pointer(pointer) {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(names)) => names.split_whitespace().collect(),
        _ => Vec::new(),
    }
}

fn text(claims: &Value, pointer: &str) -> Option<String> {
    claims.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(kept)
}

fn details<'a>(claims: &'a Value, kind: &str) -> Vec<&'a Value> {
    let details = claims.get("authorization_details").and_then(Value::as_array);
    details.into_iter().flatten().filter(|detail| detail.get("type").is_some_and(|is| is == kind)).collect()
}

fn no_municipality(why: &'static str) -> Error {
    Error::new(Code::UnknownMunicipality, why)
}
