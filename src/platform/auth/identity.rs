//! What a token says, once it was verified.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{issuer::Issuer, permission::Role};
use crate::platform::{
    error::{Code, Error, Result},
    id::MunicipalityId,
};

/// What a valid token says.
#[derive(Clone, Debug)]
pub struct Identity {
    pub municipality: MunicipalityId,
    pub scopes: BTreeSet<&'static str>,
    /// The one that may do most.
    pub role: Role,
}

impl Issuer {
    /// Who a token is for, by its claims.
    pub(super) fn identity(&self, claims: &Value) -> Result<Identity> {
        let municipality = claims.pointer(&self.municipality).and_then(Value::as_str).unwrap_or_default();
        let municipality: MunicipalityId =
            municipality.strip_prefix("0192:").unwrap_or(municipality).parse().map_err(|_cause| {
                Error::new(
                    Code::UnknownMunicipality,
                    "The token names no municipality by organisation number.",
                )
            })?;
        if !self.municipalities.includes(municipality) {
            return Err(Error::new(
                Code::UnknownMunicipality,
                "The issuer does not speak for that municipality.",
            ));
        }
        let roles = self.roles(claims);
        let mut scopes: BTreeSet<_> = roles.iter().flat_map(|role| role.scopes().iter().copied()).collect();
        if let Some(pointer) = &self.scopes {
            let granted = claims.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            scopes.retain(|scope| granted.split_whitespace().any(|word| word == *scope));
        }
        let role = roles.into_iter().max().unwrap_or(Role::Reader);
        Ok(Identity { municipality, scopes, role })
    }

    /// Roles that are not ours are somebody else's business and give nothing.
    fn roles(&self, claims: &Value) -> Vec<Role> {
        let named = self.roles.as_ref().and_then(|pointer| claims.pointer(pointer));
        let names: Vec<&str> = match named {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(names)) => names.split_whitespace().collect(),
            _ => Vec::new(),
        };
        let roles: Vec<Role> = names.into_iter().filter_map(|name| self.role(name)).collect();
        if roles.is_empty() { self.default_role.into_iter().collect() } else { roles }
    }

    fn role(&self, name: &str) -> Option<Role> {
        if self.role_names.is_empty() {
            return serde_json::from_value(Value::from(name)).ok();
        }
        self.role_names.get(name).copied()
    }
}
