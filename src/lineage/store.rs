//! The walks along the table `imitation`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Uuid},
};
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::{
    model::{Contribution, Edge, Lineage, Node},
    query::{Direction, LineageQuery},
};
use crate::{
    adoption::AdoptionState,
    municipalities::MunicipalityRef,
    platform::{
        db::{
            PublicTx, prepared,
            schema::{adoption, imitation, project, publication, publication_version},
        },
        directory::Directory,
        error::Result,
        id::{MunicipalityId, ProjectId},
    },
    projects::{
        Credits, Intent, Mode,
        store::{PublishedRow, visibility},
    },
    publications::store as publications,
};

/// How many contributions a lineage tells of at most, the newest.
const CONTRIBUTIONS: i64 = 500;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Uuid)]
    id: ProjectId,
    #[diesel(sql_type = Integer)]
    distance: i32,
}

/// To what a publication was made from. PostgreSQL goes no farther than the limit asks: nearest first. A publication
/// that is reached in several ways can come several times.
const ORIGINS: &str = "WITH RECURSIVE walk (id, distance) AS ( \
        SELECT $1, 0 UNION \
        SELECT next.id, distance + 1 FROM walk CROSS JOIN LATERAL ( \
            SELECT parent_id AS id FROM imitation WHERE project_id = walk.id LIMIT $3) AS next \
        WHERE distance < $2) \
     SELECT id, distance FROM walk LIMIT $3";

/// To what was made from it, the last first among those of one.
const IMITATIONS: &str = "WITH RECURSIVE walk (id, distance) AS ( \
        SELECT $1, 0 UNION \
        SELECT next.id, distance + 1 FROM walk CROSS JOIN LATERAL ( \
            SELECT project_id AS id FROM imitation WHERE parent_id = walk.id \
            ORDER BY imitated_at DESC, project_id DESC LIMIT $3) AS next \
        WHERE distance < $2) \
     SELECT id, distance FROM walk LIMIT $3";

#[expect(clippy::disallowed_methods, reason = "a recursive query has no form in diesel")]
async fn walk(
    tx: &PublicTx<'_>,
    sql: &'static str,
    start: ProjectId,
    (depth, most): (i32, i64),
) -> Result<Vec<Step>> {
    let query = diesel::sql_query(sql).bind::<Uuid, _>(start).bind::<Integer, _>(depth);
    Ok(prepared(query.bind::<BigInt, _>(most)).load(&mut tx.conn()).await?)
}

/// Ancestors and descendants of a publication: the nearest, at most `most` of them.
pub(super) async fn lineage(
    tx: &PublicTx<'_>,
    directory: &Directory,
    start: ProjectId,
    query: &LineageQuery,
    most: usize,
) -> Result<Lineage> {
    publications::find(tx, start).await?;
    let (generations, truncated) = generations(tx, start, query, most).await?;
    let ids: Vec<ProjectId> = generations.keys().copied().collect();
    let (nodes, mut edges, contributions) =
        try_join!(nodes(tx, directory, &generations), edges(tx, &ids), contributions(tx, &ids))?;
    // An imitator keeps seeing its own edge when the origin is no longer shown to it: here it would lead nowhere.
    let shown: BTreeSet<ProjectId> = nodes.iter().map(|node| node.id).collect();
    edges.retain(|edge| shown.contains(&edge.from) && shown.contains(&edge.to));
    Ok(Lineage { id: start, nodes, edges, contributions, truncated })
}

/// How many steps away each is, and whether there are more. One more step than asked for tells that.
async fn generations(
    tx: &PublicTx<'_>,
    start: ProjectId,
    query: &LineageQuery,
    most: usize,
) -> Result<(BTreeMap<ProjectId, i32>, bool)> {
    let depth = query.depth.0;
    let reach = (depth + 1, i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1));
    let (up, down) = match query.direction {
        Direction::Origins => (walk(tx, ORIGINS, start, reach).await?, Vec::new()),
        Direction::Imitations => (Vec::new(), walk(tx, IMITATIONS, start, reach).await?),
        Direction::Both => try_join!(walk(tx, ORIGINS, start, reach), walk(tx, IMITATIONS, start, reach))?,
    };
    let cut = up.len() > most || down.len() > most;
    let up = up.into_iter().map(|step| (step.id, -step.distance));
    let mut steps: Vec<(ProjectId, i32)> =
        up.chain(down.into_iter().map(|step| (step.id, step.distance))).collect();
    steps.sort_by_key(|(id, generation)| (generation.abs(), *generation, *id));
    let (mut reached, mut left_out) = (BTreeMap::new(), false);
    for (id, generation) in steps {
        if generation.abs() > depth || (reached.len() >= most && !reached.contains_key(&id)) {
            left_out |= !reached.contains_key(&id);
        } else {
            reached.entry(id).or_insert(generation);
        }
    }
    Ok((reached, cut || left_out))
}

type PublishedNode =
    (ProjectId, MunicipalityId, PublishedRow, DateTime<Utc>, Option<String>, Option<AdoptionState>);
type DraftNode = (ProjectId, MunicipalityId, String, Option<AdoptionState>);

async fn nodes(
    tx: &PublicTx<'_>,
    directory: &Directory,
    generations: &BTreeMap<ProjectId, i32>,
) -> Result<Vec<Node>> {
    let ids: Vec<ProjectId> = generations.keys().copied().collect();
    let shown = publications::is_latest().and(publication::withdrawn_at.is_null());
    let of_publication = adoption::subject_id
        .eq(publication::id)
        .and(adoption::municipality_id.eq(publication::municipality_id));
    let published = publication::table
        .left_join(publication_version::table.on(shown))
        .left_join(adoption::table.on(of_publication))
        .filter(publication::id.eq_any(&ids))
        .select((
            publication::id,
            publication::municipality_id,
            PublishedRow::as_select(),
            publication::first_published_at,
            publication_version::title.nullable(),
            adoption::state.nullable(),
        ));
    let of_project =
        adoption::subject_id.eq(project::id).and(adoption::municipality_id.eq(project::municipality_id));
    let drafts = project::table
        .left_join(publication::table.on(publication::id.eq(project::id)))
        .left_join(adoption::table.on(of_project))
        .filter(project::id.eq_any(&ids).and(publication::id.is_null()))
        .select((project::id, project::municipality_id, project::title, adoption::state.nullable()));
    let (mut one, mut other) = (tx.conn(), tx.conn());
    let (published, drafts) =
        try_join!(published.load::<PublishedNode>(&mut one), drafts.load::<DraftNode>(&mut other))?;
    let published = published.into_iter().map(|row| published_node(directory, row));
    let mut nodes: Vec<Node> =
        published.chain(drafts.into_iter().map(|row| draft_node(directory, row))).collect();
    for node in &mut nodes {
        node.generation = generations.get(&node.id).copied().unwrap_or_default();
    }
    nodes.sort_by_key(|node| (node.generation, node.id));
    Ok(nodes)
}

fn published_node(directory: &Directory, row: PublishedNode) -> Node {
    let (id, municipality, published, first_published_at, title, adoption) = row;
    Node {
        id,
        municipality: MunicipalityRef::of(directory, municipality),
        generation: 0,
        title,
        state: visibility(Some(&published)),
        version: Some(published.version),
        adoption,
        first_published_at: Some(first_published_at),
        published_at: Some(published.published_at),
        withdrawn_at: published.withdrawn_at,
    }
}

fn draft_node(directory: &Directory, (id, municipality, title, adoption): DraftNode) -> Node {
    Node {
        id,
        municipality: MunicipalityRef::of(directory, municipality),
        generation: 0,
        title: Some(title),
        state: visibility(None),
        version: None,
        adoption,
        first_published_at: None,
        published_at: None,
        withdrawn_at: None,
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = imitation, check_for_backend(diesel::pg::Pg))]
struct EdgeRow {
    project_id: ProjectId,
    parent_id: ProjectId,
    parent_version: i32,
    mode: Mode,
    intent: Intent,
    reason: String,
    imitated_at: DateTime<Utc>,
    detached_at: Option<DateTime<Utc>>,
    detachment_reason: Option<String>,
}

async fn edges(tx: &PublicTx<'_>, ids: &[ProjectId]) -> Result<Vec<Edge>> {
    let query = imitation::table
        .filter(imitation::parent_id.eq_any(ids).and(imitation::project_id.eq_any(ids)))
        .order((imitation::imitated_at, imitation::project_id, imitation::rank));
    let rows: Vec<EdgeRow> = query.select(EdgeRow::as_select()).load(&mut tx.conn()).await?;
    let edge = |row: EdgeRow| Edge {
        from: row.parent_id,
        from_version: row.parent_version,
        to: row.project_id,
        mode: row.mode,
        intent: row.intent,
        reason: row.reason,
        imitated_at: row.imitated_at,
        detached_at: row.detached_at,
        detachment_reason: row.detachment_reason,
    };
    Ok(rows.into_iter().map(edge).collect())
}

async fn contributions(tx: &PublicTx<'_>, ids: &[ProjectId]) -> Result<Vec<Contribution>> {
    use publication_version::dsl;
    let query = dsl::publication_version
        .filter(dsl::publication_id.eq_any(ids).and(dsl::credits.ne(Credits::default())))
        .order((dsl::published_at.desc(), dsl::publication_id))
        .limit(CONTRIBUTIONS)
        .select((dsl::publication_id, dsl::version, dsl::credits));
    let rows: Vec<(ProjectId, i32, Credits)> = query.load(&mut tx.conn()).await?;
    let contributions = rows.into_iter().flat_map(|(to, version, Credits(credits))| {
        credits.into_iter().map(move |credit| Contribution {
            municipality: credit.municipality,
            to,
            version,
            fields: credit.fields,
        })
    });
    Ok(contributions.collect())
}
