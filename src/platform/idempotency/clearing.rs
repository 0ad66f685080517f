//! Forgetting old answers.

use std::time::Duration;

use super::store;
use crate::platform::{clock::Clock, db::Db};

const HOUR: Duration = Duration::from_hours(1);

/// Forgets answers that are a day old, now and then hourly, for ever.
pub(crate) async fn clear_hourly(db: Db) {
    loop {
        if let Err(cause) = db.system(async |tx| store::clear(tx, Clock.now()).await).await {
            tracing::warn!(%cause, "old answers were not cleared");
        }
        tokio::time::sleep(HOUR).await;
    }
}
