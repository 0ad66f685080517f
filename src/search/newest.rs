//! The newest hits of criteria, for what follows them.

use super::{
    criteria::Criteria,
    engine::Engine,
    hit::{Hit, hit},
    matcher::Matcher,
    parse::Question,
    query::{Bookmark, Search, Sort},
    viewer::Viewer,
};
use crate::platform::{auth::Reader, error::Result, page::Limit, state::State};

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
    ) -> Result<(Vec<Hit>, Option<Bookmark>)> {
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
        let matcher = Matcher::new(&found.clauses);
        let hits = found
            .hits
            .into_iter()
            .map(|(stored, imitations, _)| hit(&directory, &found.clauses, &matcher, stored, imitations));
        Ok((hits.collect(), next))
    }
}
