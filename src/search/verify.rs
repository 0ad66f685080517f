//! Comparing the index with the record.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::Path,
};

use anyhow::Context;
use tantivy::{IndexReader, ReloadPolicy};
use uuid::Uuid;

use super::{
    document::Record,
    fields::{DIGEST, ID_HIGH, ID_LOW},
    index::Mark,
    news::batch,
    place::open_sound,
};
use crate::{
    changes,
    platform::{db::Db, id::ProjectId},
};

/// Entries of the log that are read at once.
const BATCH: i64 = 10_000;

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Verification {
    /// A line for each publication of which the index holds something else than the record.
    pub differences: String,
    /// How many changes the index has not read yet; what they are about is not compared.
    pub pending: usize,
}

/// Compares every publication with what the index holds of it, as both lie there; changes neither.
///
/// # Errors
/// When the index is missing or damaged, or the database is unreachable.
pub async fn verify(db: &Db, data: &Path) -> anyhow::Result<Verification> {
    let (mut indexed, mark) = contents(data).context("the index cannot be used; a server makes it anew")?;
    let mut found = Verification::default();
    let mut after = None;
    let mut differences = BTreeMap::new();
    loop {
        let (ids, records) = batch(db, after).await?;
        let Some(&last) = ids.last() else { break };
        for record in &records {
            compare(record, indexed.remove(&record.id), &mut differences)?;
        }
        after = Some(last);
    }
    differences.extend(indexed.into_keys().map(|id| (id, "the index holds it, the record does not")));
    let pending = pending(db, mark.position, &mut found.pending).await?;
    for (id, difference) in differences.iter().filter(|(id, _)| !pending.contains(id)) {
        writeln!(found.differences, "{id}: {difference}")?;
    }
    Ok(found)
}

fn compare(
    record: &Record,
    held: Option<u64>,
    differences: &mut BTreeMap<ProjectId, &'static str>,
) -> anyhow::Result<()> {
    match held {
        None => drop(differences.insert(record.id, "the record holds it, the index does not")),
        Some(held) if held != record.digest()? => {
            differences.insert(record.id, "the index holds another state of it");
        }
        Some(_) => {}
    }
    Ok(())
}

/// What the changes behind a position are about, and counts them. An imitation changes its origins too.
async fn pending(db: &Db, mut position: i64, count: &mut usize) -> anyhow::Result<BTreeSet<ProjectId>> {
    let mut ids = BTreeSet::new();
    loop {
        let (entries, origins) = db
            .system(async |tx| {
                let entries = changes::after(tx, position, BATCH).await?;
                let changed: Vec<ProjectId> = entries.iter().map(|entry| entry.publication_id).collect();
                Ok((entries, super::store::relatives(tx, &changed).await?.0))
            })
            .await?;
        let Some(last) = entries.last() else { return Ok(ids) };
        position = last.position;
        *count += entries.len();
        ids.extend(entries.iter().map(|entry| entry.publication_id).chain(origins));
    }
}

/// What the index in a data folder holds, read as it lies there: the digest of every publication.
fn contents(data: &Path) -> anyhow::Result<(BTreeMap<ProjectId, u64>, Mark)> {
    let (index, mark) = open_sound(data)?;
    let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let mut contents = BTreeMap::new();
    for segment in reader.searcher().segment_readers() {
        let columns = segment.fast_fields();
        let (high, low, digest) = (columns.u64(ID_HIGH)?, columns.u64(ID_LOW)?, columns.u64(DIGEST)?);
        for doc in segment.doc_ids_alive() {
            let of = |column: &tantivy::columnar::Column<u64>| column.first(doc).unwrap_or(0);
            contents.insert(Uuid::from_u64_pair(of(&high), of(&low)).into(), of(&digest));
        }
    }
    Ok((contents, mark))
}
