//! A turn that outlives transactions: held by a connection of its own, and lost with it, so that a killed process holds nothing up.

use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::ExposeSecret;

use super::{Db, connect};
use crate::platform::error::Result;

/// A turn that is held.
pub struct Session {
    conn: AsyncPgConnection,
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Whether the lock was free. It is held until the connection ends.
    fn pg_try_advisory_lock(key: BigInt) -> diesel::sql_types::Bool;
}

impl Db {
    /// Takes a turn for as long as the session lives; none when somebody else has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn try_session(&self, key: i64) -> Result<Option<Session>> {
        let conn = connect::open(self.url().expose_secret()).await;
        let mut conn = conn.map_err(|cause| anyhow::anyhow!("{cause}"))?;
        let ours: bool = diesel::select(pg_try_advisory_lock(key)).get_result(&mut conn).await?;
        Ok(ours.then_some(Session { conn }))
    }
}

impl Session {
    /// That the turn is still ours: with the connection it is gone.
    ///
    /// # Errors
    /// When it is lost.
    pub(crate) async fn check(&self) -> Result<()> {
        diesel::select(diesel::dsl::now).execute(&mut &self.conn).await?;
        Ok(())
    }
}
