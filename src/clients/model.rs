//! An API client.

use chrono::{DateTime, Utc};
use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, JwkSet},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::{
    auth::permission::{RIGHTS, Role},
    db::jsonb,
    error::{Code, Error, Fault, Result},
    id::{ClientId, MunicipalityId},
    respond::Entity,
    text::Text,
};

/// How many clients a municipality may have that are not revoked.
pub(super) const MOST: i64 = 100;
/// How many public keys a client may have.
const MOST_KEYS: usize = 10;

/// What a client is to be called, and what it may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct ClientRequest {
    /// What it is called among people; no person's name.
    #[schema(inline)]
    pub(super) name: Text<1, 100>,
    #[schema(inline)]
    pub(super) role: Role,
    /// What it may do at most; without them, all that its role and your own token allow. Never more than either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scopes: Option<ScopeList>,
    /// A JWK set (RFC 7517) of public keys, for a client that signs its own assertions (`private_key_jwt`). Without it the client
    /// has a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) keys: Option<PublicKeys>,
}

/// Scopes, by their names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(crate) struct ScopeList(pub(crate) Vec<String>);

jsonb!(ScopeList);

impl ScopeList {
    /// Those that there still are.
    pub(crate) fn known(&self) -> impl Iterator<Item = &'static str> {
        RIGHTS.iter().map(|right| right.scope).filter(|scope| self.0.iter().any(|listed| listed == scope))
    }
}

/// A JWK set of public keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub(crate) struct PublicKeys(pub(crate) JwkSet);

jsonb!(PublicKeys);

/// A client that is to be made: checked.
#[derive(Debug)]
pub(crate) struct NewClient {
    pub(crate) municipality: Option<MunicipalityId>,
    pub(crate) name: String,
    pub(crate) role: Option<Role>,
    pub(crate) scopes: ScopeList,
    pub(crate) keys: Option<PublicKeys>,
}

impl ClientRequest {
    /// The client, if it may do no more than its role, and than `granted` if that is said.
    pub(super) fn checked(
        &self,
        municipality: MunicipalityId,
        granted: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<NewClient> {
        let mut faults = Vec::new();
        let of_role: Vec<&str> = self.role.scopes().collect();
        let may = |scope: &str| of_role.contains(&scope) && granted.is_none_or(|granted| granted(scope));
        for (at, scope) in self.scopes.iter().flat_map(|list| &list.0).enumerate() {
            if !may(scope) {
                let rule = format!("is more than the role {} and your own token give", self.role.code());
                faults.push(Fault::invalid(format!("#/scopes/{at}"), rule));
            }
        }
        faults.extend(self.keys.iter().filter_map(PublicKeys::fault));
        if !faults.is_empty() {
            return Err(Error::faults(Code::InvalidBody, "A member of the body breaks its rule.", faults));
        }
        let all =
            || ScopeList(of_role.iter().filter(|scope| may(scope)).map(|&scope| scope.to_owned()).collect());
        Ok(NewClient {
            municipality: Some(municipality),
            name: self.name.as_str().to_owned(),
            role: Some(self.role),
            scopes: self.scopes.clone().unwrap_or_else(all),
            keys: self.keys.clone(),
        })
    }
}

impl PublicKeys {
    fn fault(&self) -> Option<Fault> {
        let keys = &self.0.keys;
        let public = keys.iter().all(|key| {
            let symmetric = matches!(key.algorithm, AlgorithmParameters::OctetKey(_));
            let named = key.common.key_id.as_ref().is_some_and(|id| {
                (1..=100).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
            });
            !symmetric && named && DecodingKey::from_jwk(key).is_ok()
        });
        let sound = public && (1..=MOST_KEYS).contains(&keys.len());
        let rule =
            format!("must have 1 to {MOST_KEYS} public keys, each with a kid of 1 to 100 visible characters");
        (!sound).then(|| Fault::invalid("#/keys", rule))
    }
}

/// Every scope that an operator's client has.
pub(super) fn operator(name: &str) -> NewClient {
    let scopes = crate::platform::auth::permission::operator_scopes().map(ToOwned::to_owned).collect();
    NewClient { municipality: None, name: name.to_owned(), role: None, scopes: ScopeList(scopes), keys: None }
}

/// An API client. Its secret is shown by nothing but the request that made it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Client {
    /// The `client_id`.
    pub(crate) id: ClientId,
    /// For whom it acts; null for one of the operator's.
    pub(crate) municipality: Option<MunicipalityId>,
    pub(crate) revision: i64,
    pub(crate) name: String,
    /// Null for one of the operator's.
    #[schema(inline)]
    pub(crate) role: Option<Role>,
    pub(crate) scopes: ScopeList,
    pub(crate) keys: Option<PublicKeys>,
    /// When its secret was made; null while it has none.
    pub(crate) secret_made_at: Option<DateTime<Utc>>,
    /// Until when the secret before is good as well.
    pub(crate) previous_secret_until: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    /// When it last got a token.
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    /// Since when it gets none.
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

impl Client {
    /// The request that it would be made by.
    pub(super) fn request(&self) -> Result<ClientRequest> {
        Ok(ClientRequest {
            name: self.name.clone().try_into().map_err(|cause: String| anyhow::anyhow!(cause))?,
            role: self.role.ok_or_else(Error::not_found)?,
            scopes: Some(self.scopes.clone()),
            keys: self.keys.clone(),
        })
    }
}

impl Entity for Client {
    /// With when it was used, which no change can be in conflict with.
    fn etag(&self) -> String {
        let used = self.last_used_at.map_or(0, |at| at.timestamp_micros());
        format!("\"c-{}-{used}\"", self.revision)
    }

    fn location(&self) -> String {
        format!("/v1/clients/{}", self.id)
    }
}

pub(super) fn etag(revision: i64) -> String {
    format!("\"c-{revision}\"")
}

/// A secret, shown once.
#[derive(Serialize, ToSchema)]
pub(super) struct ClientSecret {
    pub(super) client_id: ClientId,
    pub(super) client_secret: String,
    /// Until when the secret before is good as well; null when there was none.
    pub(super) previous_secret_until: Option<DateTime<Utc>>,
}
