//! One pass over the matching documents: filters, counts, and the best of them.
//!
//! A facet's counts ignore that facet's own filter, so that a reader sees what choosing another value would give.
//! A document that passes all filters counts everywhere; one that fails a single facet counts for that facet only.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeSet, BinaryHeap},
    sync::Arc,
};

use tantivy::{
    DocAddress, DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::Column,
};
use uuid::Uuid;

use super::{
    facet::COLUMN,
    fields::{ID_HIGH, ID_LOW, IMITATORS, PUBLISHED_AT},
    numbering::Numbers,
    query::{Place, Sort},
    rank,
};

/// What to collect.
#[derive(Clone)]
pub(super) struct Gather {
    pub(super) plan: Arc<Plan>,
    /// The numbers of each segment's facet values, in the searcher's order.
    pub(super) numbers: Vec<Numbers>,
}

pub(super) struct Plan {
    /// The bit of the facet that a value is selected for; 0 for the others.
    pub(super) selected: Vec<u8>,
    /// The bit of the facet that a value belongs to.
    pub(super) facet_of: Vec<u8>,
    /// The bits of all facets with a filter.
    pub(super) required: u8,
    /// Whether anything is to be counted.
    pub(super) count: bool,
    pub(super) sort: Sort,
    pub(super) after: Option<Place>,
    /// What newness is measured from, in days since 1970.
    pub(super) today: i64,
    /// How many hits to keep.
    pub(super) keep: usize,
    /// Whose imitations count, besides everybody's.
    pub(super) neighbours: BTreeSet<u64>,
}

/// What was collected.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) hits: Vec<Found>,
    pub(super) total: usize,
    /// By the number of the facet value.
    pub(super) counts: Vec<u32>,
}

/// A hit before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) address: DocAddress,
    pub(super) imitations: u32,
}

impl Ord for Found {
    /// Greater is better: it comes earlier in the list.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.place.key, Reverse(self.place.id)).cmp(&(other.place.key, Reverse(other.place.id)))
    }
}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = Segment;

    fn for_segment(&self, ordinal: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<Segment> {
        let columns = reader.fast_fields();
        let at = usize::try_from(ordinal).unwrap_or(usize::MAX);
        Ok(Segment {
            plan: self.plan.clone(),
            ordinal,
            numbers: self.numbers.get(at).cloned().unwrap_or_else(|| Arc::new([])),
            facets: columns.str(COLUMN)?.map(|column| column.ords().clone()),
            published_at: columns.u64(PUBLISHED_AT)?,
            imitators: columns.u64(IMITATORS)?,
            id: (columns.u64(ID_HIGH)?, columns.u64(ID_LOW)?),
            values: Vec::new(),
            best: BinaryHeap::new(),
            total: 0,
            counts: vec![0; if self.plan.count { self.plan.facet_of.len() } else { 0 }],
        })
    }

    fn requires_scoring(&self) -> bool {
        self.plan.sort == Sort::Relevance
    }

    fn merge_fruits(&self, segments: Vec<Gathered>) -> tantivy::Result<Gathered> {
        let mut all = Gathered { counts: vec![0; self.plan.facet_of.len()], ..Gathered::default() };
        for segment in segments {
            all.total += segment.total;
            all.hits.extend(segment.hits);
            all.counts.iter_mut().zip(segment.counts).for_each(|(sum, count)| *sum += count);
        }
        all.hits.sort_by(|a, b| b.cmp(a));
        all.hits.truncate(self.plan.keep);
        Ok(all)
    }
}

/// The collection of one segment.
pub(super) struct Segment {
    plan: Arc<Plan>,
    ordinal: SegmentOrdinal,
    numbers: Numbers,
    facets: Option<Column<u64>>,
    published_at: Column<u64>,
    imitators: Column<u64>,
    id: (Column<u64>, Column<u64>),
    /// The facet values of the document at hand; kept to spare an allocation for each.
    values: Vec<usize>,
    best: BinaryHeap<Reverse<Found>>,
    total: usize,
    counts: Vec<u32>,
}

impl SegmentCollector for Segment {
    type Fruit = Gathered;

    fn collect(&mut self, doc: DocId, score: Score) {
        if self.plan.count || self.plan.required != 0 {
            let missing = self.plan.required & !self.read_values(doc);
            match missing.count_ones() {
                0 => self.count(u8::MAX),
                1 => return self.count(missing),
                _ => return,
            }
        }
        self.total += 1;
        self.offer(doc, score);
    }

    fn harvest(self) -> Gathered {
        let hits = self.best.into_iter().map(|Reverse(found)| found).collect();
        Gathered { hits, total: self.total, counts: self.counts }
    }
}

impl Segment {
    /// Reads a document's facet values; returns the bits of the filters that it passes.
    fn read_values(&mut self, doc: DocId) -> u8 {
        self.values.clear();
        let Some(column) = &self.facets else { return 0 };
        let mut passed = 0;
        for ordinal in column.values_for_doc(doc) {
            let number = usize::try_from(ordinal).ok().and_then(|at| self.numbers.get(at));
            let Some(value) = number.and_then(|&number| usize::try_from(number).ok()) else { continue };
            passed |= self.plan.selected.get(value).copied().unwrap_or(0);
            self.values.push(value);
        }
        passed
    }

    /// Counts the values of the document at hand that belong to one of `facets`.
    fn count(&mut self, facets: u8) {
        if !self.plan.count {
            return;
        }
        for &value in &self.values {
            if self.plan.facet_of.get(value).is_some_and(|bit| bit & facets != 0)
                && let Some(count) = self.counts.get_mut(value)
            {
                *count += 1;
            }
        }
    }

    /// Keeps a document if it is among the best behind the page before.
    fn offer(&mut self, doc: DocId, score: Score) {
        if self.is_hopeless(score) {
            return;
        }
        let key = self.key(doc, score);
        let full = self.best.len() >= self.plan.keep;
        if full && self.best.peek().is_some_and(|Reverse(worst)| key < worst.place.key) {
            return;
        }
        let place = Place { key, id: self.id(doc) };
        if self.plan.after.as_ref().is_some_and(|after| !place.is_after(after)) {
            return;
        }
        let imitations = self.imitations(doc);
        let address = DocAddress::new(self.ordinal, doc);
        self.best.push(Reverse(Found { place, address, imitations }));
        if full {
            self.best.pop();
        }
    }

    /// Whether no boost can bring a document among the best: most are sorted out by this, without reading them.
    fn is_hopeless(&self, score: Score) -> bool {
        self.plan.sort == Sort::Relevance
            && self.best.len() >= self.plan.keep
            && self.best.peek().is_some_and(|Reverse(worst)| rank::key(score * rank::MOST) < worst.place.key)
    }

    fn key(&self, doc: DocId, score: Score) -> u64 {
        match self.plan.sort {
            Sort::Relevance => rank::key(score * rank::boost(self.imitations(doc), self.age(doc))),
            Sort::Newest => self.published_at.first(doc).unwrap_or(0),
            Sort::MostImitated => u64::from(self.imitations(doc)),
        }
    }

    /// Days since it was published.
    fn age(&self, doc: DocId) -> i64 {
        const DAY: u64 = 86_400_000_000;
        let published = self.published_at.first(doc).unwrap_or(0) / DAY;
        self.plan.today.saturating_sub(i64::try_from(published).unwrap_or(0))
    }

    fn id(&self, doc: DocId) -> Uuid {
        Uuid::from_u64_pair(self.id.0.first(doc).unwrap_or(0), self.id.1.first(doc).unwrap_or(0))
    }

    /// How many imitations of a document the caller may see.
    fn imitations(&self, doc: DocId) -> u32 {
        let seen = |value: &u64| value & 1 == 1 || self.plan.neighbours.contains(&(value >> 1));
        u32::try_from(self.imitators.values_for_doc(doc).filter(seen).count()).unwrap_or(u32::MAX)
    }
}
