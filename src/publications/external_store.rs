//! Publications that no municipality here owns.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    external::External,
    model::PublishRequest,
    store::{Outcome, find, publish_as_it_is, withdraw},
};
use crate::{
    changes::{self, Change, ChangeKind},
    platform::{
        auth::permission::Role,
        db::{SystemTx, TenantTx, prepared, schema::publication},
        error::{Code, Result},
        id::{MunicipalityId, ProjectId},
    },
    projects::{Audience, store as projects},
};

/// Shows to everybody what was read from elsewhere, as far as it says something; and tells of it, when only that changed.
pub(crate) async fn show_external(
    tx: &TenantTx<'_>,
    id: ProjectId,
    external: &External,
    now: DateTime<Utc>,
) -> Result<()> {
    let request = PublishRequest { audience: Audience::Public, note: None };
    let found = projects::lock(tx, id).await?;
    let (outcome, _) = publish_as_it_is(tx, found, &request, (Role::Coordinator, now)).await?;
    let update = diesel::update(publication::table.find(id)).set(publication::external.eq(external));
    prepared(update).execute(&mut tx.conn()).await?;
    if matches!(outcome, Outcome::Unchanged) { tell_of_origins(tx, id, now).await } else { Ok(()) }
}

/// Tells that it comes from elsewhere than before.
pub(crate) async fn tell_of_origins(tx: &TenantTx<'_>, id: ProjectId, now: DateTime<Utc>) -> Result<()> {
    let row = find(tx, id).await?;
    let fact = Change::of_shown(
        ChangeKind::OriginsChanged,
        (id, row.municipality_id),
        (row.version, row.audience),
        now,
    );
    changes::record(tx, fact).await
}

/// No longer shows it; nothing, when it is not shown.
pub(crate) async fn withdraw_external(tx: &TenantTx<'_>, id: ProjectId, now: DateTime<Utc>) -> Result<()> {
    match withdraw(tx, projects::lock(tx, id).await?, now).await {
        Err(error) if error.code() != Code::NotPublished => Err(error),
        _ => Ok(()),
    }
}

/// Whose those of `ids` are that were ever published here.
pub(crate) async fn owners(
    tx: &SystemTx<'_>,
    ids: &[ProjectId],
) -> Result<BTreeMap<ProjectId, MunicipalityId>> {
    let known = publication::table.filter(publication::id.eq_any(ids));
    let known: Vec<(ProjectId, MunicipalityId)> =
        known.select((publication::id, publication::municipality_id)).load(&mut tx.conn()).await?;
    Ok(known.into_iter().collect())
}
