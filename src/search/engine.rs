//! The readers' side of the index: what every request searches.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context;
use arc_swap::ArcSwapOption;
use tantivy::{DocAddress, Searcher, TantivyDocument, index::SegmentId, schema::Value};

use super::{
    clause::Clause,
    collect::{Found, Gather, Gathered, Plan},
    dictionary::Dictionary,
    document::Stored,
    expand::expand,
    facet::Facet,
    fields::Fields,
    numbering::{FacetValues, Numbers, number},
    query::{Demand, Place, Search},
};
use crate::platform::error::{Code, Error, Result};

/// Fewer hits than this are few: then those are shown too that have not every word.
const FEW: usize = 3;

/// How many values of a facet are shown.
const FACET_VALUES: usize = 50;

/// What is searched: the last commit of the index, once there is one.
#[derive(Default)]
pub struct Engine {
    snapshot: ArcSwapOption<Snapshot>,
}

/// The index at one commit, with its facet values numbered.
pub(super) struct Snapshot {
    fields: Fields,
    searcher: Searcher,
    values: FacetValues,
    numbers: BTreeMap<SegmentId, Numbers>,
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

impl Engine {
    /// Shows a commit to every search from now on.
    pub(super) fn show(&self, fields: Fields, searcher: Searcher) -> tantivy::Result<()> {
        let (mut values, known) = match self.snapshot.load().as_deref() {
            Some(before) => (before.values.clone(), before.numbers.clone()),
            None => Default::default(),
        };
        let numbers = number(&searcher, &mut values, &known)?;
        self.snapshot.store(Some(Arc::new(Snapshot { fields, searcher, values, numbers })));
        Ok(())
    }

    /// Whether there is anything to search in. Not while the first index of a node is built.
    pub fn is_open(&self) -> bool {
        self.snapshot.load().is_some()
    }

    /// Runs a search. It is a millisecond of computing, so it runs where it is called.
    ///
    /// # Errors
    /// 503 while the index is built.
    pub(super) fn search(&self, search: &Search) -> Result<Hits> {
        self.snapshot()?.search(search)
    }

    pub(super) fn snapshot(&self) -> Result<Arc<Snapshot>> {
        let building = || Error::new(Code::Unavailable, "The search index is being built. Try again.");
        self.snapshot.load_full().ok_or_else(building)
    }
}

impl Snapshot {
    fn search(&self, search: &Search) -> Result<Hits> {
        let clauses = expand(&search.question, &self.dictionary())?;
        let (gathered, demand) = self.find(search, &clauses)?;
        let counts = self.counts(search, &gathered);
        let hits = gathered.hits.iter().take(search.limit).map(|found| self.read(found));
        let hits = hits.collect::<Result<_>>()?;
        let more = gathered.hits.len() > search.limit;
        Ok(Hits { hits, more, total: gathered.total, counts, clauses, demand })
    }

    pub(super) fn dictionary(&self) -> Dictionary<'_> {
        Dictionary { searcher: &self.searcher, fields: &self.fields }
    }

    pub(super) fn read(&self, found: &Found) -> Result<(Stored, u32, Place)> {
        Ok((self.stored(found.address)?, found.imitations, found.place))
    }

    fn stored(&self, address: DocAddress) -> Result<Stored> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let bytes = document.get_first(self.fields.stored).and_then(|value| value.as_bytes());
        let bytes = bytes.context("a document of the index stores nothing")?;
        Ok(serde_json::from_slice(bytes).context("reading a document of the index")?)
    }

    /// Asks for less as long as there is little, and as less finds more.
    fn find(&self, search: &Search, clauses: &[Clause]) -> tantivy::Result<(Gathered, Demand)> {
        let gather = self.gather(search);
        let mut best: Option<(Gathered, Demand)> = None;
        for demand in search.demands(clauses) {
            let found = self.searcher.search(&search.query(&self.fields, clauses, demand), &gather)?;
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
