//! The schema `rehearsal`: the ledger of a dry run, which may write in it as any run does.

use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use crate::platform::{
    db::{SystemTx, prepared},
    error::Result,
};

/// Forgets what a dry run of a target wrote.
#[expect(clippy::disallowed_methods, reason = "a schema of the same tables has no form in diesel")]
pub(super) async fn clear(tx: &SystemTx<'_>, target: &str) -> Result<()> {
    for table in ["kominn_link", "kominn_item"] {
        let query = diesel::sql_query(format!("DELETE FROM rehearsal.{table} WHERE target = $1"));
        prepared(query.bind::<Text, _>(target)).execute(&mut tx.conn()).await?;
    }
    Ok(())
}

/// Gives a dry run of a target the ledger as it stands.
#[expect(clippy::disallowed_methods, reason = "a schema of the same tables has no form in diesel")]
pub(super) async fn copy(tx: &SystemTx<'_>, target: &str) -> Result<()> {
    for table in ["kominn_link", "kominn_item"] {
        let query = diesel::sql_query(format!(
            "INSERT INTO rehearsal.{table} SELECT * FROM public.{table} WHERE target = $1"
        ));
        prepared(query.bind::<Text, _>(target)).execute(&mut tx.conn()).await?;
    }
    Ok(())
}
