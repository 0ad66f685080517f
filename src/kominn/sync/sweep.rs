//! What the list does not tell by itself: what was deleted, and where something is whose answer was lost.

use super::Context;
use crate::{
    kominn::{
        config::Marker,
        item_store, link_store,
        model::{Action, Link, LinkState, Step},
        names::Column,
        sharepoint::{Asked, Failure, Item, literal},
        target_store,
    },
    platform::{clock::Clock, id::ProjectId},
};

/// Ids that are asked for at once: the most that a view of a list gives.
const IDS: usize = 5000;
/// Items that are compared at once.
const PAGE: i64 = 1000;
/// When more than this part of what is known would vanish, a person must look: a wrong address or right looks like that.
const BRAKE: usize = 5;
/// So few may always vanish.
const FEW: usize = 10;

/// Reads all ids, and notices what is not among them.
pub(super) async fn sweep(context: &Context<'_>) -> Result<(), Failure> {
    let mut there: Vec<i64> = Vec::new();
    let asked = Asked { names: &[], filter: None, order: "Id", top: IDS };
    let read = async |items: Vec<Item>| {
        there.extend(items.iter().map(|item| item.id));
        Ok(())
    };
    context.site.pages(&context.schema, &asked, read).await?;
    there.sort_unstable();
    let gone = gone_links(context, &there).await?;
    let vanished = vanished_items(context, &there).await?;
    let held = !context.unbraked && is_unusual(gone.1 + vanished.1, gone.0.len() + vanished.0.len());
    for link in gone.0 {
        lose(context, link, held).await?;
    }
    for (item, publication) in vanished.0 {
        vanish(context, (item, publication), "it was deleted there", held).await?;
    }
    if !context.dry {
        let target = &context.target.name;
        context.db.system(async |tx| target_store::swept(tx, target, Clock.now()).await).await?;
    }
    Ok(())
}

fn is_unusual(known: usize, lost: usize) -> bool {
    lost > FEW && lost * BRAKE > known
}

/// Items of ours that are not there; and how many are known.
async fn gone_links(context: &Context<'_>, there: &[i64]) -> Result<(Vec<Link>, usize), Failure> {
    let (mut gone, mut known, mut after) = (Vec::new(), 0, 0);
    loop {
        let target = &context.target.name;
        let page =
            context.db.system(async |tx| link_store::present_after(tx, target, after, PAGE).await).await?;
        let Some(last) = page.last().and_then(|link| link.item_id) else { return Ok((gone, known)) };
        after = last;
        known += page.len();
        gone.extend(
            page.into_iter().filter(|link| link.item_id.is_some_and(|id| there.binary_search(&id).is_err())),
        );
    }
}

type External = (i64, ProjectId);

/// Items of others that are shown here and not there; and how many are shown.
async fn vanished_items(context: &Context<'_>, there: &[i64]) -> Result<(Vec<External>, usize), Failure> {
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

async fn lose(context: &Context<'_>, mut link: Link, held: bool) -> Result<(), Failure> {
    let action = if held { Action::Hold } else { Action::Gone };
    let step = Step { item: link.item_id, ..Step::of(link.municipality_id, Some(link.project_id), action) };
    if !held {
        context.note_gone(link.item_id.unwrap_or_default());
        link.state = LinkState::Gone;
        link.error = Some("somebody deleted it there".to_owned());
        if !context.dry {
            context.db.system(async |tx| link_store::save(tx, &link).await).await?;
        }
    }
    context.tell(step).await
}

/// Withdraws what shows an item of others.
pub(super) async fn vanish(
    context: &Context<'_>,
    (item, publication): External,
    why: &str,
    held: bool,
) -> Result<(), Failure> {
    let action = if held { Action::Hold } else { Action::Vanish };
    if !held && !context.dry {
        let withdrawn = context.db.tenant(context.source, async |tx| {
            crate::publications::store::withdraw_external(tx, publication, Clock.now()).await?;
            item_store::keep(tx, (&context.target.name, item), publication, "").await
        });
        withdrawn.await?;
    }
    let error = Some(why.to_owned());
    context
        .tell(Step { item: Some(item), error, ..Step::of(context.source, Some(publication), action) })
        .await
}

/// The item that bears a mark of ours: asked for by it, or looked for among all when the list is too long to be asked.
pub(super) async fn find_marked(
    context: &Context<'_>,
    id: ProjectId,
    reference: &str,
) -> Result<Option<Item>, Failure> {
    let column = match context.target.marker {
        Marker::Reference => Column::Reference,
        Marker::Link => Column::Advice,
    };
    let names = [context.name(column), context.name(Column::Status)];
    if !context.schema.has(context.name(column)) {
        return Err(Failure::Stop(format!(
            "the list has no {}, by which items are known again",
            context.name(column)
        )));
    }
    let page = context.outbound().page(id);
    let marked = |item: &Item| match context.target.marker {
        Marker::Reference => item.text(context.name(column)) == Some(reference),
        Marker::Link => item.text(context.name(column)).is_some_and(|text| text.contains(&page)),
    };
    let filter = Some(format!("{} eq {}", context.name(column), literal(reference)));
    if context.target.marker == Marker::Reference {
        let asked = Asked { names: &names, filter, order: "Id", top: 100 };
        match context.site.page(&context.schema, &asked, None).await {
            Ok((items, _)) => return Ok(items.into_iter().find(marked)),
            Err(Failure::Threshold) => {}
            Err(failure) => return Err(failure),
        }
    }
    let mut found = None;
    let asked = Asked { names: &names, filter: None, order: "Id", top: 1000 };
    let look = async |items: Vec<Item>| {
        found = found.take().or_else(|| items.into_iter().find(marked));
        Ok(())
    };
    context.site.pages(&context.schema, &asked, look).await?;
    Ok(found)
}
