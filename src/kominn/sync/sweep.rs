//! What the list does not tell by itself: what was deleted, or came back.

use super::{
    Context,
    lost::{read_items, sent_items},
    pull::{leave, read_again, read_new},
    vanish::{Vanished, vanish},
};
use crate::{
    kominn::{
        link_store,
        model::{Action, Link, LinkState, Step},
        sharepoint::{Asked, Failure, Item},
        target_store,
    },
    platform::clock::Clock,
};

/// Ids that are asked for at once: the most that a view of a list gives.
const IDS: usize = 5000;
/// A site that gives no more than so few at once cannot be read.
const FEWEST_IDS: usize = 50;

/// Reads all ids, and notices what is not among them.
pub(super) async fn sweep(context: &Context<'_>) -> Result<(), Failure> {
    let there = ids(context).await?;
    let sent = sent_items(context, &there).await?;
    // An empty list that says it has items is out of our sight.
    let unseen = there.is_empty() && context.schema.items != Some(0);
    let held = context.brakes((sent.known, sent.lost.len()), unseen);
    for link in sent.lost {
        lose(context, link, held).await?;
    }
    for link in sent.back {
        come_back(context, link).await?;
    }
    let read = read_items(context, &there).await?;
    let held = context.brakes((read.known, read.lost.len()), unseen);
    for lost in read.lost {
        vanish(context, lost, if held { Vanished::Held } else { Vanished::Deleted }).await?;
    }
    let target = &context.target.name;
    if context.target.pulls() {
        read_again(context, &read.back).await?;
        let known = context.db.system(async |tx| target_store::know(tx, target).await).await?;
        let is_new = |id: &i64| known.highest_item.is_some_and(|highest| *id > highest);
        let new = there.iter().copied().filter(|id| is_new(id) && !context.was_read(*id));
        read_new(context, &new.collect::<Vec<_>>()).await?;
    }
    if !context.dry {
        let swept = (Clock.now(), there.last().copied().unwrap_or_default());
        context.db.system(async |tx| target_store::swept(tx, target, swept).await).await?;
    }
    Ok(())
}

/// All ids of the list, in order.
async fn ids(context: &Context<'_>) -> Result<Vec<i64>, Failure> {
    let mut there: Vec<i64> = Vec::new();
    let read = async |items: Vec<Item>| {
        there.extend(items.iter().map(|item| item.id));
        Ok(())
    };
    each_id(context, read).await?;
    there.sort_unstable();
    there.dedup();
    Ok(there)
}

/// Reads ids and times of all items, as many at once as the site gives.
pub(super) async fn each_id(
    context: &Context<'_>,
    mut read: impl AsyncFnMut(Vec<Item>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut top = IDS;
    loop {
        let asked = Asked { names: &[], filter: None, order: "Id", top };
        match context.site.pages(&context.schema, &asked, &mut read).await {
            Err(Failure::Threshold) if top > FEWEST_IDS => top /= 5,
            done => return done,
        }
    }
}

async fn lose(context: &Context<'_>, mut link: Link, held: bool) -> Result<(), Failure> {
    let action = if held { Action::Hold } else { Action::Gone };
    let step = Step { item: link.item_id, ..Step::of(link.municipality_id, Some(link.project_id), action) };
    if held {
        link.item_id.into_iter().for_each(|item| context.hold(item));
    } else {
        if link.withdrawn {
            // As it was asked for: nothing of it is there any more.
            (link.item_id, link.state) = (None, LinkState::Synced);
        } else {
            link.state = LinkState::Gone;
            link.error = Some("somebody deleted it there".to_owned());
        }
        context.db.system(async |tx| link_store::save(tx, &link, Clock.now()).await).await?;
    }
    context.tell(step).await
}

/// Somebody took it out of the bin again; or something else has its number now.
async fn come_back(context: &Context<'_>, mut link: Link) -> Result<(), Failure> {
    let (item, names) = (link.item_id.unwrap_or_default(), context.own_names(&link.pushed.0));
    let theirs = match context.site.item(&context.schema, item, &names).await {
        // The next run looks again.
        Err(failure) if failure.is_of_one() => return Ok(()),
        theirs => theirs?,
    };
    if !context.is_of(&theirs, &link) {
        return leave(context, &link).await;
    }
    (link.state, link.error) = (LinkState::Synced, None);
    // Compared anew: nobody knows what became of it meanwhile.
    link.version = 0;
    context.db.system(async |tx| link_store::save(tx, &link, Clock.now()).await).await?;
    let step = Step::of(link.municipality_id, Some(link.project_id), Action::Find);
    context.tell(Step { item: Some(item), ..step }).await
}
