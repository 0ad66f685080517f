//! The public keys of the built-in issuer, and the clients that it no longer speaks for.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::try_join;
use jsonwebtoken::jwk::JwkSet;
use serde_json::Value;
use uuid::Uuid;

use super::keys::Keys;
use crate::platform::{
    clock::Clock,
    db::{
        SystemTx,
        schema::{api_client, signing_key},
    },
    error::Result,
};

/// How long a revoked client is looked for: longer than its last token is valid.
const REVOKED: TimeDelta = TimeDelta::hours(2);

pub(super) async fn keys(tx: &SystemTx<'_>) -> Result<Keys> {
    let (mut one, mut other) = (tx.conn(), tx.conn());
    let keys = signing_key::table.select(signing_key::public).load::<Value>(&mut one);
    let revoked = api_client::table.filter(api_client::revoked_at.gt(Clock.now() - REVOKED));
    let revoked = revoked.select(api_client::id).load::<Uuid>(&mut other);
    let (keys, revoked) = try_join!(keys, revoked)?;
    let keys = keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
    Ok(Keys { set: JwkSet { keys }, revoked: revoked.iter().map(ToString::to_string).collect() })
}
