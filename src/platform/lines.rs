//! Answers of any length, a JSON object a line (`application/x-ndjson`): written beside the request, held back by a
//! client that does not read on, and ended when it takes too long.

use std::time::Duration;

use actix_web::{HttpResponse, rt, web::Bytes};
use futures_util::stream;
use serde::Serialize;
use tokio::{sync::mpsc, time::timeout};

use crate::platform::error::{Error, Result};

/// How long a client may take for what is sent at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the lines go.
pub(crate) struct Sink(mpsc::Sender<Result<Vec<u8>>>);

impl Sink {
    /// Sends some lines, and waits until the client takes them.
    ///
    /// # Errors
    /// When the client goes away, or takes too long.
    pub(crate) async fn put<T: Serialize>(&self, lines: impl IntoIterator<Item = T>) -> Result<()> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, &line).map_err(anyhow::Error::from)?;
            text.push(b'\n');
        }
        let taken = timeout(PATIENCE, self.0.send(Ok(text))).await;
        Ok(taken.map_err(anyhow::Error::from)?.map_err(|_gone| anyhow::anyhow!("the client went away"))?)
    }
}

/// An answer whose lines `write` sends. A transfer that breaks off lacks its last line.
pub(crate) fn answer(write: impl AsyncFnOnce(Sink) -> Result<()> + 'static) -> HttpResponse {
    let (sink, lines) = mpsc::channel(1);
    let broken = sink.clone();
    rt::spawn(async move {
        if let Err(cause) = write(Sink(sink)).await {
            tracing::info!(%cause, "a transfer broke off");
            // The transfer then breaks off as well, unless its client is not there.
            drop(broken.try_send(Err(cause)));
        }
    });
    let lines = stream::unfold(lines, async |mut lines: mpsc::Receiver<Result<Vec<u8>>>| {
        let text = lines.recv().await?;
        Some((text.map(Bytes::from), lines))
    });
    HttpResponse::Ok().content_type("application/x-ndjson").streaming::<_, Error>(lines)
}
