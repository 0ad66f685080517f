//! Being told of changes instead of asking for them.

use std::{pin::pin, time::Duration};

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::StreamExt;
use tokio::sync::watch;

use super::connect;

/// Wakes all who watch `wake` whenever something is sent on `channel`.
///
/// Reconnects for ever, a second apart, and wakes them then too. A missed notification delays its reader until that one's own next look, and loses nothing.
pub async fn listen(url: &str, channel: &'static str, wake: watch::Sender<()>) {
    loop {
        if let Err(cause) = forward(url, channel, &wake).await {
            tracing::warn!(%cause, channel, "listening stopped, trying again");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn forward(url: &str, channel: &str, wake: &watch::Sender<()>) -> anyhow::Result<()> {
    let mut conn = connect::open_unlimited(url).await?;
    subscribe(&mut conn, channel).await?;
    wake.send_replace(());
    let mut notifications = pin!(conn.notifications_stream());
    while let Some(notification) = notifications.next().await {
        notification?;
        wake.send_replace(());
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is platform/db")]
async fn subscribe(conn: &mut AsyncPgConnection, channel: &str) -> diesel::QueryResult<()> {
    conn.batch_execute(&format!("LISTEN {channel}")).await
}
