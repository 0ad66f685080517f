//! The table `api_client`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::model::{Client, NewClient, PublicKeys, ScopeList};
use crate::platform::{
    auth::permission::Role,
    db::{Scope, SystemTx, TenantTx, Tx, prepared, schema::api_client},
    error::Result,
    id::{ClientId, MunicipalityId},
};

/// How long the secret before is good beside a new one.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_client, check_for_backend(diesel::pg::Pg))]
struct ClientRow {
    id: ClientId,
    municipality_id: Option<MunicipalityId>,
    revision: i64,
    name: String,
    role: Option<Role>,
    scopes: ScopeList,
    keys: Option<PublicKeys>,
    secret_made_at: Option<DateTime<Utc>>,
    previous_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        Self {
            id: row.id,
            municipality: row.municipality_id,
            revision: row.revision,
            name: row.name,
            role: row.role,
            scopes: row.scopes,
            keys: row.keys,
            secret_made_at: row.secret_made_at,
            previous_secret_until: row.previous_until,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

pub(crate) async fn insert<S: Scope>(tx: &Tx<'_, S>, new: &NewClient, now: DateTime<Utc>) -> Result<Client> {
    let id = ClientId::new();
    let row = (
        api_client::id.eq(id),
        api_client::municipality_id.eq(new.municipality),
        api_client::name.eq(&new.name),
        api_client::role.eq(new.role),
        api_client::scopes.eq(&new.scopes),
        api_client::keys.eq(new.keys.as_ref()),
        api_client::created_at.eq(now),
    );
    diesel::insert_into(api_client::table).values(row).execute(&mut tx.conn()).await?;
    let client = find(tx, id).await?;
    tx.trail().after(&client);
    Ok(client)
}

/// How many a municipality has that are not revoked; none comes meanwhile.
pub(super) async fn count<S: Scope>(tx: &Tx<'_, S>, municipality: MunicipalityId) -> Result<i64> {
    tx.take_turn(municipality.number().into()).await?;
    let own = api_client::municipality_id.eq(municipality).and(api_client::revoked_at.is_null());
    Ok(api_client::table.filter(own).count().get_result(&mut tx.conn()).await?)
}

pub(super) async fn find<S: Scope>(tx: &Tx<'_, S>, id: ClientId) -> Result<Client> {
    let row: ClientRow =
        api_client::table.find(id).select(ClientRow::as_select()).first(&mut tx.conn()).await?;
    Ok(row.into())
}

/// As [`find`], and nobody else changes it until this transaction ends.
pub(super) async fn lock<S: Scope>(tx: &Tx<'_, S>, id: ClientId) -> Result<Client> {
    let query = api_client::table.find(id).select(ClientRow::as_select()).for_update();
    let client = Client::from(query.first::<ClientRow>(&mut tx.conn()).await?);
    tx.trail().before(&client);
    Ok(client)
}

/// Those that the transaction sees, newest first, behind `before`.
pub(super) async fn page<S: Scope>(
    tx: &Tx<'_, S>,
    before: Option<ClientId>,
    fetch: i64,
) -> Result<Vec<Client>> {
    let mut query = api_client::table.order(api_client::id.desc()).limit(fetch).into_boxed();
    if let Some(before) = before {
        query = query.filter(api_client::id.lt(before));
    }
    let rows: Vec<ClientRow> = query.select(ClientRow::as_select()).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(Client::from).collect())
}

/// Changes a locked one.
pub(super) async fn update<S: Scope>(tx: &Tx<'_, S>, id: ClientId, new: &NewClient) -> Result<Client> {
    let changes = (
        api_client::name.eq(&new.name),
        api_client::role.eq(new.role),
        api_client::scopes.eq(&new.scopes),
        api_client::keys.eq(new.keys.as_ref()),
        api_client::revision.eq(api_client::revision + 1),
    );
    prepared(diesel::update(api_client::table.find(id)).set(changes)).execute(&mut tx.conn()).await?;
    if new.keys.is_some() {
        drop_secrets(tx, id).await?;
    }
    let client = find(tx, id).await?;
    tx.trail().after(&client);
    Ok(client)
}

/// Whoever signs needs no secret any more, and one that leaked is good for nothing.
async fn drop_secrets<S: Scope>(tx: &Tx<'_, S>, id: ClientId) -> Result<()> {
    let none = (
        api_client::secret_hash.eq(None::<String>),
        api_client::secret_made_at.eq(None::<DateTime<Utc>>),
        api_client::previous_until.eq(None::<DateTime<Utc>>),
    );
    prepared(diesel::update(api_client::table.find(id)).set(none)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Revokes every client of the municipality; says how many.
pub(crate) async fn revoke_all(tx: &TenantTx<'_>, now: DateTime<Utc>) -> Result<usize> {
    let own = api_client::municipality_id.eq(tx.municipality()).and(api_client::revoked_at.is_null());
    let changes = (api_client::revoked_at.eq(now), api_client::revision.eq(api_client::revision + 1));
    let revoked = diesel::update(api_client::table.filter(own)).set(changes);
    Ok(prepared(revoked).execute(&mut tx.conn()).await?)
}

/// Gives a locked client a new secret; the one before is good for a day. Returns until when, if there was one.
pub(super) async fn renew_secret<S: Scope>(
    tx: &Tx<'_, S>,
    client: &Client,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let until = client.secret_made_at.map(|_| now + OVERLAP);
    let changes = (
        api_client::previous_until.eq(until),
        api_client::secret_hash.eq(hash),
        api_client::secret_made_at.eq(now),
        api_client::revision.eq(api_client::revision + 1),
    );
    prepared(diesel::update(api_client::table.find(client.id)).set(changes)).execute(&mut tx.conn()).await?;
    tx.trail().after(&find(tx, client.id).await?);
    Ok(until)
}

/// Revokes a locked client: it gets no token any more, and those that it has are refused within seconds.
pub(super) async fn revoke<S: Scope>(tx: &Tx<'_, S>, id: ClientId, now: DateTime<Utc>) -> Result<()> {
    let changes = (api_client::revoked_at.eq(now), api_client::revision.eq(api_client::revision + 1));
    let present = api_client::table.find(id).filter(api_client::revoked_at.is_null());
    prepared(diesel::update(present).set(changes)).execute(&mut tx.conn()).await?;
    tx.trail().after(&find(tx, id).await?);
    Ok(())
}

/// A client as the token endpoint needs it.
pub(crate) struct Credentials {
    pub(crate) client: Client,
    /// What is kept of the secrets that are good now.
    pub(crate) secrets: Vec<String>,
}

/// The secret and the one before.
type Hashes = (Option<String>, Option<String>);

/// A client that is not revoked.
pub(crate) async fn credentials(
    tx: &SystemTx<'_>,
    id: ClientId,
    now: DateTime<Utc>,
) -> Result<Option<Credentials>> {
    let present = api_client::table.find(id).filter(api_client::revoked_at.is_null());
    let hashes = (api_client::secret_hash, api_client::previous_hash);
    let found = present.select((ClientRow::as_select(), hashes)).first::<(ClientRow, Hashes)>(&mut tx.conn());
    let found = found.await.optional()?;
    Ok(found.map(|(row, (secret, previous))| {
        let previous = previous.filter(|_| row.previous_until.is_some_and(|until| now < until));
        Credentials { client: row.into(), secrets: secret.into_iter().chain(previous).collect() }
    }))
}

pub(crate) async fn used(tx: &SystemTx<'_>, id: ClientId, now: DateTime<Utc>) -> Result<()> {
    let used = diesel::update(api_client::table.find(id)).set(api_client::last_used_at.eq(now));
    prepared(used).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Makes a client of the operator, with a secret whose hash is given.
pub(crate) async fn insert_operator(
    tx: &SystemTx<'_>,
    (name, hash): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Client> {
    let client = insert(tx, &super::model::operator(name), now).await?;
    renew_secret(tx, &client, hash, now).await?;
    Ok(client)
}
