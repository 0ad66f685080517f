use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{details, no_municipality, organisation, text, words};
use crate::platform::{
    auth::{
        identity::{Actor, Claimed, Holder},
        permission::Role,
    },
    error::{Code, Error, Result},
    id::MunicipalityId,
};

/// Access tokens of Maskinporten. The municipality is `consumer`; of an Altinn system user it is `systemuser_org`, and
/// `consumer` is then the vendor.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maskinporten {
    /// What a scope of Maskinporten gives here. A token with several has the role that may do most.
    scopes: BTreeMap<String, Role>,
    /// Whether suppliers may act for a municipality that delegated to them.
    #[serde(default = "yes")]
    suppliers: bool,
    /// Whether system users of Altinn are accepted.
    #[serde(default)]
    system_users: bool,
    /// Where a delegation may be registered.
    #[serde(default = "altinn")]
    delegation_sources: BTreeSet<String>,
}

fn yes() -> bool {
    true
}

fn altinn() -> BTreeSet<String> {
    ["https://www.altinn.no", "https://www.altinn.no/"].map(ToOwned::to_owned).into()
}

impl Maskinporten {
    pub(super) fn claimed(&self, claims: &Value) -> Result<Claimed> {
        let role = words(claims, "/scope").into_iter().filter_map(|scope| self.scopes.get(scope)).max();
        let consumer = claims.get("consumer").and_then(organisation);
        let (municipality, supplier, delegation) = match details(claims, "urn:altinn:systemuser")[..] {
            [] => self.consumer(claims, consumer)?,
            [_] if claims.get("supplier").is_some() => {
                return Err(Error::new(
                    Code::NotDelegated,
                    "A system user has no supplier besides its vendor.",
                ));
            }
            [user] if self.system_users => system_user(user, consumer)?,
            [_] => return Err(no_municipality("System users are not accepted here.")),
            [..] => return Err(no_municipality("The token is of several system users.")),
        };
        Ok(Claimed {
            holders: vec![Holder::Municipality(municipality, *role.unwrap_or(&Role::Reader))],
            narrowed_to: role.is_none().then(BTreeSet::new),
            actor: Actor {
                issuer: String::new(),
                subject: text(claims, "/client_id"),
                client: text(claims, "/client_id"),
                supplier: supplier.map(|supplier| supplier.to_string()),
                delegation,
            },
        })
    }

    /// The consumer, and the supplier that acts for it: only with proof of where it was allowed to.
    fn consumer(&self, claims: &Value, consumer: Option<MunicipalityId>) -> Result<Parties> {
        let consumer = consumer.ok_or_else(|| no_municipality("`consumer` is no organisation (0192:)."))?;
        let Some(supplier) = claims.get("supplier").filter(|supplier| !supplier.is_null()) else {
            return Ok((consumer, None, None));
        };
        let source = claims.get("delegation_source").and_then(Value::as_str).unwrap_or_default();
        if !self.suppliers || !self.delegation_sources.contains(source) {
            return Err(Error::new(Code::NotDelegated, "The supplier shows no delegation that counts here."));
        }
        let supplier = organisation(supplier)
            .ok_or_else(|| Error::new(Code::NotDelegated, "`supplier` is no organisation (0192:)."))?;
        Ok((consumer, Some(supplier), Some(source.to_owned())))
    }
}

/// The municipality, who acts for it, and what shows that it may.
type Parties = (MunicipalityId, Option<MunicipalityId>, Option<String>);

fn system_user(user: &Value, vendor: Option<MunicipalityId>) -> Result<Parties> {
    let vendor = vendor
        .ok_or_else(|| Error::new(Code::NotDelegated, "`consumer`, the vendor, is no organisation."))?;
    let owner = user.get("systemuser_org").and_then(organisation);
    let owner = owner.ok_or_else(|| no_municipality("`systemuser_org` is no organisation (0192:)."))?;
    let id = text(user, "/systemuser_id/0")
        .ok_or_else(|| Error::new(Code::NotDelegated, "The system user has no id."))?;
    Ok((owner, Some(vendor), Some(format!("systemuser:{id}"))))
}
