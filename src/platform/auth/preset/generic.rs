use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{no_municipality, text, words};
use crate::platform::{
    auth::{
        identity::{Actor, Claimed, Holder},
        permission::{RIGHTS, Role},
    },
    error::Result,
    id::MunicipalityId,
};

/// An issuer of any other kind, by JSON Pointers into its claims.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generic {
    /// For which municipalities it may speak: a list of organisation numbers, or `"any"` for an issuer that itself makes
    /// sure for whom a token is.
    pub(in crate::platform::auth) municipalities: SpeaksFor,
    /// To the organisation number; a leading `0192:` is taken off.
    pub(in crate::platform::auth) municipality: String,
    /// To the roles: a list of strings, or one string of names separated by space.
    #[serde(default)]
    pub(in crate::platform::auth) roles: Option<String>,
    /// The issuer's names for roles. Without it a role must bear our name.
    #[serde(default)]
    pub(in crate::platform::auth) role_names: BTreeMap<String, Role>,
    /// The role of a token that names none. Without it such a token may do nothing.
    #[serde(default)]
    pub(in crate::platform::auth) default_role: Option<Role>,
    /// The issuer's name for the role of the platform's operator. Without it the issuer has none.
    #[serde(default)]
    pub(in crate::platform::auth) operator_role: Option<String>,
    /// To our scopes (space separated); they narrow what the role gives, and a token without them may do nothing.
    /// Without this member nothing is narrowed.
    #[serde(default)]
    pub(in crate::platform::auth) scopes: Option<String>,
    /// To who acts.
    #[serde(default = "subject")]
    pub(in crate::platform::auth) subject: String,
    /// To the software that acts.
    #[serde(default = "client")]
    pub(in crate::platform::auth) client: String,
}

fn subject() -> String {
    "/sub".to_owned()
}

fn client() -> String {
    "/client_id".to_owned()
}

/// Whose tokens an issuer may sign.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(in crate::platform::auth) enum SpeaksFor {
    These(BTreeSet<MunicipalityId>),
    Any(Any),
}

/// The word for every municipality.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::platform::auth) enum Any {
    Any,
}

impl Generic {
    /// An issuer of our own: a server in development mode, or the built-in one.
    pub(in crate::platform::auth) fn ours() -> Self {
        Self {
            municipalities: SpeaksFor::Any(Any::Any),
            municipality: "/municipality".to_owned(),
            roles: Some("/roles".to_owned()),
            role_names: [].into(),
            default_role: None,
            operator_role: Some("operator".to_owned()),
            scopes: Some("/scope".to_owned()),
            subject: subject(),
            client: client(),
        }
    }

    pub(super) fn claimed(&self, claims: &Value) -> Result<Claimed> {
        let named = self.roles.as_ref().map(|pointer| words(claims, pointer)).unwrap_or_default();
        let role = named.iter().filter_map(|name| self.role(name)).max().or(self.default_role);
        let operator = self.operator_role.as_ref().is_some_and(|name| named.contains(&name.as_str()));
        let holder = if operator {
            Holder::Operator
        } else {
            Holder::Municipality(self.municipality(claims)?, role.unwrap_or(Role::Reader))
        };
        let narrowed_to =
            if operator || role.is_some() { self.granted(claims) } else { Some(BTreeSet::new()) };
        let actor = Actor {
            subject: text(claims, &self.subject),
            client: text(claims, &self.client),
            ..Actor::default()
        };
        Ok(Claimed { holders: vec![holder], narrowed_to, actor })
    }

    pub(super) fn municipality(&self, claims: &Value) -> Result<MunicipalityId> {
        let named = claims.pointer(&self.municipality).and_then(Value::as_str).unwrap_or_default();
        let id = named.strip_prefix("0192:").unwrap_or(named).parse();
        let id = id.map_err(|_cause| no_municipality("No municipality is named by organisation number."))?;
        let speaks_for = match &self.municipalities {
            SpeaksFor::These(these) => these.contains(&id),
            SpeaksFor::Any(Any::Any) => true,
        };
        speaks_for
            .then_some(id)
            .ok_or_else(|| no_municipality("The issuer does not speak for that municipality."))
    }

    /// Roles that are not ours are somebody else's business and give nothing.
    fn role(&self, name: &str) -> Option<Role> {
        if self.role_names.is_empty() {
            return name.parse().ok();
        }
        self.role_names.get(name).copied()
    }

    fn granted(&self, claims: &Value) -> Option<BTreeSet<&'static str>> {
        let granted = words(claims, self.scopes.as_ref()?);
        Some(RIGHTS.iter().map(|right| right.scope).filter(|scope| granted.contains(scope)).collect())
    }
}
