//! The table `kominn_consent`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::platform::{
    db::{TenantTx, schema::kominn_consent},
    error::Result,
};

/// When the municipality said that its public publications may be sent there.
pub(super) async fn consent(tx: &TenantTx<'_>, target: &str) -> Result<Option<DateTime<Utc>>> {
    let row = kominn_consent::table.find((target, tx.municipality())).select(kominn_consent::given_at);
    Ok(row.first(&mut tx.conn()).await.optional()?)
}

/// Says whether it is new.
pub(super) async fn give_consent(tx: &TenantTx<'_>, target: &str, now: DateTime<Utc>) -> Result<bool> {
    let row = (
        kominn_consent::target.eq(target),
        kominn_consent::municipality_id.eq(tx.municipality()),
        kominn_consent::given_at.eq(now),
    );
    let insert = diesel::insert_into(kominn_consent::table).values(row).on_conflict_do_nothing();
    Ok(insert.execute(&mut tx.conn()).await? > 0)
}

pub(super) async fn take_consent_back(tx: &TenantTx<'_>, target: &str) -> Result<()> {
    let row = kominn_consent::table.find((target, tx.municipality()));
    diesel::delete(row).execute(&mut tx.conn()).await?;
    Ok(())
}
