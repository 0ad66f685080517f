//! All that a municipality owns, over the tables of every feature.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::{
    changes::{self, Change, ChangeKind},
    platform::{
        db::{
            TenantTx,
            schema::{idempotent_answer, kominn_link, project, publication},
        },
        error::{Code, Error, Fault, Result},
        id::{MunicipalityId, ProjectId},
    },
    projects::store::{self as projects, Found},
    publications,
};

/// Takes the contact out of a locked project and of all its versions; says of how many. Those who see it are told.
pub(super) async fn redact(tx: &TenantTx<'_>, mut found: Found, now: DateTime<Utc>) -> Result<usize> {
    let id = found.0.id;
    found.0.content.contact = None;
    projects::write_redacted(tx, id, &found.0.content).await?;
    let versions = redact_versions(tx, id, now).await?;
    // Answers that are kept for an `Idempotency-Key` may show it: all of the municipality's go.
    diesel::delete(idempotent_answer::table).execute(&mut tx.conn()).await?;
    // What was sent of it is compared anew, and the contact taken out there.
    let sent = kominn_link::table.filter(kominn_link::project_id.eq(id));
    let anew = (kominn_link::mapping.eq(""), kominn_link::updated_at.eq(now));
    diesel::update(sent).set(anew).execute(&mut tx.conn()).await?;
    publications::store::count_up(tx, &mut found, now).await?;
    if let Some(shown) = found.1.filter(|shown| shown.withdrawn_at.is_none()) {
        let fact = Change::of_shown(
            ChangeKind::Redacted,
            (id, tx.municipality()),
            (shown.version, shown.audience),
            now,
        );
        changes::record(tx, fact).await?;
    }
    Ok(versions)
}

#[expect(clippy::disallowed_methods, reason = "diesel cannot take a member out of jsonb")]
async fn redact_versions(tx: &TenantTx<'_>, id: ProjectId, now: DateTime<Utc>) -> Result<usize> {
    let redact = diesel::sql_query(
        "UPDATE publication_version SET content = content - 'contact', redacted_at = $2 \
         WHERE publication_id = $1 AND content ? 'contact'",
    );
    Ok(redact.bind::<Uuid, _>(id).bind::<Timestamptz, _>(now).execute(&mut tx.conn()).await?)
}

/// How many publications a refusal names.
const NAMED: i64 = 20;

/// Withdraws everything that is shown, in one step; says how much, and how much of it was handed over to `heir`.
pub(super) async fn withdraw_all(
    tx: &TenantTx<'_>,
    heir: Option<MunicipalityId>,
    now: DateTime<Utc>,
) -> Result<(usize, usize)> {
    // Projects first and in order, as everybody locks them: none of them is published meanwhile.
    let projects = project::table.filter(project::municipality_id.eq(tx.municipality())).order(project::id);
    projects.select(project::id).for_update().load::<ProjectId>(&mut tx.conn()).await?;
    if let Some(heir) = heir {
        check_inheritance(tx, heir).await?;
    }
    let withdrawn = bury(tx, heir, now).await?;
    let own = publication::municipality_id.eq(tx.municipality()).and(publication::withdrawn_at.eq(now));
    let handed_over = publication::table.filter(own.and(publication::successor_id.is_not_null()));
    let handed_over: i64 = handed_over.count().get_result(&mut tx.conn()).await?;
    Ok((withdrawn, usize::try_from(handed_over).unwrap_or_default()))
}

/// Leaves publications and projects as a withdrawal by itself does, which counts as a change and is none of the content; and
/// tells of each. Says how many.
#[expect(
    clippy::disallowed_methods,
    reason = "one statement for all of a municipality's, or it would take minutes"
)]
async fn bury(tx: &TenantTx<'_>, heir: Option<MunicipalityId>, now: DateTime<Utc>) -> Result<usize> {
    let bury = diesel::sql_query(
        "WITH buried AS (UPDATE publication SET withdrawn_at = $1, \
             project_revision = project_revision + (SELECT count(*) FROM project \
                 WHERE project.id = publication.id AND revision = project_revision), \
             successor_id = (SELECT heir.id FROM imitation JOIN publication AS heir ON heir.id = imitation.project_id \
                 WHERE imitation.parent_id = publication.id AND heir.municipality_id = $2 AND heir.withdrawn_at IS NULL \
                 ORDER BY imitation.imitated_at LIMIT 1) \
             WHERE municipality_id = app_municipality() AND withdrawn_at IS NULL \
             RETURNING id, municipality_id, version, audience), \
         told AS (INSERT INTO change (kind, publication_id, municipality_id, version, audience, audience_before, occurred_at) \
             SELECT 'withdrawn', id, municipality_id, version, audience, audience, $1 FROM buried ORDER BY id) \
         UPDATE project SET revision = revision + 1, updated_at = $1 FROM buried WHERE project.id = buried.id",
    );
    let bury = bury.bind::<Timestamptz, _>(now).bind::<Nullable<Text>, _>(heir);
    Ok(bury.execute(&mut tx.conn()).await?)
}

#[derive(QueryableByName)]
struct Missing {
    #[diesel(sql_type = Uuid)]
    id: ProjectId,
}

/// Refuses unless the heir has published an imitation of everything that is shown.
#[expect(
    clippy::disallowed_methods,
    reason = "an anti join over two roles of one table has no form in diesel"
)]
async fn check_inheritance(tx: &TenantTx<'_>, heir: MunicipalityId) -> Result<()> {
    let missing = diesel::sql_query(
        "SELECT id FROM publication WHERE municipality_id = app_municipality() AND withdrawn_at IS NULL \
         AND NOT EXISTS (SELECT FROM imitation JOIN publication AS heir ON heir.id = imitation.project_id \
             WHERE imitation.parent_id = publication.id AND heir.municipality_id = $1 AND heir.withdrawn_at IS NULL) \
         ORDER BY id LIMIT $2",
    );
    let missing = missing.bind::<Text, _>(heir).bind::<BigInt, _>(NAMED);
    let missing: Vec<Missing> = missing.load(&mut tx.conn()).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let named = missing
        .iter()
        .map(|Missing { id }| Fault::invalid("#/to", format!("has published no imitation of {id}")));
    Err(Error::faults(Code::NotImitated, "Each must be imitated and published there first.", named.collect()))
}

/// One kind of what is exported.
pub(super) struct Section {
    pub(super) kind: &'static str,
    /// What it is selected from, own rows only.
    from: &'static str,
    /// The columns that order it, with their types.
    key: &'static [(&'static str, &'static str)],
}

const ID: &[(&str, &str)] = &[("id", "uuid")];
const OF_SUBJECT: &[(&str, &str)] = &[("subject_id", "uuid")];

/// Everything that is a municipality's, and who it is. Row level security decides for the rest.
pub(super) const SECTIONS: &[Section] = &[
    Section { kind: "project", from: "SELECT * FROM project", key: ID },
    Section {
        kind: "publication",
        from: "SELECT * FROM publication WHERE municipality_id = app_municipality()",
        key: ID,
    },
    Section {
        kind: "version",
        from: "SELECT * FROM publication_version WHERE municipality_id = app_municipality()",
        key: &[("publication_id", "uuid"), ("version", "integer")],
    },
    Section {
        kind: "imitation",
        from: "SELECT * FROM imitation WHERE municipality_id = app_municipality()",
        key: &[("project_id", "uuid"), ("parent_id", "uuid")],
    },
    Section {
        kind: "imitation_base",
        from: "SELECT * FROM imitation_base",
        key: &[("project_id", "uuid"), ("parent_id", "uuid")],
    },
    Section {
        kind: "adoption",
        from: "SELECT * FROM adoption WHERE municipality_id = app_municipality()",
        key: OF_SUBJECT,
    },
    Section {
        kind: "adoption_entry",
        from: "SELECT * FROM adoption_entry",
        key: &[("subject_id", "uuid"), ("nth", "integer")],
    },
    Section {
        kind: "image",
        from: "SELECT id, media_type, octet_length(bytes) AS size, created_at FROM image WHERE municipality_id = app_municipality()",
        key: ID,
    },
    Section { kind: "kominn_consent", from: "SELECT * FROM kominn_consent", key: &[("target", "text")] },
    Section { kind: "kominn_link", from: "SELECT * FROM kominn_link", key: ID },
    Section { kind: "proposal", from: "SELECT * FROM proposal", key: ID },
    Section {
        kind: "proposal_comment",
        from: "SELECT * FROM proposal_comment",
        key: &[("proposal_id", "uuid"), ("nth", "integer")],
    },
    Section {
        kind: "search",
        from: "SELECT * FROM saved_search WHERE municipality_id = app_municipality()",
        key: ID,
    },
    Section { kind: "follow", from: "SELECT * FROM follow", key: &[("kind", "text"), ("target", "text")] },
    Section { kind: "notification", from: "SELECT * FROM notification", key: &[("position", "bigint")] },
    Section {
        kind: "client",
        from: "SELECT id, name, role, scopes, keys, created_at, last_used_at, revoked_at FROM api_client",
        key: ID,
    },
    Section {
        kind: "attachment",
        from: "SELECT id AS project_id, nth, link ->> 'title' AS title, link ->> 'url' AS url \
               FROM project, jsonb_array_elements(content -> 'links') WITH ORDINALITY AS links (link, nth)",
        key: &[("project_id", "uuid"), ("nth", "bigint")],
    },
];

/// Rows that are read at once.
const PAGE: i64 = 200;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

/// The rows of a section behind `last`, in order.
#[expect(clippy::disallowed_methods, reason = "rows as they are, of whatever table; its text is a constant")]
pub(super) async fn rows(tx: &TenantTx<'_>, section: &Section, last: Option<&Value>) -> Result<Vec<Value>> {
    let columns: Vec<String> = section.key.iter().map(|(name, _)| format!("own.{name}")).collect();
    let columns = columns.join(", ");
    let at = section
        .key
        .iter()
        .map(|(name, kind)| format!("($1 ->> '{name}')::{kind}"))
        .collect::<Vec<_>>()
        .join(", ");
    let from = section.from;
    let query = diesel::sql_query(format!(
        "SELECT to_jsonb(own) AS row FROM ({from}) AS own WHERE $1 IS NULL OR ({columns}) > ({at}) \
         ORDER BY {columns} LIMIT $2"
    ));
    let query = query.bind::<Nullable<Jsonb>, _>(last.cloned()).bind::<BigInt, _>(PAGE);
    let rows: Vec<Row> = query.load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(|row| row.row).collect())
}
