//! Reading what others publish: it becomes external publications, which nobody here can edit.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Context,
    marks::marked,
    vanish::{Vanished, vanish},
};
use crate::{
    kominn::{
        config::Marker,
        item_store, link_store,
        merge::{ItemConflict, same},
        model::{Action, Link, LinkState, Step},
        names::Column,
        sharepoint::{Asked, Failure, Item},
        target_store,
    },
    platform::{
        clock::Clock,
        db::TenantTx,
        error::Result as Done,
        hex::hex,
        id::{MunicipalityId, ProjectId},
    },
    projects::{self, Content},
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
            let all = Asked { names: &names, filter: None, order: "Id", top: TOP };
            read(context, &all, &mut newest).await?;
        }
        Some(through) => read_since(context, &names, through - OVERLAP, &mut newest).await?,
    }
    draw(context).await?;
    // Not past the beginning: what was read first may have changed since.
    let through = newest.map(|newest| newest.min(began)).max(known.read_through);
    if let Some(through) = through.filter(|_| !context.dry) {
        context.db.system(async |tx| target_store::read_through(tx, target, through).await).await?;
    }
    Ok(())
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

/// Finds what changed among all ids, and reads each of them.
async fn read_one_by_one(
    context: &Context<'_>,
    names: &[&'static str],
    since: DateTime<Utc>,
    newest: &mut Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let mut changed = Vec::new();
    let is_new = |item: &Item| item.modified.parse::<DateTime<Utc>>().is_ok_and(|at| at >= since);
    let look = async |items: Vec<Item>| {
        changed.extend(items.iter().filter(|item| is_new(item)).map(|item| item.id));
        Ok(())
    };
    let asked = Asked { names: &[], filter: None, order: "Id", top: 25 * TOP };
    context.site.pages(&context.schema, &asked, look).await?;
    for id in changed {
        let item = read_one(context, id, names).await?;
        *newest = (*newest).max(item.and_then(|item| item.modified.parse().ok()));
    }
    Ok(())
}

/// Reads one item; none when it is gone: the sweep tells.
async fn read_one(context: &Context<'_>, id: i64, names: &[&'static str]) -> Result<Option<Item>, Failure> {
    let item = match context.site.item(&context.schema, id, names).await {
        Err(Failure::Gone(_)) => return Ok(None),
        item => item?,
    };
    take(context, std::slice::from_ref(&item)).await?;
    Ok(Some(item))
}

/// Reads items that were gone and are there again, changed or not: taken out of the bin, or only out of sight.
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
    draw(context).await
}

/// What is read of each item.
fn names(context: &Context<'_>) -> Vec<&'static str> {
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

/// Takes over some items.
async fn take(context: &Context<'_>, items: &[Item]) -> Result<(), Failure> {
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    let target = &context.target.name;
    let ours = context.db.system(async |tx| link_store::of_items(tx, target, &ids).await).await?;
    let known = context.db.system(async |tx| item_store::known(tx, target, &ids).await).await?;
    let mine = marked(context, items).await?;
    for item in items {
        match (ours.get(&item.id), mine.get(&item.id)) {
            (Some(link), _) => follow(context, link, item).await?,
            (None, Some(whose)) if adopt(context, item, *whose).await? => {}
            (None, _) => one(context, item, known.get(&item.id)).await?,
        }
    }
    Ok(())
}

/// What KOMINN says of one of ours: its status; and that a conflict is to be looked at anew, when something else stands there now.
async fn follow(context: &Context<'_>, link: &Link, item: &Item) -> Result<(), Failure> {
    let status = context.inbound().status(item).map(ToOwned::to_owned);
    let stands = |conflict: &ItemConflict| {
        item.fields.get(&conflict.field).is_some_and(|theirs| same(theirs, &conflict.theirs))
    };
    let disputed = link.state == LinkState::Conflict && !link.conflicts.0.iter().all(stands);
    if link.remote_status == status && !disputed {
        return Ok(());
    }
    Ok(context.db.system(async |tx| link_store::follow(tx, link.id, status, disputed).await).await?)
}

/// An item that bears our mark and that the ledger does not know, as after a restored backup, is ours again; false when its project
/// has another item: then it is somebody's copy.
async fn adopt(
    context: &Context<'_>,
    item: &Item,
    (project, owner): (ProjectId, MunicipalityId),
) -> Result<bool, Failure> {
    let target = &context.target.name;
    let link = context.db.system(async |tx| link_store::of_projects(tx, target, &[project]).await).await?;
    let link = link.into_values().next();
    let gone = link.as_ref().is_some_and(|link| link.state == LinkState::Gone);
    if link.as_ref().is_some_and(|link| link.item_id.is_some()) && !gone {
        // A copy takes the words along, and so a line among them; a reference is ours alone.
        return Ok(context.target.marker == Marker::Reference);
    }
    // What is in the air is looked for when it is sent.
    if link.as_ref().is_some_and(|link| link.sent_at.is_some()) {
        return Ok(true);
    }
    let mut link = link.unwrap_or_else(|| Link::new(target, project, owner, Clock.now()));
    (link.item_id, link.state, link.version) = (Some(item.id), LinkState::Synced, 0);
    context.db.system(async |tx| link_store::save(tx, &link, Clock.now()).await).await?;
    let step = Step::of(owner, Some(project), Action::Find);
    context.tell(Step { item: Some(item.id), ..step }).await?;
    Ok(true)
}

async fn one(context: &Context<'_>, item: &Item, known: Option<&(ProjectId, String)>) -> Result<(), Failure> {
    if !context.inbound().is_shown(item) {
        return match known.filter(|(_, hash)| !hash.is_empty()) {
            Some((publication, _)) => vanish(context, (item.id, *publication), Vanished::Unpublished).await,
            None => Ok(()),
        };
    }
    let hash = hash(item);
    if known.is_some_and(|(_, before)| *before == hash) {
        return Ok(());
    }
    let id = known.map_or_else(|| id(&context.target.name, item.id), |(id, _)| *id);
    let mut step = Step { item: Some(item.id), ..Step::of(context.source, Some(id), Action::Import) };
    match context.inbound().content(item) {
        Ok(content) => import(context, item, (id, &hash), content).await?,
        Err(why) => (step.action, step.project, step.error) = (Action::Skip, None, Some(why)),
    }
    context.tell(step).await
}

/// What was read of an item: its likes, comments and handling are not.
fn hash(item: &Item) -> String {
    let text = serde_json::to_vec(&item.fields).unwrap_or_default();
    hex(digest(&SHA256, &text).as_ref())
}

/// The same for the same item, so that one that was half taken over is not taken twice.
fn id(target: &str, item: i64) -> ProjectId {
    let hash = digest(&SHA256, format!("kominn {target} {item}").as_bytes());
    Uuid::new_v8(hash.as_ref().first_chunk().copied().unwrap_or_default()).into()
}

/// Shows an item here, to everybody, as it stands.
async fn import(
    context: &Context<'_>,
    item: &Item,
    (id, hash): (ProjectId, &str),
    content: Content,
) -> Result<(), Failure> {
    let (now, external) = (Clock.now(), context.inbound().external(item));
    let inspired = context.inbound().inspired_by(item);
    let shown = context.db.tenant(context.source, async |tx| {
        if !context.dry {
            write(tx, id, content).await?;
            publications::external_store::show_external(tx, id, &external, now).await?;
        }
        item_store::keep(tx, (&context.target.name, item.id), id, (hash, &inspired)).await
    });
    Ok(shown.await?)
}

async fn write(tx: &TenantTx<'_>, id: ProjectId, content: Content) -> Done<()> {
    if !projects::store::exists(tx, id).await? {
        projects::store::insert(tx, id, content, Clock.now()).await?;
    } else if projects::store::lock(tx, id).await?.0.content != content {
        projects::store::update(tx, id, &content, Clock.now()).await?;
    }
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
