//! The newest hits of criteria, for what follows them.

use super::{
    criteria::Criteria,
    document::{Card, Uptake},
    engine::Engine,
    parse::Question,
    query::{Bookmark, Search, Sort},
    viewer::Viewer,
};
use crate::{
    municipalities::MunicipalityRef,
    platform::{auth::Reader, error::Result, page::Limit, state::State},
};

/// A publication as a feed tells of it.
pub(crate) struct Newest {
    pub(crate) card: Card,
    pub(crate) municipality: MunicipalityRef,
    pub(crate) uptake: Uptake,
}

impl Engine {
    /// The newest hits that the reader sees, behind `after`; and where they go on.
    ///
    /// # Errors
    /// 503 while the index is built.
    pub(crate) fn newest(
        &self,
        criteria: &Criteria,
        (reader, state): (&Reader, &State),
        limit: Limit,
        after: Option<Bookmark>,
    ) -> Result<(Vec<Newest>, Option<Bookmark>)> {
        let directory = state.directory();
        let search = Search {
            question: Question::parse(criteria.q.as_str()),
            filters: criteria.filters(),
            facets: Vec::new(),
            sort: Sort::Newest,
            after,
            limit: limit.get(),
            viewer: Viewer::on_the_day_of(after, reader, state),
        };
        let found = self.search(&search)?;
        let next = found.next(&search.viewer);
        let hits = found.hits.into_iter().map(|(stored, uptake, _)| Newest {
            municipality: MunicipalityRef::of(&directory, stored.municipality),
            card: stored.card,
            uptake,
        });
        Ok((hits.collect(), next))
    }
}
