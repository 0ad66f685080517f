//! One pass over the matching documents: filters, counts, and the best of them.
//!
//! A facet's counts ignore that facet's own filter, so that a reader sees what choosing another value would give.
//! A document that passes all filters counts everywhere; one that fails a single facet counts for that facet only.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use tantivy::{DocAddress, DocId, Score};

use super::{
    document::Uptake,
    facts::Facts,
    numbering::FacetValues,
    query::{Place, Sort},
    rank,
    viewer::Viewer,
};

/// What to collect.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) viewer: Viewer,
    /// The bit of the facet that a value is selected for; 0 for the others.
    pub(super) selected: Vec<u8>,
    /// The bits of all facets with a filter.
    pub(super) required: u8,
    /// Whether anything is to be counted.
    pub(super) count: bool,
    pub(super) sort: Sort,
    pub(super) after: Option<Place>,
    /// How many hits to keep.
    pub(super) keep: usize,
}

/// What was collected.
#[derive(Default)]
pub(super) struct Gathered {
    /// Best first.
    pub(super) hits: Vec<Found>,
    /// How many there are.
    pub(super) total: usize,
    /// How many there are without the filters.
    pub(super) unfiltered: usize,
    /// By the number of the facet value.
    pub(super) counts: Vec<u32>,
}

/// A hit before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) address: DocAddress,
    pub(super) uptake: Uptake,
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

/// A collection at work.
pub(super) struct Gather<'p> {
    plan: &'p Plan,
    values: &'p FacetValues,
    best: BinaryHeap<Reverse<Found>>,
    gathered: Gathered,
    /// How many there are of each combination of values of closed facets.
    groups: Vec<u32>,
}

impl<'p> Gather<'p> {
    pub(super) fn new(plan: &'p Plan, values: &'p FacetValues) -> Self {
        let zeros = |many| vec![0; if plan.count { many } else { 0 }];
        let gathered = Gathered { counts: zeros(values.len()), ..Gathered::default() };
        Self { plan, values, best: BinaryHeap::new(), gathered, groups: zeros(values.groups().len()) }
    }

    /// Takes a document that answers; what the viewer does not see leaves no trace.
    pub(super) fn take(&mut self, facts: &Facts, address: DocAddress, score: Score) {
        if !self.plan.viewer.sees(facts.readers(address.doc_id)) {
            return;
        }
        self.gathered.unfiltered += 1;
        if self.plan.count || self.plan.required != 0 {
            let missing = self.missing(facts, address.doc_id);
            match missing.count_ones() {
                0 => self.count(facts, address.doc_id),
                1 => return self.count_for(missing, facts, address.doc_id),
                _ => return,
            }
        }
        self.gathered.total += 1;
        self.offer(facts, address, score);
    }

    pub(super) fn finish(mut self) -> Gathered {
        for (group, &many) in self.values.groups().iter().zip(&self.groups).filter(|(_, many)| **many > 0) {
            group.iter().for_each(|&value| add(&mut self.gathered.counts, value, many));
        }
        let hits = self.best.into_sorted_vec().into_iter().map(|Reverse(found)| found).collect();
        Gathered { hits, ..self.gathered }
    }

    /// The bits of the filters that a document does not pass.
    fn missing(&self, facts: &Facts, doc: DocId) -> u8 {
        let mut missing = self.plan.required;
        if missing != 0 {
            let mut pass = |value| missing &= !self.plan.selected.get(value).copied().unwrap_or(0);
            self.values.group(facts.group(doc)).for_each(&mut pass);
            facts.values(doc).each(pass);
        }
        missing
    }

    /// Counts all values of a document.
    fn count(&mut self, facts: &Facts, doc: DocId) {
        add(&mut self.groups, facts.group(doc), 1);
        facts.values(doc).each(|value| add(&mut self.gathered.counts, value, 1));
    }

    /// Counts its values of one facet.
    fn count_for(&mut self, facet: u8, facts: &Facts, doc: DocId) {
        let Self { values, gathered, .. } = self;
        let mut count = |value| {
            if values.bits().get(value) == Some(&facet) {
                add(&mut gathered.counts, value, 1);
            }
        };
        values.group(facts.group(doc)).for_each(&mut count);
        facts.values(doc).each(count);
    }

    /// Keeps a document if it is among the best behind the page before.
    fn offer(&mut self, facts: &Facts, address: DocAddress, score: Score) {
        let full = self.best.len() >= self.plan.keep;
        let worst = self.best.peek().filter(|_| full).map(|Reverse(worst)| worst.place.key);
        // Whether no boost can bring it among the best: most are sorted out by this, without reading more of them.
        let by_score = self.plan.sort == Sort::Relevance;
        if by_score && worst.is_some_and(|worst| rank::key(score * rank::MOST) < worst) {
            return;
        }
        let key = self.key(facts, address, score);
        if worst.is_some_and(|worst| key < worst) {
            return;
        }
        let place = Place { key, id: facts.id(address.doc_id) };
        if self.plan.after.as_ref().is_some_and(|after| !place.is_after(after)) {
            return;
        }
        let uptake = facts.uptake(address.doc_id, &self.plan.viewer);
        self.best.push(Reverse(Found { place, address, uptake }));
        if full {
            self.best.pop();
        }
    }

    fn key(&self, facts: &Facts, address: DocAddress, score: Score) -> u64 {
        const DAY: u64 = 86_400_000_000;
        let published_at = facts.published_at(address.doc_id);
        let uptake = || facts.uptake(address.doc_id, &self.plan.viewer);
        match self.plan.sort {
            Sort::Relevance => {
                let age = self.plan.viewer.today() - i64::try_from(published_at / DAY).unwrap_or(0);
                rank::key(score * rank::boost(uptake(), age))
            }
            Sort::Newest => published_at,
            Sort::MostImitated => u64::from(uptake().imitations),
            Sort::MostAdopted => u64::from(uptake().users),
        }
    }
}

/// Nothing where nothing is counted.
fn add(counts: &mut [u32], at: usize, many: u32) {
    if let Some(count) = counts.get_mut(at) {
        *count += many;
    }
}
