//! The tables `adoption` and `adoption_entry`.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{Date, Jsonb, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::{
    ledger::{Balance, balance},
    model::{Account, Entry, EntryRequest, Ledger},
    state::AdoptionState,
};
use crate::{
    changes::{self, Change, ChangeKind},
    platform::{
        auth::permission::Role,
        db::{
            TenantTx, prepared,
            schema::{adoption, adoption_entry},
        },
        error::{Code, Error, Fault, Result},
        id::ProjectId,
    },
    projects,
    publications::store as publications,
};

/// What a ledger is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject {
    /// A project of one's own.
    Own(ProjectId),
    /// A publication of another, used without a copy.
    Others(ProjectId),
}

impl Subject {
    pub(super) fn id(self) -> ProjectId {
        match self {
            Self::Own(id) | Self::Others(id) => id,
        }
    }

    fn path(self) -> String {
        match self {
            Self::Own(id) => format!("/v1/projects/{id}/adoption"),
            Self::Others(id) => format!("/v1/publications/{id}/adoption"),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = adoption_entry, check_for_backend(diesel::pg::Pg))]
struct EntryRow {
    nth: i32,
    state: AdoptionState,
    occurred_on: NaiveDate,
    corrects: Option<i32>,
    content: Account,
    role: Option<Role>,
    recorded_at: DateTime<Utc>,
}

/// The own ledger of a subject, which may be empty.
pub(super) async fn ledger(tx: &TenantTx<'_>, subject: Subject) -> Result<Ledger> {
    Ok(shown(subject, entries(tx, subject.id()).await?))
}

/// In their order.
async fn entries(tx: &TenantTx<'_>, subject: ProjectId) -> Result<Vec<Entry>> {
    let own = adoption_entry::municipality_id.eq(tx.municipality());
    let query = adoption_entry::table.filter(adoption_entry::subject_id.eq(subject).and(own));
    let query = query.order(adoption_entry::nth).select(EntryRow::as_select());
    let rows: Vec<EntryRow> = query.load(&mut tx.conn()).await?;
    let corrected: Vec<i32> = rows.iter().filter_map(|row| row.corrects).collect();
    let entry = |row: EntryRow| Entry {
        number: row.nth,
        state: row.state,
        occurred_on: row.occurred_on,
        corrects: row.corrects,
        corrected: corrected.contains(&row.nth),
        role: row.role,
        recorded_at: row.recorded_at,
        account: row.content,
    };
    Ok(rows.into_iter().map(entry).collect())
}

fn shown(subject: Subject, mut entries: Vec<Entry>) -> Ledger {
    let balance = balance(&entries);
    entries.reverse();
    Ledger {
        id: subject.id(),
        state: balance.as_ref().map(|balance| balance.state),
        since: balance.as_ref().map(|balance| balance.since),
        first_used_on: balance.as_ref().and_then(|balance| balance.first_used_on),
        account: balance.map(|balance| balance.account).unwrap_or_default(),
        entries,
        path: subject.path(),
    }
}

/// How many entries a ledger holds at most.
const MOST: usize = 500;

/// Adds an entry to the own ledger of a subject, and tells those who see what it is about.
pub(super) async fn append(
    tx: &TenantTx<'_>,
    subject: Subject,
    request: EntryRequest,
    (role, now): (Role, DateTime<Utc>),
) -> Result<Ledger> {
    // One at a time, or two could take the same place.
    tx.take_turn(tx.municipality().number().into()).await?;
    let mut entries = entries(tx, subject.id()).await?;
    check(&entries, &request)?;
    let number = i32::try_from(entries.len() + 1).map_err(anyhow::Error::from)?;
    if let Some(corrected) = entries.iter_mut().find(|entry| Some(entry.number) == request.corrects) {
        corrected.corrected = true;
    }
    tx.trail().before(&entries);
    entries.push(entry(number, request, (role, now)));
    tx.trail().after(&entries);
    write(tx, subject, &entries, now).await?;
    tell(tx, subject, now).await?;
    Ok(shown(subject, entries))
}

fn entry(number: i32, request: EntryRequest, (role, recorded_at): (Role, DateTime<Utc>)) -> Entry {
    let EntryRequest { state, occurred_on, corrects, account } = request;
    let occurred_on = occurred_on.unwrap_or_else(|| recorded_at.date_naive());
    Entry { number, state, occurred_on, corrects, corrected: false, role: Some(role), recorded_at, account }
}

/// Whether the entry may be added to these.
fn check(entries: &[Entry], request: &EntryRequest) -> Result<()> {
    if entries.len() >= MOST {
        return Err(Error::new(Code::TooMany, format!("A ledger holds {MOST} entries at most.")));
    }
    if let Some(number) = request.corrects {
        let standing = entries.iter().any(|entry| entry.number == number && !entry.corrected);
        let fault =
            || Fault::invalid("#/corrects", "must be the number of an entry that is not corrected yet");
        let wrong = || Error::faults(Code::InvalidBody, "There is nothing to correct.", vec![fault()]);
        return standing.then_some(()).ok_or_else(wrong);
    }
    match balance(entries).map(|balance| balance.state) {
        Some(from) if !from.may_become(request.state) => {
            let detail = format!("From {} an adoption can become {}.", from.code(), from.successors());
            Err(Error::new(Code::AdoptionTransition, detail))
        }
        _ => Ok(()),
    }
}

/// Writes the last of the entries, and what all of them come to.
async fn write(tx: &TenantTx<'_>, subject: Subject, entries: &[Entry], now: DateTime<Utc>) -> Result<()> {
    let (Some(last), Some(balance)) = (entries.last(), balance(entries)) else { return Ok(()) };
    try_join!(write_balance(tx, subject, &balance, now), write_entry(tx, subject, last))?;
    Ok(())
}

async fn write_entry(tx: &TenantTx<'_>, subject: Subject, entry: &Entry) -> Result<()> {
    let row = (
        adoption_entry::municipality_id.eq(tx.municipality()),
        adoption_entry::subject_id.eq(subject.id()),
        adoption_entry::nth.eq(entry.number),
        adoption_entry::state.eq(entry.state),
        adoption_entry::occurred_on.eq(entry.occurred_on),
        adoption_entry::corrects.eq(entry.corrects),
        adoption_entry::content.eq(&entry.account),
        adoption_entry::role.eq(entry.role),
        adoption_entry::recorded_at.eq(entry.recorded_at),
    );
    diesel::insert_into(adoption_entry::table).values(row).execute(&mut tx.conn()).await?;
    Ok(())
}

async fn write_balance(
    tx: &TenantTx<'_>,
    subject: Subject,
    balance: &Balance,
    now: DateTime<Utc>,
) -> Result<()> {
    let (project, publication) = match subject {
        Subject::Own(id) => (Some(id), None),
        Subject::Others(id) => (None, Some(id)),
    };
    let key = (
        adoption::municipality_id.eq(tx.municipality()),
        adoption::project_id.eq(project),
        adoption::publication_id.eq(publication),
        adoption::subject_id.eq(subject.id()),
    );
    let values = (
        adoption::state.eq(balance.state),
        adoption::since.eq(balance.since),
        adoption::first_used_on.eq(balance.first_used_on),
        adoption::content.eq(&balance.account),
        adoption::recorded_at.eq(now),
    );
    let insert = diesel::insert_into(adoption::table).values((key, values));
    let upsert =
        insert.on_conflict((adoption::subject_id, adoption::municipality_id)).do_update().set(values);
    prepared(upsert).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Begins the ledger of a new imitation, which nobody else sees yet, by one statement: every imitation pays for it.
#[expect(clippy::disallowed_methods, reason = "an INSERT within an INSERT has no form in diesel")]
pub(crate) async fn begin(
    tx: &TenantTx<'_>,
    id: ProjectId,
    (state, occurred_on): (AdoptionState, Option<NaiveDate>),
    (role, now): (Role, DateTime<Utc>),
) -> Result<()> {
    let query = diesel::sql_query(
        "WITH ledger AS ( \
             INSERT INTO adoption \
                 (municipality_id, project_id, subject_id, state, since, first_used_on, content, recorded_at) \
             VALUES ($1, $2, $2, $3, $4, $5, $6, $7)) \
         INSERT INTO adoption_entry \
             (municipality_id, subject_id, nth, state, occurred_on, content, role, recorded_at) \
         VALUES ($1, $2, 1, $3, $4, $6, $8, $7)",
    );
    let since = occurred_on.unwrap_or_else(|| now.date_naive());
    let query = query.bind::<Text, _>(tx.municipality()).bind::<Uuid, _>(id).bind::<Text, _>(state);
    let query = query.bind::<Date, _>(since).bind::<Nullable<Date>, _>(state.is_in_use().then_some(since));
    let query = query.bind::<Jsonb, _>(Account::default()).bind::<Timestamptz, _>(now);
    prepared(query.bind::<Text, _>(role)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Records that more is known of what became of a publication; nobody is told of a draft.
async fn tell(tx: &TenantTx<'_>, subject: Subject, now: DateTime<Utc>) -> Result<()> {
    let shown = publications::find(tx, subject.id()).await;
    let shown = match shown {
        Ok(shown) if shown.withdrawn_at.is_none() => shown,
        Ok(_) => return Ok(()),
        Err(error) if error.code() == Code::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let fact = Change::of_shown(
        ChangeKind::AdoptionRecorded,
        (shown.id, shown.municipality_id),
        (shown.version, shown.audience),
        now,
    );
    changes::record(tx, fact).await
}

/// What a publication's own municipality or another one keeps a ledger of.
pub(super) async fn subject(tx: &TenantTx<'_>, id: ProjectId) -> Result<Subject> {
    if projects::store::exists(tx, id).await? {
        return Ok(Subject::Own(id));
    }
    Ok(Subject::Others(id))
}
