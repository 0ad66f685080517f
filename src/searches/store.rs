//! The table `saved_search`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::model::{Feeds, SavedSearch, SearchRequest};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        db::{Scope, TenantTx, Tx, prepared, schema::saved_search},
        directory::Directory,
        error::Result,
        id::{MunicipalityId, SearchId},
    },
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = saved_search, check_for_backend(diesel::pg::Pg))]
pub(super) struct SearchRow {
    pub(super) id: SearchId,
    pub(super) municipality_id: MunicipalityId,
    pub(super) revision: i64,
    pub(super) content: SearchRequest,
    pub(super) created_at: DateTime<Utc>,
}

/// How many the municipality has; none comes meanwhile.
pub(super) async fn count(tx: &TenantTx<'_>) -> Result<i64> {
    tx.take_turn(tx.municipality().number().into()).await?;
    let own = saved_search::table.filter(saved_search::municipality_id.eq(tx.municipality()));
    Ok(own.count().get_result(&mut tx.conn()).await?)
}

pub(super) async fn insert(
    tx: &TenantTx<'_>,
    content: SearchRequest,
    created_at: DateTime<Utc>,
) -> Result<SearchRow> {
    let (id, municipality_id) = (SearchId::new(), tx.municipality());
    let row = (
        saved_search::id.eq(id),
        saved_search::municipality_id.eq(municipality_id),
        saved_search::content.eq(&content),
        saved_search::created_at.eq(created_at),
    );
    tx.trail().after(&content);
    diesel::insert_into(saved_search::table).values(row).execute(&mut tx.conn()).await?;
    Ok(SearchRow { id, municipality_id, revision: 1, content, created_at })
}

/// The municipality's own, newest first, behind `before`; at most `fetch`.
pub(super) async fn page(tx: &TenantTx<'_>, before: Option<SearchId>, fetch: i64) -> Result<Vec<SearchRow>> {
    let own = saved_search::table.filter(saved_search::municipality_id.eq(tx.municipality()));
    let mut own = own.order(saved_search::id.desc()).limit(fetch).select(SearchRow::as_select()).into_boxed();
    if let Some(before) = before {
        own = own.filter(saved_search::id.lt(before));
    }
    Ok(own.load(&mut tx.conn()).await?)
}

/// One that the reader of the transaction may see.
pub(super) async fn find<S: Scope>(tx: &Tx<'_, S>, id: SearchId) -> Result<SearchRow> {
    Ok(saved_search::table.find(id).select(SearchRow::as_select()).first(&mut tx.conn()).await?)
}

/// The municipality's own, and nobody else changes it until this transaction ends.
pub(super) async fn lock(tx: &TenantTx<'_>, id: SearchId) -> Result<SearchRow> {
    let own = saved_search::table.find(id).filter(saved_search::municipality_id.eq(tx.municipality()));
    let row: SearchRow = own.select(SearchRow::as_select()).for_update().first(&mut tx.conn()).await?;
    tx.trail().before(&row.content);
    Ok(row)
}

/// Changes a locked one.
pub(super) async fn update(tx: &TenantTx<'_>, id: SearchId, content: &SearchRequest) -> Result<i64> {
    tx.trail().after(content);
    let changes = (saved_search::content.eq(content), saved_search::revision.eq(saved_search::revision + 1));
    let update = diesel::update(saved_search::table.find(id)).set(changes).returning(saved_search::revision);
    Ok(prepared(update).get_result(&mut tx.conn()).await?)
}

pub(super) async fn delete(tx: &TenantTx<'_>, id: SearchId) -> Result<()> {
    tx.trail().gone();
    diesel::delete(saved_search::table.find(id)).execute(&mut tx.conn()).await?;
    Ok(())
}

pub(super) fn saved(directory: &Directory, row: SearchRow) -> SavedSearch {
    SavedSearch {
        id: row.id,
        municipality: MunicipalityRef::of(directory, row.municipality_id),
        revision: row.revision,
        request: row.content,
        created_at: row.created_at,
        feeds: Feeds::of(row.id),
    }
}
