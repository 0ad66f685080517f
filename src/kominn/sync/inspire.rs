//! What items were inspired by: a pass of its own, because what they refer to must be there first.

use serde_json::json;

use super::{Context, pull::leave, push::IN_A_ROW};
use crate::{
    kominn::{
        link_store::{self, Uninspired},
        merge::{ItemChange, merge_list},
        model::{Action, Link, Step},
        names::Column,
        sharepoint::{Failure, Fields},
    },
    platform::id::ProjectId,
};

/// Links that are looked at together.
const PAGE: i64 = 200;
/// How often one is tried in a run.
const TRIES: usize = 3;

pub(super) async fn inspire(context: &Context<'_>) -> Result<(), Failure> {
    let field = context.name(Column::InspiredBy);
    if !context.schema.has(field) {
        return Ok(());
    }
    let (mut after, mut failed) = (ProjectId::from(uuid::Uuid::nil()), 0);
    loop {
        let key = (context.target.name.as_str(), field);
        let found = context.db.system(async |tx| link_store::uninspired(tx, key, after, PAGE).await).await?;
        let Some(last) = found.last() else { break };
        after = last.project_id;
        for one in &found {
            failed = if inspire_one(context, field, one).await? { 0 } else { failed + 1 };
            if failed >= IN_A_ROW {
                return Err(Failure::Again(format!("{failed} references in a row were not written")));
            }
        }
    }
    Ok(())
}

/// Again, when somebody was faster or an answer was lost; what still fails is told, and tried by the next run: false.
async fn inspire_one(context: &Context<'_>, field: &str, one: &Uninspired) -> Result<bool, Failure> {
    let (id, target) = (one.project_id, &context.target.name);
    let mut links = context.db.system(async |tx| link_store::of_projects(tx, target, &[id]).await).await?;
    let Some((link, item)) = links.remove(&id).and_then(|link| link.item_id.map(|item| (link, item))) else {
        return Ok(true);
    };
    if context.is_held(item) || one.items.iter().any(|item| context.is_held(*item)) {
        return Ok(true);
    }
    let mut done = Ok(());
    for _ in 0..TRIES {
        done = inspire_once(context, field, one, (&link, item)).await;
        match &done {
            Err(Failure::Rejected(_) | Failure::Gone(_)) => break,
            Err(failure) if failure.is_of_one() => {}
            _ => return done.map(|()| true),
        }
    }
    // What is refused is no sign that the site fails.
    let refused = matches!(done, Err(Failure::Rejected(_) | Failure::Gone(_)));
    let error = done.err().map(|failure| failure.to_string());
    let step = Step::of(link.municipality_id, Some(link.project_id), Action::Fail);
    context.tell(Step { item: link.item_id, error, ..step }).await?;
    Ok(refused)
}

async fn inspire_once(
    context: &Context<'_>,
    field: &str,
    one: &Uninspired,
    (link, item): (&Link, i64),
) -> Result<(), Failure> {
    let theirs = context.site.item(&context.schema, item, &context.own_names(&link.pushed.0)).await?;
    if !context.is_of(&theirs, link) {
        return leave(context, link).await;
    }
    let base: Option<Vec<i64>> =
        link.pushed.0.get(field).and_then(|ids| serde_json::from_value(ids.clone()).ok());
    let wanted = merge_list(&base.unwrap_or_default(), &one.items, &theirs.ids(field));
    let differs = wanted != theirs.ids(field);
    if differs {
        context.check_turn().await?;
        let fields = Fields::from([(field.to_owned(), json!(wanted))]);
        context.site.update(&context.schema, (item, theirs.etag.as_deref()), &fields).await?;
    }
    let mut pushed = link.pushed.clone();
    pushed.0.insert(field.to_owned(), json!(one.items));
    context.db.system(async |tx| link_store::inspired(tx, link.id, pushed).await).await?;
    if !differs {
        return Ok(());
    }
    let mut step = Step::of(link.municipality_id, Some(one.project_id), Action::Inspire);
    let (from, to) = (json!(theirs.ids(field)), json!(one.parents));
    (step.item, step.differences) = (Some(item), vec![ItemChange { field: field.to_owned(), from, to }]);
    context.tell(step).await
}
