//! What people decide about the table `kominn_link`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    model::{Choices, InductState, Key, Link, LinkState, Pushed},
    shown::LinkQuery,
};
use crate::platform::{
    clock::Clock,
    db::{SystemTx, TenantTx, schema::kominn_link},
    error::{Code, Error, Result},
};

/// The municipality's own link.
pub(super) async fn find(tx: &TenantTx<'_>, id: Key) -> Result<Link> {
    let own = kominn_link::table.find(id).filter(kominn_link::municipality_id.eq(tx.municipality()));
    Ok(own.select(Link::as_select()).first(&mut tx.conn()).await?)
}

/// As [`find`], and nobody else changes it until the transaction ends.
pub(super) async fn lock(tx: &TenantTx<'_>, id: Key) -> Result<Link> {
    let own = kominn_link::table.find(id).filter(kominn_link::municipality_id.eq(tx.municipality()));
    let link: Link = own.select(Link::as_select()).for_update().first(&mut tx.conn()).await?;
    tx.trail().before(&(link.state, &link.choices));
    Ok(link)
}

/// The municipality's links, newest first, behind one; one more than the page holds.
pub(super) async fn page(tx: &TenantTx<'_>, query: &LinkQuery, before: Option<Key>) -> Result<Vec<Link>> {
    let own = kominn_link::municipality_id.eq(tx.municipality());
    let mut rows = kominn_link::table.filter(own).select(Link::as_select()).into_boxed();
    if let Some(state) = query.state {
        rows = rows.filter(kominn_link::state.eq(state));
    }
    if let Some(target) = &query.target {
        rows = rows.filter(kominn_link::target.eq(target.as_str()));
    }
    if let Some(project) = query.project_id {
        rows = rows.filter(kominn_link::project_id.eq(project));
    }
    if let Some(before) = before {
        rows = rows.filter(kominn_link::id.lt(before));
    }
    Ok(rows.order(kominn_link::id.desc()).limit(query.limit.fetch()).load(&mut tx.conn()).await?)
}

/// Lets a link be tried again that only a person can set going. What somebody deleted is made anew.
pub(super) async fn revive(tx: &TenantTx<'_>, id: Key) -> Result<Link> {
    let link = lock(tx, id).await?;
    // What may be there is looked for before it is made anew.
    let state = match link.state {
        LinkState::Gone => LinkState::InFlight,
        LinkState::Dead | LinkState::Rejected if link.sent_at.is_some() => LinkState::InFlight,
        LinkState::Dead | LinkState::Rejected => LinkState::Pending,
        LinkState::Pending | LinkState::InFlight | LinkState::Synced | LinkState::Conflict => {
            return Ok(link);
        }
    };
    let again = (
        kominn_link::state.eq(state),
        kominn_link::attempts.eq(0),
        kominn_link::retry_at.eq(None::<chrono::DateTime<chrono::Utc>>),
        kominn_link::updated_at.eq(Clock.now()),
    );
    let row = kominn_link::table.find(id);
    if link.state == LinkState::Gone {
        let anew = (
            kominn_link::item_id.eq(None::<i64>),
            kominn_link::sent_at.eq(chrono::DateTime::UNIX_EPOCH),
            kominn_link::etag.eq(None::<String>),
            kominn_link::pushed.eq(Pushed::default()),
        );
        diesel::update(row).set(anew).execute(&mut tx.conn()).await?;
    }
    diesel::update(row).set(again).execute(&mut tx.conn()).await?;
    tx.trail().after(&state);
    find(tx, id).await
}

/// Lets every dead link of a target be tried again; says how many.
pub(super) async fn revive_dead(tx: &SystemTx<'_>, target: &str) -> Result<usize> {
    let dead =
        kominn_link::table.filter(kominn_link::target.eq(target).and(kominn_link::state.eq(LinkState::Dead)));
    let again = (
        kominn_link::attempts.eq(0),
        kominn_link::retry_at.eq(None::<chrono::DateTime<chrono::Utc>>),
        kominn_link::updated_at.eq(Clock.now()),
    );
    let sent = dead.filter(kominn_link::sent_at.is_not_null());
    let sent = diesel::update(sent).set((kominn_link::state.eq(LinkState::InFlight), again));
    let sent = sent.execute(&mut tx.conn()).await?;
    let others = diesel::update(dead).set((kominn_link::state.eq(LinkState::Pending), again));
    let revived = sent + others.execute(&mut tx.conn()).await?;
    tx.trail().after(&revived);
    Ok(revived)
}

/// Keeps which side counts; the next run does it.
pub(super) async fn choose(tx: &TenantTx<'_>, id: Key, choices: &Choices) -> Result<Link> {
    let link = lock(tx, id).await?;
    if link.state != LinkState::Conflict {
        return Err(Error::new(Code::NoConflict, "Nothing is left to choose."));
    }
    let unknown =
        choices.0.keys().find(|field| !link.conflicts.0.iter().any(|conflict| conflict.field == **field));
    if let Some(field) = unknown {
        let fault = crate::platform::error::Fault::invalid(
            format!("#/choices/{field}"),
            "must be a field in conflict",
        );
        return Err(Error::faults(Code::InvalidBody, "That field is not in conflict.", vec![fault]));
    }
    let chosen = (kominn_link::choices.eq(choices), kominn_link::updated_at.eq(Clock.now()));
    diesel::update(kominn_link::table.find(id)).set(chosen).execute(&mut tx.conn()).await?;
    tx.trail().after(&(link.state, choices));
    find(tx, id).await
}

/// Asks that it is sent to KS, once.
pub(super) async fn ask_for_idea(tx: &TenantTx<'_>, id: Key) -> Result<Link> {
    let link = lock(tx, id).await?;
    let again = matches!(link.induct, None | Some(InductState::Refused | InductState::Asked));
    if !again {
        return Err(Error::new(Code::SentBefore, "It was sent to KS, or may have been: look there."));
    }
    let asked = (kominn_link::induct.eq(InductState::Asked), kominn_link::updated_at.eq(Clock.now()));
    diesel::update(kominn_link::table.find(id)).set(asked).execute(&mut tx.conn()).await?;
    tx.trail().after(&InductState::Asked);
    find(tx, id).await
}
