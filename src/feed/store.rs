//! Reading the log for a follower: a page, with the publications that it is about.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::model::{Change, Changes, without_contact};
use crate::{
    changes::{self, Bounds, Filter, Seen},
    municipalities::MunicipalityRef,
    platform::{
        db::PublicTx,
        directory::Directory,
        error::{Code, Error, Result},
        id::ProjectId,
        page::Limit,
    },
    publications::{self, Publication},
};

/// How many positions one request goes ahead at most. It bounds what a reader costs for whom the log holds little.
const REACH: i64 = 10_000;

/// What a follower asks for.
pub(super) struct Wanted {
    pub(super) after: i64,
    pub(super) filter: Filter,
    pub(super) limit: Limit,
}

/// The last position of the log.
pub(super) async fn head(tx: &PublicTx<'_>) -> Result<i64> {
    Ok(changes::bounds(tx).await?.head)
}

/// The next page of the log as the transaction's reader may know it.
pub(super) async fn page(tx: &PublicTx<'_>, directory: &Directory, wanted: &Wanted) -> Result<Changes> {
    // The head first: every entry up to it is there by then. What comes later is left to the next page.
    let head = head(tx).await?;
    let through = head.min(wanted.after.saturating_add(REACH));
    let span = (wanted.after, through);
    let mut entries = changes::visible_between(tx, span, &wanted.filter, wanted.limit.fetch()).await?;
    let left_behind = entries.len() > wanted.limit.get();
    entries.truncate(wanted.limit.get());
    let publications = publications_of(tx, directory, &entries).await?;
    // The beginning last: what was dropped meanwhile is not skipped unseen.
    check(wanted.after, changes::bounds(tx).await?)?;
    let last = entries.last().map_or(through, |last| last.position);
    let items = entries.iter().map(|entry| change(directory, entry, &publications)).collect();
    let position = if left_behind { last } else { through };
    Ok(Changes { items, position, more: left_behind || through < head })
}

fn check(after: i64, log: Bounds) -> Result<()> {
    if (log.compacted_through..=log.head).contains(&after) {
        return Ok(());
    }
    let detail =
        "The log does not hold what follows that position. Start over with GET /v1/publications/export.";
    Err(Error::new(Code::HistoryCompacted, detail))
}

/// Those of the publications that the reader may see, by a constant number of queries.
async fn publications_of(
    tx: &PublicTx<'_>,
    directory: &Directory,
    entries: &[Seen],
) -> Result<BTreeMap<ProjectId, Arc<Publication>>> {
    let ids: BTreeSet<ProjectId> = entries.iter().map(|entry| entry.publication_id).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<ProjectId> = ids.into_iter().collect();
    let shown = publications::store::show_all(tx, directory, &ids).await?;
    Ok(shown.into_iter().map(|shown| (shown.id, Arc::new(without_contact(shown)))).collect())
}

fn change(
    directory: &Directory,
    entry: &Seen,
    publications: &BTreeMap<ProjectId, Arc<Publication>>,
) -> Change {
    let publication = publications.get(&entry.publication_id).cloned();
    Change {
        position: entry.position,
        kind: entry.kind,
        publication_id: entry.publication_id,
        municipality: MunicipalityRef::of(directory, entry.municipality_id),
        proposal_id: entry.proposal_id,
        occurred_at: entry.occurred_at,
        visible: publication.is_some(),
        publication,
    }
}
