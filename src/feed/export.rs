//! The export: every publication that a reader sees, line by line, however many there are.

use std::time::Duration;

use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;

use super::model::{ExportLine, without_contact};
use crate::{
    platform::{auth::Reader, directory::Directory, error::Result, id::ProjectId},
    publications,
};

/// Publications that are read at once, and held in memory until the client takes them.
const PAGE: i64 = 100;
/// How long a client may take for one page, before its place is given to another.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the lines go: a page at a time.
pub(super) type Sink = mpsc::Sender<Result<Vec<u8>>>;

/// Sends the lines of an export to a client. Each page is read in a transaction of its own, so nothing is held in the
/// database for a slow one. What is newer than `position` comes again by the log, which mends it.
pub(super) async fn send(reader: &Reader, directory: &Directory, position: i64, sink: &Sink) {
    if let Err(cause) = send_lines(reader, directory, position, sink).await {
        tracing::info!(%cause, "an export broke off");
        // The transfer then breaks off as well, unless its client is not there; it lacks the last line in any case.
        drop(sink.try_send(Err(cause)));
    }
}

async fn send_lines(reader: &Reader, directory: &Directory, position: i64, sink: &Sink) -> Result<()> {
    put(sink, [ExportLine::Snapshot { position }]).await?;
    let (mut after, mut count) = (ProjectId::from(Uuid::nil()), 0);
    loop {
        let read = reader.read(async |tx| publications::store::show_after(tx, directory, after, PAGE).await);
        let page = read.await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        count += page.len();
        let line =
            |publication| ExportLine::Publication { publication: Box::new(without_contact(publication)) };
        put(sink, page.into_iter().map(line)).await?;
    }
    put(sink, [ExportLine::End { publications: count }]).await
}

async fn put(sink: &Sink, lines: impl IntoIterator<Item = ExportLine>) -> Result<()> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, &line).map_err(anyhow::Error::from)?;
        text.push(b'\n');
    }
    let taken = timeout(PATIENCE, sink.send(Ok(text))).await;
    Ok(taken.map_err(anyhow::Error::from)?.map_err(|_gone| anyhow::anyhow!("the client went away"))?)
}
