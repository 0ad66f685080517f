//! Taking turns, where rows alone do not say who is first.

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::{Scope, Tx};
use crate::platform::error::Result;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Waits for the lock, and holds it until the transaction ends.
    fn pg_advisory_xact_lock(key: BigInt) -> diesel::sql_types::Text;
    /// Whether the lock was free. It is held until the transaction ends.
    fn pg_try_advisory_xact_lock(key: BigInt) -> diesel::sql_types::Bool;
}

impl<S: Scope> Tx<'_, S> {
    /// Waits until nobody else has this turn, and has it until the transaction ends. An organisation number is a turn of
    /// its municipality; other keys have fewer digits.
    pub(crate) async fn take_turn(&self, key: i64) -> Result<()> {
        diesel::select(pg_advisory_xact_lock(key)).execute(&mut self.conn()).await?;
        Ok(())
    }

    /// As [`Tx::take_turn`], but does not wait; says whether it is ours.
    pub(crate) async fn try_turn(&self, key: i64) -> Result<bool> {
        Ok(diesel::select(pg_try_advisory_xact_lock(key)).get_result(&mut self.conn()).await?)
    }
}
