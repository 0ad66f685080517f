//! The index of one node: in its data folder, searched by every request, written by the follower alone.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, ensure};
use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tantivy::{
    DocAddress, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, TantivyDocument,
    Term,
    index::SegmentId,
    query::AllQuery,
    schema::{Schema, Value},
};

use super::{
    collect::{Found, Gather, Gathered, Plan},
    dictionary::Dictionary,
    document::{Record, Stored},
    expand::{Clause, expand},
    facet::Facet,
    fields::Fields,
    numbering::{FacetValues, Numbers, number},
    query::{Demand, Place, Search},
};
use crate::platform::{error::Result, id::ProjectId, lock};

/// What Tantivy may hold before it writes a segment, in bytes.
const WRITER_MEMORY: usize = 20_000_000;

/// The folder within the data folder; the number changes when the fields do not but their use does.
const FOLDER: &str = "index-2";

/// Stored texts are compressed in blocks of so many bytes. A hit reads one, so they are about as large as two hits.
const STORE_BLOCK: usize = 4096;

/// Fewer hits than this are few: then those are shown too that have not every word.
const FEW: usize = 3;

/// How many values of a facet are shown.
const FACET_VALUES: usize = 50;

/// The readers' side of the index.
pub struct Engine {
    fields: Fields,
    reader: IndexReader,
    snapshot: ArcSwap<Snapshot>,
}

/// The index at one commit, with its facet values numbered.
struct Snapshot {
    searcher: Searcher,
    values: FacetValues,
    numbers: BTreeMap<SegmentId, Numbers>,
}

/// The writer's side of the index.
pub(super) struct IndexFile {
    fields: Fields,
    writer: IndexWriter,
    pub(super) engine: Arc<Engine>,
    _lock: File,
}

/// How far an index has read, and in which database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) position: i64,
    pub(super) database: String,
}

/// What a search found.
pub(super) struct Hits {
    pub(super) hits: Vec<(Stored, u32, Place)>,
    /// Whether there are hits behind these.
    pub(super) more: bool,
    pub(super) total: usize,
    /// Counts by facet value, for the facets that were asked for.
    pub(super) counts: Vec<(Facet, Vec<(String, u32)>)>,
    /// What was looked for.
    pub(super) clauses: Vec<Clause>,
    /// What every hit has at least.
    pub(super) demand: Demand,
}

impl IndexFile {
    /// Opens the index in a data folder. One that is missing, corrupt or of another schema is made anew, and empty.
    pub(super) fn open(data: &Path) -> anyhow::Result<(Self, Option<Mark>)> {
        // Before anything is judged or removed: what looks damaged may be another process at work.
        let lock = lock::exclusively(data, "index.lock")?;
        let folder = &data.join(FOLDER);
        let (schema, fields) = Fields::schema();
        let index = match open_sound(folder, &schema) {
            Ok(index) => index,
            Err(cause) => {
                tracing::info!(reason = format!("{cause:#}"), "making a new index");
                make(folder, schema)?
            }
        };
        let mark = index.load_metas()?.payload.and_then(|payload| serde_json::from_str(&payload).ok());
        let writer = index.writer_with_num_threads(1, WRITER_MEMORY)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let engine = Arc::new(Engine::new(fields, reader)?);
        Ok((Self { fields, writer, engine, _lock: lock }, mark))
    }

    /// Puts and commits; after a failure the index is as it was, and can be written again.
    pub(super) fn replace(
        &mut self,
        ids: &[ProjectId],
        records: &[Record],
        mark: &Mark,
    ) -> anyhow::Result<()> {
        let written = self.put(ids, records).and_then(|()| self.commit(mark));
        if written.is_err() {
            self.writer.rollback()?;
        }
        written
    }

    /// Replaces what the index holds of `ids` by `records`; a publication without a record leaves the index.
    pub(super) fn put(&mut self, ids: &[ProjectId], records: &[Record]) -> anyhow::Result<()> {
        for id in ids {
            self.writer.delete_term(Term::from_field_bytes(self.fields.id, id.uuid().as_bytes()));
        }
        for record in records {
            self.writer.add_document(self.fields.document(record)?)?;
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) -> anyhow::Result<()> {
        self.writer.delete_all_documents()?;
        Ok(())
    }

    /// Makes what was put durable and visible, together with how far it was read.
    pub(super) fn commit(&mut self, mark: &Mark) -> anyhow::Result<()> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&serde_json::to_string(mark)?);
        commit.commit()?;
        self.engine.reload()
    }

    /// Waits until merging is done.
    pub(super) fn close(self) -> anyhow::Result<()> {
        Ok(self.writer.wait_merging_threads()?)
    }
}

fn open_sound(folder: &Path, schema: &Schema) -> anyhow::Result<Index> {
    let index = Index::open_in_dir(folder)?;
    ensure!(index.schema() == *schema, "it is of another schema");
    let damaged = index.validate_checksum()?;
    ensure!(damaged.is_empty(), "{} of its files are damaged", damaged.len());
    Ok(index)
}

fn make(folder: &Path, schema: Schema) -> anyhow::Result<Index> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let settings = IndexSettings { docstore_blocksize: STORE_BLOCK, ..IndexSettings::default() };
    Ok(Index::builder().schema(schema).settings(settings).create_in_dir(folder)?)
}

impl Engine {
    fn new(fields: Fields, reader: IndexReader) -> anyhow::Result<Self> {
        let empty = Snapshot {
            searcher: reader.searcher(),
            values: FacetValues::default(),
            numbers: BTreeMap::new(),
        };
        let engine = Self { fields, reader, snapshot: ArcSwap::from_pointee(empty) };
        engine.reload()?;
        Ok(engine)
    }

    /// Shows the last commit to every search from now on.
    fn reload(&self) -> anyhow::Result<()> {
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        let before = self.snapshot.load();
        let mut values = before.values.clone();
        let numbers = number(&searcher, &mut values, &before.numbers)?;
        self.snapshot.store(Arc::new(Snapshot { searcher, values, numbers }));
        Ok(())
    }

    /// How many publications can be found.
    pub fn size(&self) -> u64 {
        self.snapshot.load().searcher.num_docs()
    }

    /// Runs a search. It is a millisecond of computing, so it runs where it is called.
    pub(super) fn search(&self, search: &Search) -> Result<Hits> {
        let snapshot = self.snapshot.load();
        let dictionary = Dictionary { searcher: &snapshot.searcher, fields: &self.fields };
        let clauses = expand(&search.question, &dictionary)?;
        let (gathered, demand) = snapshot.find(&self.fields, search, &clauses)?;
        let counts = snapshot.counts(search, &gathered);
        let hits = gathered.hits.iter().take(search.limit).map(|found| self.read(&snapshot.searcher, found));
        let hits = hits.collect::<Result<_>>()?;
        let more = gathered.hits.len() > search.limit;
        Ok(Hits { hits, more, total: gathered.total, counts, clauses, demand })
    }

    fn read(&self, searcher: &Searcher, found: &Found) -> Result<(Stored, u32, Place)> {
        Ok((self.stored(searcher, found.address)?, found.imitations, found.place))
    }

    fn stored(&self, searcher: &Searcher, address: DocAddress) -> Result<Stored> {
        let document: TantivyDocument = searcher.doc(address)?;
        let bytes = document.get_first(self.fields.stored).and_then(|value| value.as_bytes());
        let bytes = bytes.context("a document of the index stores nothing")?;
        Ok(serde_json::from_slice(bytes).context("reading a document of the index")?)
    }

    /// What the index holds: every publication with its version and audience.
    pub(super) fn contents(&self) -> Result<BTreeMap<ProjectId, String>> {
        let searcher = &self.snapshot.load().searcher;
        let all = searcher.search(&AllQuery, &tantivy::collector::DocSetCollector)?;
        let mut contents = BTreeMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "they end up in a BTreeMap")]
        for address in all {
            let card = self.stored(searcher, address)?.card;
            contents.insert(card.id, format!("version {} for {}", card.version, card.audience.code()));
        }
        Ok(contents)
    }
}

impl Snapshot {
    /// Asks for less as long as there is little, and as less finds more.
    fn find(
        &self,
        fields: &Fields,
        search: &Search,
        clauses: &[Clause],
    ) -> tantivy::Result<(Gathered, Demand)> {
        let gather = self.gather(search);
        let mut best: Option<(Gathered, Demand)> = None;
        for demand in search.demands(clauses) {
            let found = self.searcher.search(&search.query(fields, clauses, demand), &gather)?;
            if best.as_ref().is_none_or(|(best, _)| found.total > best.total) {
                best = Some((found, demand));
            }
            if best.as_ref().is_some_and(|(best, _)| best.total >= FEW) {
                break;
            }
        }
        Ok(best.unwrap_or_default())
    }

    fn gather(&self, search: &Search) -> Gather {
        let mut selected = vec![0; self.values.len()];
        let mut required = 0;
        for (facet, values) in search.filters.iter().filter(|(_, values)| !values.is_empty()) {
            required |= facet.bit();
            for id in values.iter().filter_map(|value| self.values.id(*facet, value)) {
                if let Some(bits) = selected.get_mut(id) {
                    *bits |= facet.bit();
                }
            }
        }
        let plan = Plan {
            selected,
            facet_of: self.values.bits().to_vec(),
            required,
            count: !search.facets.is_empty(),
            sort: search.sort,
            after: search.after.map(|mark| mark.place),
            today: search.today,
            keep: search.limit + 1,
            neighbours: search.neighbours.iter().map(|id| id.number()).collect(),
        };
        let segments = self.searcher.segment_readers().iter();
        let numbers =
            segments.filter_map(|segment| self.numbers.get(&segment.segment_id()).cloned()).collect();
        Gather { plan: Arc::new(plan), numbers }
    }

    /// The most frequent values of each facet that was asked for; selected ones stay, at zero too.
    fn counts(&self, search: &Search, gathered: &Gathered) -> Vec<(Facet, Vec<(String, u32)>)> {
        let facets = search.facets.iter().map(|&facet| {
            let counted = self.values.of(facet);
            let counted = counted.map(|(id, value)| (value, gathered.counts.get(id).copied().unwrap_or(0)));
            let mut counts: Vec<(&str, u32)> = counted.filter(|(_, count)| *count > 0).collect();
            let by_count = |(a, many): &(&str, u32), (b, more): &(&str, u32)| more.cmp(many).then(a.cmp(b));
            if counts.len() > FACET_VALUES {
                counts.select_nth_unstable_by(FACET_VALUES, by_count);
            }
            let most = counts.len().min(FACET_VALUES);
            let (shown, rest) = counts.split_at_mut(most);
            shown.sort_by(by_count);
            let chosen = search.filters.iter().filter(|(of, _)| *of == facet).flat_map(|(_, values)| values);
            let absent = chosen.filter(|value| !shown.iter().any(|(shown, _)| shown == value)).map(|value| {
                let count = rest.iter().find(|(other, _)| other == value).map_or(0, |(_, count)| *count);
                (value.as_str(), count)
            });
            let counts = shown.iter().copied().chain(absent);
            (facet, counts.map(|(value, count)| (value.to_owned(), count)).collect())
        });
        facets.collect()
    }
}
