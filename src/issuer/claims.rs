//! What a token of the built-in issuer says (RFC 9068).

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    clients::store::Credentials,
    platform::id::{ClientId, MunicipalityId},
};

/// How long a token is valid.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);

#[derive(Serialize)]
pub(super) struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: ClientId,
    client_id: ClientId,
    iat: i64,
    exp: i64,
    jti: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    municipality: Option<MunicipalityId>,
    roles: [&'static str; 1],
    scope: &'a str,
}

impl<'a> Claims<'a> {
    pub(super) fn of(issuer: &'a str, client: &Credentials, scope: &'a str, now: DateTime<Utc>) -> Self {
        let client = &client.client;
        Self {
            iss: issuer,
            aud: issuer,
            sub: client.id,
            client_id: client.id,
            iat: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
            jti: Uuid::now_v7(),
            municipality: client.municipality,
            roles: [client.role.map_or("operator", |role| role.code())],
            scope,
        }
    }
}
