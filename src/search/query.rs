//! A search, and the index query that it becomes.

use std::collections::BTreeSet;

use tantivy::query::{BooleanQuery, Occur, Query};

use super::{
    clause::Clause,
    facet::Facet,
    fields::{EVERYBODY, Fields},
    matching::{clause_query, exactly, excluded, silently, some},
    parse::Question,
};
use crate::platform::{closed::closed, id::MunicipalityId};

closed! {
    /// The order of hits.
    pub enum Sort {
        /// Best first.
        Relevance = "relevance",
        /// Last published first.
        Newest = "newest",
        /// Most imitated first, by the imitations that you may see.
        MostImitated = "most_imitated",
    }
}

/// What is searched for, by whom.
#[derive(Debug)]
pub(super) struct Search {
    pub question: Question,
    /// Values by facet: one of them must be in a hit, for every facet that has any.
    pub filters: Vec<(Facet, Vec<String>)>,
    pub facets: Vec<Facet>,
    pub sort: Sort,
    /// The last hit of the page before.
    pub after: Option<Bookmark>,
    pub limit: usize,
    /// Whose regional publications the caller may see; none for the anonymous.
    pub neighbours: BTreeSet<MunicipalityId>,
    /// What newness is measured from, in days since 1970: the same for all pages of a day.
    pub today: i64,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Bookmark {
    pub place: Place,
    /// What a hit needed there: all pages of a list need the same.
    pub demand: Demand,
}

/// How much of a query a hit must have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Demand {
    /// How many of the clauses that were not demanded outright.
    pub clauses: usize,
    /// Whether a part of a compound may stand for the whole.
    pub loose: bool,
}

/// The place of a hit in its list: its sort key, and its id where keys are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Place {
    pub key: u64,
    pub id: uuid::Uuid,
}

impl Place {
    /// Whether this comes after `other`: a smaller key, or the same and a greater id.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        (other.key, self.id) > (self.key, other.id)
    }
}

impl Search {
    /// Publications that the caller may see, with every demanded clause and enough of the others.
    pub(super) fn query(&self, fields: &Fields, clauses: &[Clause], demand: Demand) -> BooleanQuery {
        let clause = |clause| clause_query(fields, clause, demand.loose);
        let mut all: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, visible(fields, &self.neighbours))];
        let (demanded, wanted): (Vec<_>, Vec<_>) = clauses.iter().partition(|clause| clause.demanded);
        all.extend(demanded.into_iter().map(|demanded| (Occur::Must, clause(demanded))));
        if !wanted.is_empty() {
            let wanted = wanted.into_iter().map(|wanted| (Occur::Should, clause(wanted))).collect();
            let enough = BooleanQuery::with_minimum_required_clauses(wanted, demand.clauses);
            all.push((Occur::Must, Box::new(enough)));
        }
        all.extend(self.question.excluded.iter().map(|words| (Occur::MustNot, excluded(fields, words))));
        BooleanQuery::new(all)
    }

    /// What a hit should have: all clauses; when few hits have, most; when few have, one. A list in another order
    /// than by relevance shows what has them all.
    pub(super) fn demands(&self, clauses: &[Clause]) -> Vec<Demand> {
        let wanted = clauses.iter().filter(|clause| !clause.demanded).count();
        let all = Demand { clauses: wanted, loose: false };
        match self.after {
            Some(bookmark) => vec![bookmark.demand],
            None if self.sort != Sort::Relevance => vec![all],
            None => {
                let most = Demand { clauses: (wanted * 3).div_ceil(5), loose: false };
                let mut demands = vec![all, most, Demand { clauses: wanted.min(1), loose: true }];
                demands.dedup();
                demands
            }
        }
    }
}

/// The one place that decides what a caller finds: what everybody may see, and what is for its region.
pub(super) fn visible(fields: &Fields, neighbours: &BTreeSet<MunicipalityId>) -> Box<dyn Query> {
    let everybody = std::iter::once(EVERYBODY.to_owned());
    let readers = everybody.chain(neighbours.iter().map(ToString::to_string));
    silently(some(readers.map(|reader| exactly(fields.readers, &reader))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::Place;

    fn place() -> impl Strategy<Value = Place> {
        (0u64..3, 0u128..3).prop_map(|(key, id)| Place { key, id: Uuid::from_u128(id) })
    }

    proptest! {
        #[test]
        fn of_two_different_places_exactly_one_comes_after_the_other(a in place(), b in place()) {
            prop_assert_eq!(a.is_after(&b) || b.is_after(&a), a != b);
            prop_assert!(!(a.is_after(&b) && b.is_after(&a)));
        }

        #[test]
        fn after_is_transitive(a in place(), b in place(), c in place()) {
            prop_assert!(a.is_after(&c) || !(a.is_after(&b) && b.is_after(&c)));
        }
    }
}
