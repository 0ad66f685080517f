//! Facet values by number, so that counting is adding to an array.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tantivy::columnar::StrColumn;

use super::facet::Facet;

/// Every facet value that an index ever had while this process lives.
#[derive(Clone, Default)]
pub(super) struct FacetValues {
    ids: BTreeMap<String, u32>,
    /// Of each facet, with their numbers, in the order of their names.
    values: BTreeMap<Facet, Vec<(String, usize)>>,
    /// The bit of each value's facet.
    bits: Vec<u8>,
    /// The numbers of the values of closed facets.
    closed: BTreeSet<u32>,
    group_ids: BTreeMap<Vec<u32>, u32>,
    groups: Vec<Arc<[usize]>>,
}

impl FacetValues {
    pub(super) fn len(&self) -> usize {
        self.bits.len()
    }

    pub(super) fn id(&self, facet: Facet, value: &str) -> Option<usize> {
        self.ids.get(&facet.key(value)).and_then(|&id| usize::try_from(id).ok())
    }

    pub(super) fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// The combinations of values of closed facets that there are.
    pub(super) fn groups(&self) -> &[Arc<[usize]>] {
        &self.groups
    }

    /// The values of a combination.
    pub(super) fn group(&self, nth: usize) -> impl Iterator<Item = usize> {
        self.groups.get(nth).into_iter().flat_map(|group| group.iter().copied())
    }

    /// Takes those of closed facets out of a document's values, and gives the number of their combination.
    pub(super) fn take_group(&mut self, values: &mut Vec<u32>) -> u32 {
        let mut group: Vec<u32> = values.extract_if(.., |value| self.closed.contains(value)).collect();
        group.sort_unstable();
        if let Some(&id) = self.group_ids.get(&group) {
            return id;
        }
        let id = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups.push(group.iter().filter_map(|&value| usize::try_from(value).ok()).collect());
        self.group_ids.insert(group, id);
        id
    }

    /// The values of a facet with their numbers, in the order of their names.
    pub(super) fn of(&self, facet: Facet) -> impl Iterator<Item = (usize, &str)> {
        self.values.get(&facet).into_iter().flatten().map(|(value, id)| (*id, value.as_str()))
    }

    /// The numbers of a segment's values, in the order of the segment's own numbers.
    pub(super) fn of_segment(&mut self, column: &StrColumn) -> tantivy::Result<Vec<u32>> {
        let mut numbers = Vec::with_capacity(column.num_terms());
        let mut keys = column.dictionary().stream()?;
        while keys.advance() {
            numbers.push(self.intern(&String::from_utf8_lossy(keys.key())));
        }
        Ok(numbers)
    }

    fn intern(&mut self, key: &str) -> u32 {
        if let Some(&id) = self.ids.get(key) {
            return id;
        }
        let (facet, value) = key.split_once(':').unwrap_or((key, ""));
        // Every key was written by `Facet::key`, so none falls to this default.
        let facet: Facet = facet.parse().unwrap_or(Facet::Tag);
        let id = u32::try_from(self.bits.len()).unwrap_or(u32::MAX);
        self.ids.insert(key.to_owned(), id);
        let values = self.values.entry(facet).or_default();
        let at = values.partition_point(|(known, _)| known.as_str() < value);
        values.insert(at, (value.to_owned(), self.bits.len()));
        self.bits.push(facet.bit());
        if facet.is_closed() {
            self.closed.insert(id);
        }
        id
    }
}
