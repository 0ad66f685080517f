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

/// When more than this part of what is known would vanish, a person must look: a wrong address or right looks like that.
const BRAKE: usize = 5;
/// So few may always vanish.
pub(super) const FEW: usize = 10;

impl Context<'_> {
    /// Whether so much would be lost that a person must look first; also when nothing is to be seen of what says it is there.
    pub(super) fn brakes(&self, (known, lost): (usize, usize), unseen: bool) -> bool {
        let unusual = lost > FEW && lost * BRAKE > known;
        !self.unbraked && lost > 0 && (unusual || unseen)
    }
}

/// Withdraws what was found unpublished; says whether it did, and not held it.
pub(super) async fn vanish_hidden(context: &Context<'_>) -> Result<bool, Failure> {
    let hidden = context.take_hidden();
    if hidden.is_empty() {
        return Ok(true);
    }
    let target = &context.target.name;
    let known = context.db.system(async |tx| item_store::count_shown(tx, target).await).await?;
    let held = context.brakes((known, hidden.len()), false);
    for one in hidden {
        vanish(context, one, if held { Vanished::Held } else { Vanished::Unpublished }).await?;
    }
    Ok(!held)
}

pub(super) async fn vanish(
    context: &Context<'_>,
    (item, publication): (i64, ProjectId),
    how: Vanished,
) -> Result<(), Failure> {
    let (action, why) = match how {
        Vanished::Unpublished => (Action::Vanish, "it is no longer published there"),
        Vanished::Deleted => (Action::Vanish, "it was deleted there"),
        Vanished::Held => (Action::Hold, "so much would vanish that a person must look first"),
    };
    if how == Vanished::Held {
        context.hold(item);
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
