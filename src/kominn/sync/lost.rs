//! What is known and not there.

use super::Context;
use crate::{
    kominn::{
        item_store, link_store,
        model::{Link, LinkState},
        sharepoint::Failure,
    },
    platform::id::ProjectId,
};

/// Items that are compared at once.
const PAGE: i64 = 1000;

/// What became of items that are known.
pub(super) struct Swept<L, B> {
    /// How many were there.
    pub(super) known: usize,
    pub(super) lost: Vec<L>,
    pub(super) back: Vec<B>,
}

/// Compares the ledger with what is there.
pub(super) async fn sent_items(context: &Context<'_>, there: &[i64]) -> Result<Swept<Link, Link>, Failure> {
    let (mut sent, mut after) = (Swept { known: 0, lost: Vec::new(), back: Vec::new() }, 0);
    loop {
        let target = &context.target.name;
        let page =
            context.db.system(async |tx| link_store::present_after(tx, target, after, PAGE).await).await?;
        let Some(last) = page.last().and_then(|link| link.item_id) else { return Ok(sent) };
        after = last;
        for link in page {
            let is_there = link.item_id.is_some_and(|id| there.binary_search(&id).is_ok());
            let was_there = link.state != LinkState::Gone;
            sent.known += usize::from(was_there);
            match (was_there, is_there) {
                (true, false) => sent.lost.push(link),
                (false, true) => sent.back.push(link),
                (true, true) | (false, false) => {}
            }
        }
    }
}

/// Compares items of others that are shown here, or were deleted, with what is there.
pub(super) async fn read_items(
    context: &Context<'_>,
    there: &[i64],
) -> Result<Swept<(i64, ProjectId), i64>, Failure> {
    let (mut read, mut after) = (Swept { known: 0, lost: Vec::new(), back: Vec::new() }, 0);
    loop {
        let target = &context.target.name;
        let page =
            context.db.system(async |tx| item_store::swept_after(tx, target, after, PAGE).await).await?;
        let Some((last, ..)) = page.last() else { return Ok(read) };
        after = *last;
        for (item, publication, deleted) in page {
            read.known += usize::from(!deleted);
            match (deleted, there.binary_search(&item).is_ok()) {
                (false, false) => read.lost.push((item, publication)),
                (true, true) => read.back.push(item),
                (false, true) | (true, false) => {}
            }
        }
    }
}
