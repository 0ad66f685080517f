//! Appending to the table `audit_pending`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Entry;
use crate::platform::{
    db::{SystemTx, schema::audit_pending},
    error::Result,
};

/// Appends refusals. What is done is appended by the commit that does it (`platform/db/pool.rs`).
pub(super) async fn append(tx: &SystemTx<'_>, entries: &[Entry]) -> Result<()> {
    let row = |entry: &Entry| {
        let text = serde_json::to_vec(entry).map_err(anyhow::Error::from)?;
        Ok((audit_pending::chain.eq(entry.chain.clone()), audit_pending::entry.eq(text)))
    };
    let rows = entries.iter().map(row).collect::<Result<Vec<_>>>()?;
    diesel::insert_into(audit_pending::table).values(rows).execute(&mut tx.conn()).await?;
    Ok(())
}
