//! The tables `proposal` and `proposal_comment`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::{
    model::{Comment, Filter, Proposal, ProposalState, ProposalSummary, Side},
    offer::Offers,
};
use crate::{
    changes::{self, Change, ChangeKind},
    municipalities::MunicipalityRef,
    platform::{
        auth::permission::Role,
        db::{
            TenantTx, prepared,
            schema::{proposal, proposal_comment},
        },
        directory::Directory,
        error::{Code, Error, Result},
        fingerprint::fingerprint,
        id::{MunicipalityId, ProjectId, ProposalId},
    },
    projects::{self, Audience, Content, Field, FieldList, Fields},
    publications::store as publications,
};

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = proposal, check_for_backend(diesel::pg::Pg))]
pub(super) struct ProposalRow {
    pub(super) id: ProposalId,
    pub(super) publication_id: ProjectId,
    pub(super) owner_id: MunicipalityId,
    pub(super) municipality_id: MunicipalityId,
    pub(super) role: Role,
    pub(super) revision: i64,
    pub(super) base_version: i32,
    pub(super) fields: Offers,
    pub(super) reason: String,
    pub(super) state: ProposalState,
    pub(super) answer: Option<String>,
    pub(super) taken: FieldList,
    pub(super) created_at: DateTime<Utc>,
    pub(super) closed_at: Option<DateTime<Utc>>,
}

/// Makes a proposal, and tells the owner.
pub(super) async fn insert(tx: &TenantTx<'_>, row: &ProposalRow) -> Result<()> {
    let values = (
        proposal::id.eq(row.id),
        proposal::publication_id.eq(row.publication_id),
        proposal::owner_id.eq(row.owner_id),
        proposal::municipality_id.eq(row.municipality_id),
        proposal::role.eq(row.role),
        proposal::base_version.eq(row.base_version),
        proposal::fields.eq(&row.fields),
        proposal::reason.eq(&row.reason),
        proposal::state.eq(row.state),
        proposal::created_at.eq(row.created_at),
    );
    tx.trail().after(&row.fields);
    diesel::insert_into(proposal::table).values(values).execute(&mut tx.conn()).await?;
    tell(tx, row, ChangeKind::ProposalMade, row.created_at).await
}

/// How many open proposals a municipality may have for one publication.
const OPEN: i64 = 20;

/// Whether there is room for one more; none comes meanwhile.
pub(super) async fn check_room(tx: &TenantTx<'_>, publication: ProjectId) -> Result<()> {
    tx.take_turn(tx.municipality().number().into()).await?;
    let open = proposal::municipality_id.eq(tx.municipality()).and(proposal::state.eq(ProposalState::Open));
    let open = proposal::table.filter(proposal::publication_id.eq(publication).and(open));
    if open.count().get_result::<i64>(&mut tx.conn()).await? >= OPEN {
        return Err(Error::new(Code::TooMany, format!("{OPEN} open ones is all; wait for an answer.")));
    }
    Ok(())
}

/// A proposal of the own municipality, on either side.
pub(super) async fn find(tx: &TenantTx<'_>, id: ProposalId) -> Result<ProposalRow> {
    Ok(proposal::table.find(id).select(ProposalRow::as_select()).first(&mut tx.conn()).await?)
}

/// As [`find`], and nobody else changes it until this transaction ends.
pub(super) async fn lock(tx: &TenantTx<'_>, id: ProposalId) -> Result<ProposalRow> {
    let query = proposal::table.find(id).select(ProposalRow::as_select()).for_update();
    let row: ProposalRow = query.first(&mut tx.conn()).await?;
    tx.trail().before(&(row.revision, row.state));
    Ok(row)
}

/// Writes how a locked proposal was closed, and tells the other side.
pub(super) async fn close(
    tx: &TenantTx<'_>,
    row: &mut ProposalRow,
    kind: ChangeKind,
    now: DateTime<Utc>,
) -> Result<()> {
    row.revision += 1;
    row.closed_at = Some(now);
    tx.trail().after(&(row.revision, row.state));
    let closed = (
        proposal::revision.eq(row.revision),
        proposal::state.eq(row.state),
        proposal::answer.eq(row.answer.as_deref()),
        proposal::taken.eq(&row.taken),
        proposal::closed_at.eq(row.closed_at),
    );
    prepared(diesel::update(proposal::table.find(row.id)).set(closed)).execute(&mut tx.conn()).await?;
    tell(tx, row, kind, now).await
}

/// How much can be said about a proposal.
const COMMENTS: i64 = 200;

/// Says something about a locked proposal, and tells the other side.
pub(super) async fn comment(
    tx: &TenantTx<'_>,
    row: &mut ProposalRow,
    text: &str,
    (role, now): (Role, DateTime<Utc>),
) -> Result<()> {
    let said = proposal_comment::table.filter(proposal_comment::proposal_id.eq(row.id));
    let said: i64 = said.count().get_result(&mut tx.conn()).await?;
    if said >= COMMENTS {
        return Err(Error::new(Code::TooMany, format!("{COMMENTS} comments is all that a proposal holds.")));
    }
    tx.trail().after(&text);
    let values = (
        proposal_comment::proposal_id.eq(row.id),
        proposal_comment::nth.eq(i32::try_from(said + 1).map_err(anyhow::Error::from)?),
        proposal_comment::municipality_id.eq(tx.municipality()),
        proposal_comment::role.eq(role),
        proposal_comment::text.eq(text),
        proposal_comment::created_at.eq(now),
    );
    diesel::insert_into(proposal_comment::table).values(values).execute(&mut tx.conn()).await?;
    row.revision += 1;
    let counted = diesel::update(proposal::table.find(row.id)).set(proposal::revision.eq(row.revision));
    prepared(counted).execute(&mut tx.conn()).await?;
    tell(tx, row, ChangeKind::ProposalDiscussed, now).await
}

/// Tells the other side.
async fn tell(tx: &TenantTx<'_>, row: &ProposalRow, kind: ChangeKind, now: DateTime<Utc>) -> Result<()> {
    let other = if tx.municipality() == row.owner_id { row.municipality_id } else { row.owner_id };
    let fact = Change {
        kind,
        publication: row.publication_id,
        owner: row.owner_id,
        version: row.base_version,
        // Not asked for: the entry is for one reader.
        audience: Audience::Region,
        audience_before: None,
        about: Some((row.id, other)),
        occurred_at: now,
    };
    changes::record(tx, fact).await
}

/// What is there now, as the municipality may see it: of its own publications the project, of others' the latest version
/// with its title.
struct Current {
    own: BTreeMap<ProjectId, Content>,
    latest: BTreeMap<ProjectId, Content>,
}

impl Current {
    async fn of(tx: &TenantTx<'_>, rows: &[ProposalRow]) -> Result<Self> {
        let ids: Vec<ProjectId> = rows.iter().map(|row| row.publication_id).collect();
        let latest = async {
            let latest = publications::find_all_latest(tx, &ids).await?;
            Ok(latest.into_iter().map(|row| (row.publication_id, row.content)).collect())
        };
        let (own, latest) = try_join!(projects::store::contents(tx, &ids), latest)?;
        Ok(Self { own, latest })
    }

    fn title(&self, of: &ProposalRow) -> Option<String> {
        self.latest.get(&of.publication_id).map(|content| content.title.as_str().to_owned())
    }

    /// Row level security shows a municipality no project of another's.
    fn fields(&self, of: &ProposalRow) -> Result<Option<Fields>> {
        let content = self.own.get(&of.publication_id).or_else(|| self.latest.get(&of.publication_id));
        content.map(Fields::of).transpose()
    }

    /// The revision of a proposal, and what it is held against, which changes without it.
    fn tag(&self, of: &ProposalRow) -> Result<String> {
        let fields = self.fields(of)?;
        let current = |field: Field| fields.as_ref().map(|fields| fields.get(field).clone());
        let seen: Vec<_> = of.fields.members().into_iter().map(current).collect();
        let seen = serde_json::to_vec(&(seen, self.title(of))).map_err(anyhow::Error::from)?;
        Ok(format!("\"r-{}-{}\"", of.revision, fingerprint(&seen)))
    }
}

/// A proposal, held against what is there now.
pub(super) async fn show(tx: &TenantTx<'_>, directory: &Directory, row: ProposalRow) -> Result<Proposal> {
    let current = Current::of(tx, std::slice::from_ref(&row)).await?;
    let comments = comments(tx, directory, row.id).await?;
    let mut fields = row.fields.clone().shown(current.fields(&row)?.as_ref());
    // What is closed is not held against anything any more.
    for field in &mut fields {
        field.stale &= row.state == ProposalState::Open;
    }
    let tag = current.tag(&row)?;
    Ok(Proposal { summary: summary(directory, row, &current)?, fields, comments, tag })
}

/// The entity tag of a proposal as the municipality may see it now.
pub(super) async fn tag(tx: &TenantTx<'_>, row: &ProposalRow) -> Result<String> {
    Current::of(tx, std::slice::from_ref(row)).await?.tag(row)
}

async fn comments(tx: &TenantTx<'_>, directory: &Directory, id: ProposalId) -> Result<Vec<Comment>> {
    use proposal_comment::dsl;
    let query = dsl::proposal_comment.filter(dsl::proposal_id.eq(id)).order(dsl::nth);
    let query = query.select((dsl::municipality_id, dsl::role, dsl::text, dsl::created_at)).limit(COMMENTS);
    let rows: Vec<(MunicipalityId, Role, String, DateTime<Utc>)> = query.load(&mut tx.conn()).await?;
    let comment = |(municipality, role, text, created_at)| Comment {
        municipality: MunicipalityRef::of(directory, municipality),
        role,
        text,
        created_at,
    };
    Ok(rows.into_iter().map(comment).collect())
}

fn summary(directory: &Directory, row: ProposalRow, current: &Current) -> Result<ProposalSummary> {
    let title = current.title(&row);
    let stale = row.state == ProposalState::Open && row.fields.are_stale(current.fields(&row)?.as_ref());
    Ok(ProposalSummary {
        id: row.id,
        publication_id: row.publication_id,
        title,
        owner: MunicipalityRef::of(directory, row.owner_id),
        proposer: MunicipalityRef::of(directory, row.municipality_id),
        role: row.role,
        revision: row.revision,
        state: row.state,
        stale,
        reason: row.reason,
        base_version: row.base_version,
        answer: row.answer,
        taken: row.taken.0,
        created_at: row.created_at,
        closed_at: row.closed_at,
    })
}

/// The municipality's own proposals, newest first, behind `before`; one more than the page holds.
pub(super) async fn page(
    tx: &TenantTx<'_>,
    directory: &Directory,
    filter: &Filter,
    before: Option<ProposalId>,
) -> Result<Vec<ProposalSummary>> {
    let own = tx.municipality();
    let newest = proposal::table.order(proposal::id.desc()).limit(filter.limit.fetch());
    let mut query = newest.select(ProposalRow::as_select()).into_boxed();
    query = match filter.side {
        None => query.filter(proposal::owner_id.eq(own).or(proposal::municipality_id.eq(own))),
        Some(Side::Received) => query.filter(proposal::owner_id.eq(own)),
        Some(Side::Made) => query.filter(proposal::municipality_id.eq(own)),
    };
    if !filter.state.is_empty() {
        query = query.filter(proposal::state.eq_any(filter.state.clone()));
    }
    if let Some(publication) = filter.publication_id {
        query = query.filter(proposal::publication_id.eq(publication));
    }
    if let Some(before) = before {
        query = query.filter(proposal::id.lt(before));
    }
    let rows: Vec<ProposalRow> = query.load(&mut tx.conn()).await?;
    let current = Current::of(tx, &rows).await?;
    rows.into_iter().map(|row| summary(directory, row, &current)).collect()
}
