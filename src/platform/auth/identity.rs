//! What a token says, once it was verified: for whom, by which right, and who it was.

use std::{collections::BTreeSet, fmt};

use super::permission::{Role, operator_scopes};
use crate::platform::{
    audit::{WITHHELD, is_personal},
    error::{Code, Error, Result},
    id::MunicipalityId,
};

/// For whom a caller acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Municipality(MunicipalityId, Role),
    /// Whoever runs the platform: for no municipality.
    Operator,
}

impl Holder {
    pub fn municipality(self) -> Option<MunicipalityId> {
        match self {
            Self::Municipality(id, _) => Some(id),
            Self::Operator => None,
        }
    }

    pub fn role(self) -> &'static str {
        match self {
            Self::Municipality(_, role) => role.code(),
            Self::Operator => "operator",
        }
    }

    pub(super) fn scopes(self) -> BTreeSet<&'static str> {
        match self {
            Self::Municipality(_, role) => role.scopes().collect(),
            Self::Operator => operator_scopes().collect(),
        }
    }
}

/// The name of a holder's audit trail: the organisation number, or `platform`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Municipality(id, _) => id.fmt(f),
            Self::Operator => f.write_str("platform"),
        }
    }
}

/// Who acted, as the audit trail keeps it. Never a national identity number, whatever an issuer puts into a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    pub issuer: String,
    /// The person or system by the issuer's own name for it.
    pub subject: Option<String>,
    /// The software that sent the request.
    pub client: Option<String>,
    /// Who acts on the municipality's behalf: an organisation number.
    pub supplier: Option<String>,
    /// What shows that it may: where the delegation is registered, or the system user.
    pub delegation: Option<String>,
}

impl Actor {
    /// The client, or else the subject: whose requests are counted together.
    pub fn caller(&self) -> &str {
        self.client.as_deref().or(self.subject.as_deref()).unwrap_or_default()
    }
}

/// What a valid token says.
#[derive(Clone, Debug)]
pub struct Identity {
    pub holder: Holder,
    pub scopes: BTreeSet<&'static str>,
    pub actor: Actor,
}

/// What an issuer's claims come to, before the caller chose for whom to act.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) holders: Vec<Holder>,
    /// Narrows what the roles give; nothing is narrowed without it.
    pub(super) narrowed_to: Option<BTreeSet<&'static str>>,
    pub(super) actor: Actor,
}

impl Claimed {
    /// The identity, for the municipality that the caller `narrowed` the token to, if it did.
    pub(super) fn identity(self, narrowed: Option<MunicipalityId>) -> Result<Identity> {
        let named = |holder: &Holder| narrowed.is_none_or(|id| holder.municipality() == Some(id));
        let mut holders: Vec<Holder> = Vec::new();
        for holder in self.holders.into_iter().filter(named) {
            match holders.iter_mut().find(|other| other.municipality() == holder.municipality()) {
                Some(other) if other.role_rank() < holder.role_rank() => *other = holder,
                Some(_) => {}
                None => holders.push(holder),
            }
        }
        let [holder] = holders.as_slice() else { return Err(undecided(&holders)) };
        let mut scopes = holder.scopes();
        if let Some(narrowed) = &self.narrowed_to {
            scopes.retain(|scope| narrowed.contains(scope));
        }
        Ok(Identity { holder: *holder, scopes, actor: self.actor })
    }
}

impl Holder {
    fn role_rank(self) -> Option<Role> {
        match self {
            Self::Municipality(_, role) => Some(role),
            Self::Operator => None,
        }
    }
}

fn undecided(holders: &[Holder]) -> Error {
    if holders.is_empty() {
        return Error::new(
            Code::UnknownMunicipality,
            "The token speaks for no municipality in this request.",
        );
    }
    let names: Vec<String> = holders.iter().map(ToString::to_string).collect();
    let names = names.join(", ");
    Error::new(Code::AmbiguousMunicipality, format!("Name one of {names} in the header Glomma-Municipality."))
}

/// A claim as it may be kept: of limited length, and without a national identity number, which is withheld.
pub(super) fn kept(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_control()).take(200).collect();
    if is_personal(&text) { WITHHELD.to_owned() } else { text }
}
