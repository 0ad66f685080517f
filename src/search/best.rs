//! The best hits of a question that is no search: without filters, counts and pages.

use std::{collections::BTreeSet, sync::Arc};

use tantivy::query::{BooleanQuery, Occur, Query};

use super::{
    collect::{Gather, Plan},
    dictionary::Dictionary,
    document::Stored,
    engine::Engine,
    query::{Sort, visible},
};
use crate::platform::{auth::Reader, error::Result, id::MunicipalityId, state::State};

/// For whom the index is asked, and on which day.
pub(super) struct Viewer {
    neighbours: BTreeSet<MunicipalityId>,
    today: i64,
}

/// A hit with all that the index stores of it.
pub(super) struct Best {
    pub(super) stored: Stored,
    /// Imitations that the viewer may see.
    pub(super) imitations: u32,
    pub(super) score: f32,
}

impl Viewer {
    pub(super) fn new(reader: &Reader, state: &State) -> Self {
        let neighbours = reader.municipality().map(|id| state.directory().neighbours(id));
        let today = state.clock.now().timestamp().div_euclid(86_400);
        Self { neighbours: neighbours.unwrap_or_default(), today }
    }

    /// Ranks as search does, so that both agree on what is best.
    fn gather(&self, keep: usize) -> Gather {
        let plan = Plan {
            selected: Vec::new(),
            facet_of: Vec::new(),
            required: 0,
            count: false,
            sort: Sort::Relevance,
            after: None,
            today: self.today,
            keep,
            neighbours: self.neighbours.iter().map(|id| id.number()).collect(),
        };
        Gather { plan: Arc::new(plan), numbers: Vec::new() }
    }
}

impl Engine {
    /// The best `keep` hits of a query, best first, of those that the viewer may see: no query is run without that.
    pub(super) fn best(
        &self,
        viewer: &Viewer,
        keep: usize,
        query: impl FnOnce(&Dictionary<'_>) -> tantivy::Result<Option<Box<dyn Query>>>,
    ) -> Result<Vec<Best>> {
        let snapshot = self.snapshot()?;
        let dictionary = snapshot.dictionary();
        let Some(query) = query(&dictionary)? else { return Ok(Vec::new()) };
        let visible = visible(dictionary.fields, &viewer.neighbours);
        let query = BooleanQuery::new(vec![(Occur::Must, visible), (Occur::Must, query)]);
        let gathered = dictionary.searcher.search(&query, &viewer.gather(keep))?;
        let read = gathered.hits.iter().map(|found| {
            let (stored, imitations, place) = snapshot.read(found)?;
            // The key of a place by relevance is the bits of its score.
            let score = f32::from_bits(u32::try_from(place.key).unwrap_or(0));
            Ok(Best { stored, imitations, score })
        });
        read.collect()
    }
}
