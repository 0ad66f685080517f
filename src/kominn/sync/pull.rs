//! Reading what others publish: it becomes external publications, which nobody here can edit.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Context, sweep::vanish};
use crate::{
    kominn::{
        item_store, link_store,
        model::{Action, Link, Step},
        names::Column,
        sharepoint::{Asked, Failure, Item},
        target_store,
    },
    platform::{clock::Clock, hex::hex, id::ProjectId},
    projects::{self, Content},
    publications::{self, External},
};

/// Items that are read at once.
const TOP: usize = 500;
/// How far back one reads again: clocks over there differ, and what is written late has an earlier time.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// Reads what was modified since the last time; everything, the first time.
pub(super) async fn pull(context: &Context<'_>) -> Result<(), Failure> {
    let target = &context.target.name;
    let known = context.db.system(async |tx| target_store::know(tx, target).await).await?;
    let names: Vec<&'static str> = Column::READ.iter().map(|column| context.name(*column)).collect();
    let filter = known
        .read_through
        .map(|through| format!("Modified ge datetime'{}'", (through - OVERLAP).format("%Y-%m-%dT%H:%M:%SZ")));
    let all = Asked { names: &names, filter: None, order: "Id", top: TOP };
    let since = Asked {
        filter: filter.clone(),
        order: "Modified,Id",
        ..Asked { names: &names, filter: None, order: "Id", top: TOP }
    };
    let mut newest: Option<DateTime<Utc>> = None;
    let asked = if filter.is_some() { &since } else { &all };
    match read(context, asked, &mut newest).await {
        // A list of more than 5 000 items can be asked by ids alone.
        Err(Failure::Threshold) => read(context, &all, &mut newest).await?,
        done => done?,
    }
    let through = newest.max(known.read_through);
    if let Some(through) = through.filter(|_| !context.dry) {
        context.db.system(async |tx| target_store::read_through(tx, target, through).await).await?;
    }
    Ok(())
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

/// Takes over a page of items.
async fn take(context: &Context<'_>, items: &[Item]) -> Result<(), Failure> {
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    let target = &context.target.name;
    let ours = context.db.system(async |tx| link_store::of_items(tx, target, &ids).await).await?;
    let known = context.db.system(async |tx| item_store::known(tx, target, &ids).await).await?;
    let mine = marked(context, items).await?;
    for item in items {
        match (ours.get(&item.id), known.get(&item.id)) {
            (Some(link), _) => follow(context, link, item).await?,
            (None, None) if mine.contains_key(&item.id) => {}
            (None, known) => one(context, item, known).await?,
        }
    }
    Ok(())
}

/// Items that bear a mark of ours, whatever the ledger says: they are never read as others'.
async fn marked(context: &Context<'_>, items: &[Item]) -> Result<BTreeMap<i64, ProjectId>, Failure> {
    let inbound = context.inbound();
    let found = items.iter().filter_map(|item| {
        let reference =
            inbound.reference(item).and_then(|text| text.strip_prefix("NGI:")?.parse::<Uuid>().ok());
        let linked = || {
            let (before, after) = context.link.split_once("{id}")?;
            let text = inbound.advice(item)?;
            text.match_indices(before).find_map(|(at, _)| {
                let id = text.get(at + before.len()..)?;
                let (id, rest) = id.split_at_checked(36)?;
                id.parse::<Uuid>().ok().filter(|_| rest.starts_with(after))
            })
        };
        Some((item.id, ProjectId::from(reference.or_else(linked)?)))
    });
    let found: BTreeMap<i64, ProjectId> = found.collect();
    let ids: Vec<ProjectId> = found.values().copied().collect();
    let ours = context.db.system(async |tx| publications::store::known(tx, &ids).await).await?;
    Ok(found.into_iter().filter(|(_, id)| ours.contains(id)).collect())
}

/// What KOMINN says of one of ours: its status.
async fn follow(context: &Context<'_>, link: &Link, item: &Item) -> Result<(), Failure> {
    let status = context.inbound().status(item).map(ToOwned::to_owned);
    if context.dry || link.remote_status == status {
        return Ok(());
    }
    let link = Link { remote_status: status, ..link.clone() };
    Ok(context.db.system(async |tx| link_store::save(tx, &link).await).await?)
}

async fn one(context: &Context<'_>, item: &Item, known: Option<&(ProjectId, String)>) -> Result<(), Failure> {
    if !context.inbound().is_shown(item) {
        return match known.filter(|(_, hash)| !hash.is_empty()) {
            Some((publication, _)) => {
                vanish(context, (item.id, *publication), "it is no longer published there", false).await
            }
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
        Ok(content) if !context.dry => import(context, item, (id, &hash), content).await?,
        Ok(_) => {}
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

/// Shows an item here: as a draft, with what it was inspired by, and then to everybody.
async fn import(
    context: &Context<'_>,
    item: &Item,
    (id, hash): (ProjectId, &str),
    content: Content,
) -> Result<(), Failure> {
    let now = Clock.now();
    let draft = context.db.tenant(context.source, async |tx| {
        if projects::store::exists(tx, id).await? {
            let (row, _) = projects::store::lock(tx, id).await?;
            if row.content != content {
                projects::store::update(tx, id, &content, now).await?;
            }
            return Ok(());
        }
        projects::store::insert(tx, id, content, now).await.map(drop)
    });
    draft.await?;
    for parent in context.inbound().inspired_by(item).into_iter().filter(|parent| *parent != item.id) {
        let drawn = context.db.system(async |tx| {
            item_store::draw(tx, &context.target.name, (id, context.source), parent).await
        });
        if let Err(cause) = drawn.await {
            // Over there two may be inspired by each other; here the first stands.
            tracing::info!(%cause, item = item.id, parent, "an edge was not drawn");
        }
    }
    let external: External = context.inbound().external(item);
    let shown = context.db.tenant(context.source, async |tx| {
        publications::store::show_external(tx, id, &external, now).await?;
        item_store::keep(tx, (&context.target.name, item.id), id, hash).await
    });
    Ok(shown.await?)
}
