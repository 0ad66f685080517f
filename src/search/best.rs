//! The best hits of a question that is no search: without filters, counts and pages.

use super::{
    ask::Ask,
    collect::Plan,
    dictionary::Dictionary,
    document::{Stored, Uptake},
    engine::Engine,
    viewer::Viewer,
};
use crate::platform::error::Result;

/// A hit with all that the index stores of it.
pub(super) struct Best {
    pub(super) stored: Stored,
    /// What others made of it, as far as the viewer sees.
    pub(super) uptake: Uptake,
    pub(super) score: f32,
}

impl Engine {
    /// The best `keep` hits of a question, best first, ranked as search does, so that both agree on what is best.
    pub(super) fn best(
        &self,
        viewer: &Viewer,
        keep: usize,
        ask: impl FnOnce(&Dictionary<'_>) -> tantivy::Result<Option<Ask>>,
    ) -> Result<Vec<Best>> {
        let snapshot = self.snapshot()?;
        let Some(ask) = ask(&snapshot.dictionary(viewer))? else { return Ok(Vec::new()) };
        let gathered = snapshot.gather(&ask, &Plan { viewer: viewer.clone(), keep, ..Plan::default() })?;
        let read = gathered.hits.iter().map(|found| {
            let (stored, uptake, place) = snapshot.read(found)?;
            // The key of a place by relevance is the bits of its score.
            let score = f32::from_bits(u32::try_from(place.key).unwrap_or(0));
            Ok(Best { stored, uptake, score })
        });
        read.collect()
    }
}
