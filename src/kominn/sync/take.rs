//! Taking over what was read: ours is followed, what bears our mark is ours again, and all else is shown as others'.

use std::collections::BTreeMap;

use super::{
    Context,
    marks::{disown, marked},
    pull::names,
};
use crate::{
    kominn::{
        config::Marker,
        item_store, link_store,
        merge::{ItemConflict, same},
        model::{Action, Link, LinkState, Step},
        sharepoint::{Failure, Item},
    },
    platform::{
        clock::Clock,
        fingerprint::{digest_of, uuid_of},
        id::{MunicipalityId, ProjectId},
    },
    projects::{self, Content},
    publications,
};

/// Takes over some items.
pub(super) async fn take(context: &Context<'_>, items: &[Item]) -> Result<(), Failure> {
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    context.note_read(&ids);
    let target = &context.target.name;
    let ours = context.db.system(async |tx| link_store::of_items(tx, target, &ids).await).await?;
    let known = context.db.system(async |tx| item_store::known(tx, target, &ids).await).await?;
    let mine = marked(context, items).await?;
    for item in items {
        if let Some(link) = ours.get(&item.id) {
            if context.is_of(item, link) {
                follow(context, link, item).await?;
                hide(context, item.id, known.get(&item.id));
                continue;
            }
            disown(context, link.clone()).await?;
        }
        match mine.get(&item.id) {
            Some(whose) if adopt(context, item, *whose).await? => hide(context, item.id, known.get(&item.id)),
            _ => one(context, item, known.get(&item.id)).await?,
        }
    }
    Ok(())
}

/// What shows it as another's, if anything does, is to go.
pub(super) fn hide(context: &Context<'_>, item: i64, known: Option<&(ProjectId, String)>) {
    if let Some((publication, _)) = known.filter(|(_, hash)| !hash.is_empty()) {
        context.note_hidden(item, *publication);
    }
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
    // A copy takes the words along, and so a line among them; ours, taken out of the bin, is found by the sweep.
    if gone && context.target.marker == Marker::Link {
        return Ok(false);
    }
    if link.as_ref().is_some_and(|link| link.item_id.is_some()) && !gone {
        // A reference is ours alone, whatever else bears it.
        return Ok(context.target.marker == Marker::Reference);
    }
    // What is in the air is looked for when it is sent.
    if link.as_ref().is_some_and(|link| link.sent_at.is_some()) {
        return Ok(true);
    }
    let mut link = link.unwrap_or_else(|| Link::new(target, project, owner, Clock.now()));
    (link.item_id, link.state, link.version) = (Some(item.id), LinkState::Synced, 0);
    let adopted = context.db.system(async |tx| {
        link_store::claim(tx, &link).await?;
        link_store::save(tx, &link, Clock.now()).await
    });
    adopted.await?;
    let step = Step::of(owner, Some(project), Action::Find);
    context.tell(Step { item: Some(item.id), ..step }).await?;
    Ok(true)
}

async fn one(context: &Context<'_>, item: &Item, known: Option<&(ProjectId, String)>) -> Result<(), Failure> {
    if !context.inbound().is_shown(item) {
        hide(context, item.id, known);
        return Ok(());
    }
    let hash = hash(context, item);
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

/// What was read of an item: its likes, comments and handling are not, though a site may tell them unasked.
fn hash(context: &Context<'_>, item: &Item) -> String {
    let names = names(context);
    let read = item.fields.iter().filter(|(name, _)| names.contains(&name.as_str()));
    digest_of(&serde_json::to_vec(&read.collect::<BTreeMap<_, _>>()).unwrap_or_default())
}

/// The same for the same item, so that one that was half taken over is not taken twice.
fn id(target: &str, item: i64) -> ProjectId {
    uuid_of(format!("kominn {target} {item}").as_bytes()).into()
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
            if !projects::store::exists(tx, id).await? {
                projects::store::insert(tx, id, content, now).await?;
            } else if projects::store::lock(tx, id).await?.0.content != content {
                projects::store::update(tx, id, &content, now).await?;
            }
            publications::external_store::show_external(tx, id, &external, now).await?;
        }
        item_store::keep(tx, (&context.target.name, item.id), id, (hash, &inspired)).await
    });
    Ok(shown.await?)
}
