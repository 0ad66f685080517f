//! The table `client_assertion`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::platform::{
    clock::Clock,
    db::{SystemTx, schema::client_assertion},
    error::Result,
    id::ClientId,
};

/// Remembers an assertion; says whether it is the first time.
pub(super) async fn use_assertion(
    tx: &SystemTx<'_>,
    client: ClientId,
    jti: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let old =
        client_assertion::client_id.eq(client).and(client_assertion::expires_at.lt(Clock.now() - LEEWAY));
    diesel::delete(client_assertion::table.filter(old)).execute(&mut tx.conn()).await?;
    let row = (
        client_assertion::client_id.eq(client),
        client_assertion::jti.eq(jti),
        client_assertion::expires_at.eq(expires_at),
    );
    let insert = diesel::insert_into(client_assertion::table).values(row).on_conflict_do_nothing();
    Ok(insert.execute(&mut tx.conn()).await? > 0)
}

/// An expired assertion is still accepted by clocks that differ this much.
const LEEWAY: chrono::TimeDelta = chrono::TimeDelta::minutes(1);
