//! Withdrawing what shows an item of others.

use super::Context;
use crate::{
    kominn::{
        item_store,
        model::{Action, Step},
        sharepoint::Failure,
    },
    platform::{clock::Clock, id::ProjectId},
    publications,
};

/// Why an item is no longer shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Vanished {
    Unpublished,
    Deleted,
    /// It would be, with so many others that a person must look first.
    Held,
}

pub(super) async fn vanish(
    context: &Context<'_>,
    (item, publication): (i64, ProjectId),
    how: Vanished,
) -> Result<(), Failure> {
    let (action, why) = match how {
        Vanished::Unpublished => (Action::Vanish, "it is no longer published there"),
        Vanished::Deleted => (Action::Vanish, "it was deleted there"),
        Vanished::Held => (Action::Hold, "it was deleted there"),
    };
    if how == Vanished::Held {
        context.hold(Some(item));
    } else {
        let withdrawn = context.db.tenant(context.source, async |tx| {
            if !context.dry {
                publications::external_store::withdraw_external(tx, publication, Clock.now()).await?;
            }
            item_store::hide(tx, &context.target.name, item, how == Vanished::Deleted).await
        });
        withdrawn.await?;
    }
    let step = Step::of(context.source, Some(publication), action);
    context.tell(Step { item: Some(item), error: Some(why.to_owned()), ..step }).await
}
