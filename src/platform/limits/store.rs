//! The table `quota_window`.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Integer, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::platform::{
    db::{SystemTx, prepared, schema::quota_window},
    error::Result,
};

#[derive(QueryableByName)]
struct Lease {
    #[diesel(sql_type = Integer)]
    granted: i32,
    #[diesel(sql_type = Integer)]
    taken: i32,
}

/// Takes a tenth of what is left of a bucket, one at least, none when nothing is; says how much, and how much all nodes
/// have taken.
#[expect(
    clippy::disallowed_methods,
    reason = "what is granted depends on the row before, which diesel cannot say"
)]
pub(super) async fn lease(
    tx: &SystemTx<'_>,
    (bucket, start): (&str, DateTime<Utc>),
    quota: i32,
) -> Result<(i32, i32)> {
    let lease = diesel::sql_query(
        "INSERT INTO quota_window AS w (bucket, window_start, taken, granted) \
         VALUES ($1, $2, greatest(1, $3 / 10), greatest(1, $3 / 10)) \
         ON CONFLICT (bucket, window_start) DO UPDATE SET \
             granted = least($3 - w.taken, greatest(1, ($3 - w.taken) / 10)), \
             taken = w.taken + least($3 - w.taken, greatest(1, ($3 - w.taken) / 10)) \
         RETURNING granted, taken",
    );
    let lease = lease.bind::<Text, _>(bucket).bind::<Timestamptz, _>(start).bind::<Integer, _>(quota);
    let Lease { granted, taken } = prepared(lease).get_result(&mut tx.conn()).await?;
    Ok((granted, taken))
}

pub(super) async fn clear(tx: &SystemTx<'_>, past: DateTime<Utc>) -> Result<()> {
    let old = quota_window::table.filter(quota_window::window_start.lt(past));
    diesel::delete(old).execute(&mut tx.conn()).await?;
    Ok(())
}
