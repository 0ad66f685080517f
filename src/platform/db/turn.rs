//! Taking turns, where rows alone do not say who is first.

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::{Scope, Tx};
use crate::platform::error::Result;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Waits for the lock, and holds it until the transaction ends.
    fn pg_advisory_xact_lock(key: BigInt) -> diesel::sql_types::Text;
}

impl<S: Scope> Tx<'_, S> {
    /// Waits until nobody else has this turn, and has it until the transaction ends. An organisation number is a turn of
    /// its municipality; other keys have fewer digits.
    pub(crate) async fn take_turn(&self, key: i64) -> Result<()> {
        diesel::select(pg_advisory_xact_lock(key)).execute(&mut self.conn()).await?;
        Ok(())
    }
}
