//! The readers' side of the index: what every request searches.

use std::{cmp::Reverse, sync::Arc};

use anyhow::Context;
use arc_swap::ArcSwapOption;
use tantivy::{
    DocAddress, Searcher, SegmentReader, TantivyDocument, Term,
    index::SegmentId,
    postings::TermInfo,
    schema::{Field, Value},
};

use super::{
    ask::Ask,
    clause::Clause,
    collect::{Found, Gather, Gathered, Plan},
    dictionary::Dictionary,
    document::{Stored, Uptake},
    expand::expand,
    facet::Facet,
    facts::Facts,
    fields::Fields,
    lookup::Lookup,
    numbering::FacetValues,
    query::{Bookmark, Demand, Place, Search},
    rank::{Lengths, number},
    scan::{Window, scan},
    viewer::Viewer,
};
use crate::platform::error::{Code, Error, Result};

/// How many values of a facet are shown.
const FACET_VALUES: usize = 50;

/// What is searched: the last commit of the index, once there is one.
#[derive(Default)]
pub struct Engine {
    snapshot: ArcSwapOption<Snapshot>,
}

/// The index at one commit, with what is kept of it in memory.
pub(super) struct Snapshot {
    pub(super) fields: Fields,
    pub(super) searcher: Searcher,
    /// What is known of the documents of each segment, in the searcher's order.
    pub(super) facts: Vec<(SegmentId, Arc<Facts>)>,
    pub(super) lengths: Arc<Lengths>,
    values: FacetValues,
}

/// What a search found.
pub(super) struct Hits {
    pub(super) hits: Vec<(Stored, Uptake, Place)>,
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

impl Hits {
    /// Where the next page begins; nothing behind the last.
    pub(super) fn next(&self, viewer: &Viewer) -> Option<Bookmark> {
        let (_, _, place) = self.hits.last().filter(|_| self.more)?;
        Some(Bookmark { place: *place, demand: self.demand, today: viewer.today() })
    }
}

impl Engine {
    /// Shows a commit to every search from now on.
    pub(super) fn show(&self, fields: Fields, searcher: Searcher) -> tantivy::Result<()> {
        let before = self.snapshot.load();
        let (mut values, known) = before
            .as_deref()
            .map_or_else(Default::default, |before| (before.values.clone(), before.facts.as_slice()));
        let (mut facts, mut terms) = (Vec::new(), 0);
        for segment in searcher.segment_readers() {
            let id = segment.segment_id();
            terms += segment.inverted_index(fields.terms)?.total_num_tokens();
            let of = match known.iter().find(|(known, _)| *known == id) {
                Some((_, facts)) => facts.clone(),
                None => Arc::new(Facts::read(segment, &mut values)?),
            };
            facts.push((id, of));
        }
        let lengths = Arc::new(Lengths::new(number(terms) / number(searcher.num_docs().max(1))));
        self.snapshot.store(Some(Arc::new(Snapshot { fields, searcher, facts, lengths, values })));
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
        let clauses = expand(&search.question, &self.dictionary(&search.viewer))?;
        let plan = self.plan(search);
        let (gathered, demand) = self.find(search, &clauses, &plan)?;
        let counts = self.counts(search, &gathered);
        let hits = gathered.hits.iter().take(search.limit).map(|found| self.read(found));
        let hits = hits.collect::<Result<_>>()?;
        let more = gathered.hits.len() > search.limit;
        Ok(Hits { hits, more, total: gathered.total, counts, clauses, demand })
    }

    pub(super) fn dictionary<'s>(&'s self, viewer: &'s Viewer) -> Dictionary<'s> {
        Dictionary { snapshot: self, viewer }
    }

    /// Where a term stands, by segment.
    pub(super) fn term(&self, field: Field, text: &str) -> tantivy::Result<Vec<Option<TermInfo>>> {
        let term = Term::from_field_text(field, text);
        let segments = self.searcher.segment_readers().iter();
        segments.map(|segment| Ok(segment.inverted_index(field)?.get_term_info(&term)?)).collect()
    }

    pub(super) fn segment(&self, nth: usize) -> Option<&SegmentReader> {
        self.searcher.segment_readers().get(nth)
    }

    /// Everything that answers, as far as the plan's viewer sees it.
    pub(super) fn gather(&self, ask: &Ask, plan: &Plan) -> Result<Gathered> {
        let (mut gather, mut window) = (Gather::new(plan, &self.values), Window::new());
        let Some(lookup) = Lookup::of(ask, self)? else { return Ok(gather.finish()) };
        for (nth, (ordinal, (segment, (_, facts)))) in
            (0..).zip(self.searcher.segment_readers().iter().zip(&self.facts)).enumerate()
        {
            let alive = segment.alive_bitset();
            scan(&lookup, &mut window, (self, nth), |doc, score| {
                if alive.is_none_or(|alive| alive.is_alive(doc)) {
                    gather.take(facts, DocAddress::new(ordinal, doc), score);
                }
            })?;
        }
        Ok(gather.finish())
    }

    pub(super) fn read(&self, found: &Found) -> Result<(Stored, Uptake, Place)> {
        Ok((self.stored(found.address)?, found.uptake, found.place))
    }

    fn stored(&self, address: DocAddress) -> Result<Stored> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let text = document.get_first(self.fields.stored).and_then(|value| value.as_str());
        let text = text.context("a document of the index stores nothing")?;
        Ok(serde_json::from_str(text).context("reading a document of the index")?)
    }

    /// Asks for less as long as there is little, and as less finds more. How little there is does not depend on the
    /// filters, so that choosing a facet value gives what was counted for it.
    fn find(&self, search: &Search, clauses: &[Clause], plan: &Plan) -> Result<(Gathered, Demand)> {
        let mut best: Option<(Gathered, Demand)> = None;
        for (needless_from, demand) in search.demands(clauses) {
            let hits = best.as_ref().map(|(best, _)| best.unfiltered);
            if hits.is_some_and(|hits| hits >= needless_from) {
                break;
            }
            let found = self.gather(&search.ask(clauses, demand), plan)?;
            if hits.is_none_or(|hits| found.unfiltered > hits) {
                best = Some((found, demand));
            }
        }
        Ok(best.unwrap_or_default())
    }

    fn plan(&self, search: &Search) -> Plan {
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
        Plan {
            viewer: search.viewer.clone(),
            selected,
            required,
            count: !search.facets.is_empty(),
            sort: search.sort,
            after: search.after.map(|mark| mark.place),
            keep: search.limit + 1,
        }
    }

    /// The values of each facet that was asked for, with how many hits have them.
    fn counts(&self, search: &Search, gathered: &Gathered) -> Vec<(Facet, Vec<(String, u32)>)> {
        let facets = search.facets.iter().map(|&facet| {
            let count = |(id, value)| (value, gathered.counts.get(id).copied().unwrap_or(0));
            let counted = self.values.of(facet).map(count);
            let chosen = search.filters.iter().filter(|(of, _)| *of == facet).flat_map(|(_, values)| values);
            (facet, most_frequent(counted, chosen))
        });
        facets.collect()
    }
}

/// The most frequent of values that are in the order of their names; the chosen ones stay, at zero too.
fn most_frequent<'v>(
    counted: impl Iterator<Item = (&'v str, u32)>,
    chosen: impl Iterator<Item = &'v String>,
) -> Vec<(String, u32)> {
    // Among equals by their order, which is that of their names: thousands of names need not be read for it.
    let counted = counted.zip(0_u32..).map(|((value, count), nth)| (Reverse(count), nth, value));
    let mut counts: Vec<_> = counted.filter(|(count, ..)| *count != Reverse(0)).collect();
    if counts.len() > FACET_VALUES {
        counts.select_nth_unstable(FACET_VALUES);
    }
    let most = counts.len().min(FACET_VALUES);
    let (shown, rest) = counts.split_at_mut(most);
    shown.sort_unstable();
    let absent = chosen.filter(|value| !shown.iter().any(|(.., shown)| shown == value)).map(|value| {
        let count = rest.iter().find(|(.., other)| other == value).map_or(0, |(count, ..)| count.0);
        (value.as_str(), count)
    });
    let counts = shown.iter().map(|(count, _, value)| (*value, count.0)).chain(absent);
    counts.map(|(value, count)| (value.to_owned(), count)).collect()
}
