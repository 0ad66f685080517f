//! The export: every publication that a reader sees, line by line, however many there are.

use uuid::Uuid;

use super::model::{ExportLine, without_contact};
use crate::{
    platform::{auth::Reader, directory::Directory, error::Result, id::ProjectId, lines::Sink},
    publications,
};

/// Publications that are read at once, and held in memory until the client takes them.
const PAGE: i64 = 100;
/// Sends the lines of an export to a client. Each page is read in a transaction of its own, so nothing is held in the
/// database for a slow one. What is newer than `position` comes again by the log, which mends it.
pub(super) async fn send(reader: &Reader, directory: &Directory, position: i64, sink: &Sink) -> Result<()> {
    sink.put([ExportLine::Snapshot { position }]).await?;
    let (mut after, mut count) = (ProjectId::from(Uuid::nil()), 0);
    loop {
        let read = reader.read(async |tx| publications::store::show_after(tx, directory, after, PAGE).await);
        let page = read.await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        count += page.len();
        let line =
            |publication| ExportLine::Publication { publication: Box::new(without_contact(publication)) };
        sink.put(page.into_iter().map(line)).await?;
    }
    sink.put([ExportLine::End { publications: count }]).await
}
