//! What is read of every document that answers: who finds it, what it is counted by, how it is sorted.
//!
//! A segment of the index never changes, so the part that is read of each document is kept in memory, in arrays: a
//! facet count is an addition, and not a look into a compressed column. Values of closed facets are counted together, by
//! their combination: there are some thousands of these, however many publications. About 40 bytes a publication: a
//! search among a million waits for these more than it computes.

use tantivy::{DocId, SegmentReader, columnar::Column};
use uuid::Uuid;

use super::{
    document::Uptake,
    facet,
    fields::{ID_HIGH, ID_LOW, IMITATORS, PUBLISHED_AT, READERS, USERS},
    numbering::FacetValues,
    viewer::Viewer,
};

/// Numbers of facet values: short ones, unless the index has more values than those can tell apart.
enum Numbers {
    Short(Vec<u16>),
    Long(Vec<u32>),
}

/// The numbers of those of a document's facet values that are not in its group.
#[derive(Clone, Copy)]
pub(super) enum Values<'f> {
    Short(&'f [u16]),
    Long(&'f [u32]),
}

impl Values<'_> {
    pub(super) fn each(self, mut take: impl FnMut(usize)) {
        match self {
            Self::Short(values) => values.iter().for_each(|&value| take(usize::from(value))),
            Self::Long(values) => {
                values.iter().filter_map(|&value| usize::try_from(value).ok()).for_each(take);
            }
        }
    }
}

/// The facts of one segment.
pub(super) struct Facts {
    /// See [`super::document::readers`].
    readers: Vec<u32>,
    /// The number of each document's combination of values of closed facets.
    groups: Vec<u32>,
    /// Where each document's other values begin in `values`, and where the last one's end.
    starts: Vec<u32>,
    values: Numbers,
    published_at: Column<u64>,
    imitators: Column<u64>,
    users: Column<u64>,
    id: (Column<u64>, Column<u64>),
}

impl Facts {
    /// Reads a segment; its facet values get numbers.
    pub(super) fn read(segment: &SegmentReader, numbers: &mut FacetValues) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let readers = columns.u64(READERS)?;
        let readers = (0..segment.max_doc()).map(|doc| readers.first(doc).unwrap_or(u64::MAX));
        let mut facts = Self {
            readers: readers.map(|reader| u32::try_from(reader).unwrap_or(u32::MAX)).collect(),
            groups: Vec::new(),
            starts: vec![0],
            values: Numbers::Long(Vec::new()),
            published_at: columns.u64(PUBLISHED_AT)?,
            imitators: columns.u64(IMITATORS)?,
            users: columns.u64(USERS)?,
            id: (columns.u64(ID_HIGH)?, columns.u64(ID_LOW)?),
        };
        let Some(column) = columns.str(facet::COLUMN)? else { return Ok(facts) };
        let (by_ordinal, mut values, mut own) = (numbers.of_segment(&column)?, Vec::new(), Vec::new());
        for doc in 0..segment.max_doc() {
            let ordinals = column.ords().values_for_doc(doc).filter_map(|at| usize::try_from(at).ok());
            own.extend(ordinals.filter_map(|ordinal| by_ordinal.get(ordinal).copied()));
            facts.groups.push(numbers.take_group(&mut own));
            values.append(&mut own);
            facts.starts.push(u32::try_from(values.len()).unwrap_or(u32::MAX));
        }
        let short = values.iter().map(|&value| u16::try_from(value)).collect::<Result<Vec<_>, _>>();
        facts.values = short.map_or(Numbers::Long(values), Numbers::Short);
        Ok(facts)
    }

    /// The number of whose neighbours find a document.
    pub(super) fn readers(&self, doc: DocId) -> u32 {
        usize::try_from(doc).ok().and_then(|doc| self.readers.get(doc)).copied().unwrap_or(u32::MAX)
    }

    /// The number of the combination of a document's values of closed facets.
    pub(super) fn group(&self, doc: DocId) -> usize {
        let group = usize::try_from(doc).ok().and_then(|doc| self.groups.get(doc)).copied();
        group.and_then(|group| usize::try_from(group).ok()).unwrap_or(usize::MAX)
    }

    /// The numbers of a document's other values.
    pub(super) fn values(&self, doc: DocId) -> Values<'_> {
        let at = |doc: DocId| {
            let start = usize::try_from(doc).ok().and_then(|doc| self.starts.get(doc));
            start.and_then(|&start| usize::try_from(start).ok()).unwrap_or_default()
        };
        let between = at(doc)..at(doc + 1);
        match &self.values {
            Numbers::Short(values) => Values::Short(values.get(between).unwrap_or_default()),
            Numbers::Long(values) => Values::Long(values.get(between).unwrap_or_default()),
        }
    }

    /// In microseconds since 1970.
    pub(super) fn published_at(&self, doc: DocId) -> u64 {
        self.published_at.first(doc).unwrap_or(0)
    }

    /// What others made of it, as far as somebody sees it.
    pub(super) fn uptake(&self, doc: DocId, viewer: &Viewer) -> Uptake {
        let seen = |takers: &Column<u64>| {
            let seen = takers.values_for_doc(doc).filter(|taker| viewer.sees_taker(*taker)).count();
            u32::try_from(seen).unwrap_or(u32::MAX)
        };
        Uptake { imitations: seen(&self.imitators), users: seen(&self.users) }
    }

    pub(super) fn id(&self, doc: DocId) -> Uuid {
        Uuid::from_u64_pair(self.id.0.first(doc).unwrap_or(0), self.id.1.first(doc).unwrap_or(0))
    }
}
