//! A search, and the index query that it becomes.

use super::{
    ask::Ask,
    clause::{Clause, Reach},
    facet::Facet,
    matching::{excluded, needs},
    parse::Question,
    viewer::Viewer,
};
use crate::platform::closed::closed;

/// With fewer hits than this, a search reaches farther from its words.
const ENOUGH: usize = 20;
/// And with fewer than this, hits need not have every word.
const FEW: usize = 3;

closed! {
    /// The order of hits.
    #[derive(Default)]
    pub enum Sort {
        /// Best first.
        #[default]
        Relevance = "relevance",
        /// Last published first.
        Newest = "newest",
        /// Most imitated first, by the imitations that you may see.
        MostImitated = "most_imitated",
        /// In use in most other municipalities first, as far as you may see.
        MostAdopted = "most_adopted",
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
    pub viewer: Viewer,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Bookmark {
    pub(super) place: Place,
    /// What a hit needed there: all pages of a list need the same.
    pub(super) demand: Demand,
    /// What newness was measured from there.
    pub(super) today: i64,
}

/// How much of a query a hit must have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Demand {
    /// How many of the clauses that were not demanded outright.
    pub clauses: usize,
    pub reach: Reach,
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
    /// Publications with every demanded clause and enough of the others.
    pub(super) fn ask(&self, clauses: &[Clause], demand: Demand) -> Ask {
        let mut ask = Ask { at_least: demand.clauses, ..Ask::default() };
        for clause in clauses {
            let among = if clause.demanded { &mut ask.musts } else { &mut ask.options };
            among.extend(needs(clause, demand.reach));
        }
        ask.excluded = self.question.excluded.iter().flat_map(|words| excluded(words)).collect();
        ask
    }

    /// What a hit should have, each with the number of hits that makes it needless to ask for so little: all clauses, as
    /// closely as there are enough; most of them when few have all; one when few have most. A list in another order than
    /// by relevance shows what has them all.
    pub(super) fn demands(&self, clauses: &[Clause]) -> Vec<(usize, Demand)> {
        if let Some(bookmark) = self.after {
            return vec![(usize::MAX, bookmark.demand)];
        }
        let wanted = clauses.iter().filter(|clause| !clause.demanded).count();
        let demand = |clauses, reach| Demand { clauses, reach };
        let reaches = |reach| clauses.iter().any(|clause| clause.reaches(reach));
        let mut demands =
            vec![(usize::MAX, demand(wanted, Reach::Close)), (ENOUGH, demand(wanted, Reach::Wide))];
        if self.sort == Sort::Relevance {
            demands.push((FEW, demand((wanted * 3).div_ceil(5), Reach::Wide)));
            demands.push((FEW, demand(wanted.min(1), Reach::Loose)));
        }
        let finds_more = |(_, demand): &(usize, Demand)| {
            demand.clauses < wanted || demand.reach == Reach::Close || reaches(demand.reach)
        };
        demands.retain(finds_more);
        demands.dedup_by_key(|(_, demand)| *demand);
        demands
    }
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
