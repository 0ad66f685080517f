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

/// What became of items of ours.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) known: usize,
    pub(super) lost: Vec<Link>,
    pub(super) back: Vec<Link>,
}

/// Compares the ledger with what is there.
pub(super) async fn sent_items(context: &Context<'_>, there: &[i64]) -> Result<Sent, Failure> {
    let (mut sent, mut after) = (Sent::default(), 0);
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

/// Items of others that are shown here and not there; and how many are shown.
pub(super) async fn vanished_items(
    context: &Context<'_>,
    there: &[i64],
) -> Result<(Vec<(i64, ProjectId)>, usize), Failure> {
    let (mut vanished, mut known, mut after) = (Vec::new(), 0, 0);
    loop {
        let target = &context.target.name;
        let page =
            context.db.system(async |tx| item_store::shown_after(tx, target, after, PAGE).await).await?;
        let Some((last, _)) = page.last() else { return Ok((vanished, known)) };
        after = *last;
        known += page.len();
        vanished.extend(page.into_iter().filter(|(id, _)| there.binary_search(id).is_err()));
    }
}
