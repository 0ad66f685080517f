//! Appending to the table `audit_entry`.

use diesel_async::RunQueryDsl;

use super::Entry;
use crate::platform::{
    db::{Scope, SystemTx, Tx, prepared, schema::audit_entry},
    error::Result,
};

pub(crate) async fn append<S: Scope>(tx: &Tx<'_, S>, entry: &Entry) -> Result<()> {
    let insert = diesel::insert_into(audit_entry::table).values(entry);
    prepared(insert).execute(&mut tx.conn()).await?;
    Ok(())
}

pub(super) async fn append_all(tx: &SystemTx<'_>, entries: &[Entry]) -> Result<()> {
    diesel::insert_into(audit_entry::table).values(entries).execute(&mut tx.conn()).await?;
    Ok(())
}
