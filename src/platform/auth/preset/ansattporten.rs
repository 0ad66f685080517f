use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{details, no_municipality, organisation, text};
use crate::platform::{
    auth::{
        identity::{Actor, Claimed, Holder},
        permission::Role,
    },
    error::{Code, Error, Result},
};

/// Access tokens of Ansattporten: a person, and the organisations that the person represents. Who represents several
/// names one in each request; who represents none is refused.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ansattporten {
    /// What representing an organisation by this resource of Altinn gives here.
    resources: BTreeMap<String, Role>,
    /// How surely the person must have logged in (`acr`).
    #[serde(default = "levels")]
    acr: BTreeSet<String>,
}

fn levels() -> BTreeSet<String> {
    ["substantial", "high"].map(ToOwned::to_owned).into()
}

impl Ansattporten {
    pub(super) fn claimed(&self, claims: &Value) -> Result<Claimed> {
        let level = claims.get("acr").and_then(Value::as_str).unwrap_or_default();
        if !self.acr.contains(level) {
            return Err(Error::new(Code::InvalidToken, "The login was not at a level that counts here."));
        }
        let mut holders = Vec::new();
        for detail in details(claims, "ansattporten:altinn:service") {
            let resource = detail.get("resource").and_then(Value::as_str).unwrap_or_default();
            let Some(role) = self.resources.get(resource) else { continue };
            let reportees = detail.get("reportees").and_then(Value::as_array);
            let organisations = reportees.into_iter().flatten().filter_map(organisation);
            holders.extend(organisations.map(|id| Holder::Municipality(id, *role)));
        }
        if holders.is_empty() {
            return Err(no_municipality("The person represents no organisation here."));
        }
        let actor =
            Actor { subject: text(claims, "/sub"), client: text(claims, "/client_id"), ..Actor::default() };
        Ok(Claimed { holders, narrowed_to: None, actor })
    }
}
