//! What the index reads: the log behind its place, or the whole record.

use super::{document::Record, store};
use crate::{
    changes::{self, Bounds},
    platform::{
        db::{Db, SystemTx},
        error::Result,
        id::ProjectId,
    },
};

/// Entries, or publications, that are read at once.
const BATCH: i64 = 500;

/// What the log holds behind a position.
pub(super) enum Step {
    Lost,
    Nothing,
    News(News),
}

pub(super) struct News {
    pub(super) last: i64,
    pub(super) head: i64,
    /// What is to be indexed anew: what changed, and its origins, whose counts do.
    pub(super) ids: Vec<ProjectId>,
    /// What shows something of what changed.
    pub(super) imitations: Vec<ProjectId>,
    pub(super) records: Vec<Record>,
}

pub(super) async fn news(tx: &SystemTx<'_>, position: i64) -> Result<Step> {
    let entries = changes::after(tx, position, BATCH).await?;
    // The bounds last: what was dropped meanwhile is not skipped unseen.
    let Bounds { compacted_through, head } = changes::bounds(tx).await?;
    if !(compacted_through..=head).contains(&position) {
        return Ok(Step::Lost);
    }
    let Some(last) = entries.last().map(|entry| entry.position) else { return Ok(Step::Nothing) };
    let changed: Vec<ProjectId> = entries.iter().map(|entry| entry.publication_id).collect();
    let (origins, imitations) = store::relatives(tx, &changed).await?;
    let ids: Vec<ProjectId> = changed.into_iter().chain(origins).collect();
    let records = store::records(tx, &ids).await?;
    Ok(Step::News(News { last, head: head.max(last), ids, imitations, records }))
}

/// The publications behind `after`, by id: withdrawn ones have no record.
pub(super) async fn batch(db: &Db, after: Option<ProjectId>) -> Result<(Vec<ProjectId>, Vec<Record>)> {
    db.system(async |tx| {
        let ids = store::ids(tx, after, BATCH).await?;
        let records = store::records(tx, &ids).await?;
        Ok((ids, records))
    })
    .await
}
