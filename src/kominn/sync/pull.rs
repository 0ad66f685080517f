//! Reading what others publish: it becomes external publications, which nobody here can edit.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Context, marks::disown, sweep::each_id, take::take, vanish::vanish_hidden};
use crate::{
    kominn::{
        item_store,
        model::{Action, Link, Step},
        names::Column,
        sharepoint::{Asked, Failure, Item},
        target_store,
    },
    platform::clock::Clock,
    publications,
};

/// Items that are read at once.
const TOP: usize = 200;
/// How far back one reads again: clocks over there differ, and what is written late has an earlier time.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);
/// Edges that are drawn in a run, at most.
const EDGES: i64 = 5000;

/// Reads what was modified since the last time; everything, the first time.
pub(super) async fn pull(context: &Context<'_>) -> Result<(), Failure> {
    let (target, began) = (&context.target.name, Clock.now());
    let known = context.db.system(async |tx| target_store::know(tx, target).await).await?;
    let names = names(context);
    if !context.schema.has(context.name(Column::Status)) {
        return Err(Failure::Stop("its list has no status: the profile is another".to_owned()));
    }
    let mut newest: Option<DateTime<Utc>> = None;
    match known.read_through {
        None => {
            read(context, &everything(&names), &mut newest).await?;
        }
        Some(through) => read_since(context, &names, through - OVERLAP, &mut newest).await?,
    }
    // What is held or could not be read is read again by the next run.
    let done = vanish_hidden(context).await?;
    draw(context).await?;
    // Not past the beginning: what was read first may have changed since.
    let through = newest.map(|newest| newest.min(began)).max(known.read_through);
    if let Some(through) = through.filter(|_| done && !context.has_unread() && !context.dry) {
        context.db.system(async |tx| target_store::read_through(tx, target, through).await).await?;
    }
    Ok(())
}

fn everything<'a>(names: &'a [&'static str]) -> Asked<'a> {
    Asked { names, filter: None, order: "Id", top: TOP }
}

async fn read_since(
    context: &Context<'_>,
    names: &[&'static str],
    since: DateTime<Utc>,
    newest: &mut Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let filter = Some(format!("Modified ge datetime'{}'", since.format("%Y-%m-%dT%H:%M:%SZ")));
    let asked = Asked { names, filter, order: "Modified,Id", top: TOP };
    match read(context, &asked, newest).await {
        // A list of more than 5 000 items can be asked by ids alone.
        Err(Failure::Threshold) => read_one_by_one(context, names, since, newest).await,
        done => done,
    }
}

/// Finds what changed among all ids, and reads each of them; everything, where that takes fewer questions.
async fn read_one_by_one(
    context: &Context<'_>,
    names: &[&'static str],
    since: DateTime<Utc>,
    newest: &mut Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let (mut changed, mut all) = (Vec::new(), 0);
    let is_new = |item: &Item| item.modified.parse::<DateTime<Utc>>().is_ok_and(|at| at >= since);
    let look = async |items: Vec<Item>| {
        changed.extend(items.iter().filter(|item| is_new(item)).map(|item| item.id));
        all += items.len();
        Ok(())
    };
    each_id(context, look).await?;
    changed.sort_unstable();
    changed.dedup();
    if changed.len() > all.div_ceil(TOP) {
        return read(context, &everything(names), newest).await;
    }
    for id in changed {
        let item = read_one(context, id, names).await?;
        *newest = (*newest).max(item.and_then(|item| item.modified.parse().ok()));
    }
    Ok(())
}

/// Reads one item; none when it is gone, of which the sweep tells, or cannot be read, of which we do.
async fn read_one(context: &Context<'_>, id: i64, names: &[&'static str]) -> Result<Option<Item>, Failure> {
    let item = match context.site.item(&context.schema, id, names).await {
        Err(Failure::Gone(_)) => return Ok(None),
        Err(failure) if failure.is_of_one() => {
            context.note_unread();
            let step = Step::of(context.source, None, Action::Skip);
            context.tell(Step { item: Some(id), error: Some(failure.to_string()), ..step }).await?;
            return Ok(None);
        }
        item => item?,
    };
    take(context, std::slice::from_ref(&item)).await?;
    Ok(Some(item))
}

/// Reads items one by one that were gone and are there again, changed or not.
pub(super) async fn read_again(context: &Context<'_>, ids: &[i64]) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    let (names, mut read) = (names(context), Vec::new());
    for id in ids {
        read.extend(read_one(context, *id, &names).await?.map(|item| item.id));
    }
    let target = &context.target.name;
    context.db.system(async |tx| item_store::returned(tx, target, &read).await).await?;
    vanish_hidden(context).await?;
    draw(context).await
}

/// Gives up an item that is not its link's, and shows it as another's unless it is known.
pub(super) async fn leave(context: &Context<'_>, link: &Link) -> Result<(), Failure> {
    disown(context, link.clone()).await?;
    let Some(item) = link.item_id.filter(|_| context.target.pulls()) else { return Ok(()) };
    let target = &context.target.name;
    let known = context.db.system(async |tx| item_store::known(tx, target, &[item]).await).await?;
    if known.is_empty() { read_again(context, &[item]).await } else { Ok(()) }
}

/// Reads what is new, though it says that it was modified long ago.
pub(super) async fn read_new(context: &Context<'_>, ids: &[i64]) -> Result<(), Failure> {
    let Some(first) = ids.first() else { return Ok(()) };
    let filter = Some(format!("Id gt {}", first - 1));
    let asked = Asked { names: &names(context), filter, order: "Id", top: TOP };
    match read(context, &asked, &mut None).await {
        Err(Failure::Threshold | Failure::Rejected(_)) => read_again(context, ids).await,
        done => {
            done?;
            draw(context).await
        }
    }
}

/// What is read of each item.
pub(super) fn names(context: &Context<'_>) -> Vec<&'static str> {
    Column::READ.iter().map(|column| context.name(*column)).collect()
}

async fn read(
    context: &Context<'_>,
    asked: &Asked<'_>,
    newest: &mut Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let each = async |items: Vec<Item>| {
        let modified = items.iter().filter_map(|item| item.modified.parse().ok()).max();
        *newest = (*newest).max(modified);
        take(context, &items).await
    };
    context.site.pages(&context.schema, asked, each).await?;
    Ok(())
}

/// Draws the edges between what is here, whichever came first.
async fn draw(context: &Context<'_>) -> Result<(), Failure> {
    if context.dry {
        return Ok(());
    }
    let target = &context.target.name;
    let missing = context.db.system(async |tx| item_store::undrawn(tx, target, EDGES).await).await?;
    for edge in missing {
        let drawn = context.db.system(async |tx| item_store::draw(tx, context.source, &edge).await).await;
        if let Err(cause) = drawn {
            // Over there two may be inspired by each other; here the first stands.
            tracing::info!(%cause, ?edge, "an edge was not drawn");
            continue;
        }
        let tell = context.db.tenant(context.source, async |tx| {
            publications::external_store::tell_of_origins(tx, edge.project_id, Clock.now()).await
        });
        tell.await?;
    }
    Ok(())
}
