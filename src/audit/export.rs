//! The whole chain of a municipality, line by line.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    model::{AuditEntry, Mark},
    store,
};
use crate::platform::{
    auth::{Caller, permission::ReadAudit},
    error::Result,
    hex::hex,
    lines::Sink,
};

const PAGE: i64 = 500;

/// A line of the export.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum AuditLine {
    /// The first line: behind which entry the chain begins since its oldest were dropped.
    #[schema(title = "AuditExportBegin")]
    Begin { chain: String, checkpoint: Option<Mark> },
    /// An entry, in order.
    #[schema(title = "AuditExportEntry")]
    Entry { entry: Box<AuditEntry> },
    /// The last line; a transfer without it was cut off.
    #[schema(title = "AuditExportEnd")]
    End { entries: usize },
}

/// Sends a chain up to its head as it is now.
pub(super) async fn send(caller: &Caller<ReadAudit>, sink: &Sink) -> Result<()> {
    let chain = caller.municipality().to_string();
    let heads = caller.look(async |tx| store::heads(tx, &[chain.clone()].into()).await).await?;
    let head = heads.into_values().next().unwrap_or_default();
    let dropped = Mark { position: head.dropped_through, hash: hex(&head.dropped_hash) };
    let checkpoint = Some(dropped).filter(|mark| mark.position > 0);
    sink.put([AuditLine::Begin { chain: chain.clone(), checkpoint }]).await?;
    let (mut at, mut entries) = (head.dropped_through, 0);
    while at < head.position {
        let page = caller.look(async |tx| store::after(tx, &chain, at, PAGE).await).await?;
        let Some(last) = page.last() else { break };
        at = last.position;
        let here: Vec<_> = page.into_iter().filter(|entry| entry.position <= head.position).collect();
        entries += here.len();
        sink.put(here.into_iter().map(|entry| AuditLine::Entry { entry: Box::new(entry) })).await?;
    }
    sink.put([AuditLine::End { entries }]).await
}
