use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{no_municipality, text, words};
use crate::platform::{
    auth::{
        identity::{Actor, Claimed, Holder},
        permission::Role,
    },
    error::{Code, Error, Result},
    id::MunicipalityId,
};

/// Access tokens of Entra ID, version 2.0. The municipality is found by the tenant id; roles are app roles.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entra {
    /// The tenant ids that are accepted, each with the organisation number that it speaks for.
    tenants: BTreeMap<String, MunicipalityId>,
    /// What an app role (`roles`) gives here.
    app_roles: BTreeMap<String, Role>,
    /// What a delegated scope (`scp`) lets an application do of what the person may.
    #[serde(default)]
    delegated: BTreeMap<String, Role>,
}

impl Entra {
    pub(super) fn claimed(&self, claims: &Value) -> Result<Claimed> {
        let say = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let (tenant, issuer) = (say("tid"), say("iss"));
        if say("ver") != "2.0" {
            return Err(Error::new(Code::InvalidToken, "It is no token of version 2.0."));
        }
        // One set of keys signs for all tenants: what keeps them apart is that issuer and tenant agree.
        if tenant.is_empty() || !issuer.split('/').any(|part| part == tenant) {
            return Err(Error::new(Code::InvalidToken, "Its tenant is not its issuer's."));
        }
        let municipality = self.tenants.get(tenant);
        let municipality =
            *municipality.ok_or_else(|| no_municipality("The tenant is not accepted here."))?;
        let application = claims.get("scp").is_none();
        // An id token has the same audience when a frontend and the API share a registration, and neither of these.
        if say("azp").is_empty() || (application && say("idtyp") != "app" && say("oid") != say("sub")) {
            return Err(Error::new(Code::InvalidToken, "It is no access token."));
        }
        let role = words(claims, "/roles").into_iter().filter_map(|name| self.app_roles.get(name)).max();
        Ok(Claimed {
            holders: vec![Holder::Municipality(municipality, *role.unwrap_or(&Role::Reader))],
            narrowed_to: self.narrowed(claims, role.is_some()),
            actor: Actor { subject: text(claims, "/oid"), client: text(claims, "/azp"), ..Actor::default() },
        })
    }

    /// The municipality of a tenant that is listed.
    pub(super) fn municipality(&self, claims: &Value) -> Option<MunicipalityId> {
        self.tenants.get(claims.get("tid")?.as_str()?).copied()
    }

    /// Without a role nothing is allowed; with `scp` an application acts for a person and has no more than both.
    fn narrowed(&self, claims: &Value, has_role: bool) -> Option<BTreeSet<&'static str>> {
        if !has_role {
            return Some(BTreeSet::new());
        }
        claims.get("scp")?;
        let scopes = words(claims, "/scp").into_iter().filter_map(|name| self.delegated.get(name));
        Some(scopes.flat_map(|role| role.scopes()).collect())
    }
}
