//! What is to be sent to KS, and what became of it.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::model::{InductState, Key};
use crate::platform::{
    clock::Clock,
    db::{
        SystemTx,
        schema::{kominn_consent, kominn_link},
    },
    error::Result,
    id::{MunicipalityId, ProjectId},
};

/// How many are sent in a run.
const MOST: i64 = 100;

/// What was being sent when a process ended may have arrived: it is left to a person.
pub(super) async fn leave(tx: &SystemTx<'_>, target: &str) -> Result<()> {
    let left = kominn_link::table
        .filter(kominn_link::target.eq(target).and(kominn_link::induct.eq(InductState::InFlight)));
    diesel::update(left).set(kominn_link::induct.eq(InductState::Unknown)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// A publication that is to be sent.
#[derive(Queryable, Selectable)]
#[diesel(table_name = kominn_link, check_for_backend(diesel::pg::Pg))]
pub(super) struct Asked {
    #[diesel(column_name = id)]
    pub(super) link: Key,
    pub(super) project_id: ProjectId,
    pub(super) municipality_id: MunicipalityId,
    pub(super) item_id: Option<i64>,
}

/// What somebody asked for, and what may still leave.
pub(super) async fn asked(tx: &SystemTx<'_>, target: &str) -> Result<Vec<Asked>> {
    let consent = kominn_consent::table.filter(
        kominn_consent::target
            .eq(kominn_link::target)
            .and(kominn_consent::municipality_id.eq(kominn_link::municipality_id)),
    );
    let asked = kominn_link::table
        .filter(kominn_link::target.eq(target).and(kominn_link::induct.eq(InductState::Asked)))
        .filter(diesel::dsl::exists(consent))
        .order(kominn_link::id)
        .limit(MOST);
    Ok(asked.select(Asked::as_select()).load(&mut tx.conn()).await?)
}

/// Takes one on; false when another process did.
pub(super) async fn take(tx: &SystemTx<'_>, link: Key) -> Result<bool> {
    let asked =
        kominn_link::table.filter(kominn_link::id.eq(link).and(kominn_link::induct.eq(InductState::Asked)));
    let taken = (kominn_link::induct.eq(InductState::InFlight), kominn_link::updated_at.eq(Clock.now()));
    Ok(diesel::update(asked).set(taken).execute(&mut tx.conn()).await? > 0)
}

pub(super) async fn mark(tx: &SystemTx<'_>, link: Key, state: InductState) -> Result<()> {
    let marked = (kominn_link::induct.eq(state), kominn_link::updated_at.eq(Clock.now()));
    diesel::update(kominn_link::table.find(link)).set(marked).execute(&mut tx.conn()).await?;
    Ok(())
}
