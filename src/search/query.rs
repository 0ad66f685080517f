//! A search, and the index query that it becomes.

use std::collections::BTreeSet;

use tantivy::{
    Term,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, TermQuery},
    schema::{Field, IndexRecordOption},
};

use super::{
    facet::Facet,
    fields::{EVERYBODY, Fields},
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
    /// Terms of the query, all of which must be in a hit; none finds everything.
    pub terms: Vec<String>,
    /// Values by facet: one of them must be in a hit, for every facet that has any.
    pub filters: Vec<(Facet, Vec<String>)>,
    pub facets: Vec<Facet>,
    pub sort: Sort,
    /// The place of the last hit of the page before.
    pub after: Option<Place>,
    pub limit: usize,
    /// Whose regional publications the caller may see; none for the anonymous.
    pub neighbours: BTreeSet<MunicipalityId>,
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
    pub(super) fn query(&self, fields: &Fields) -> BooleanQuery {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> =
            vec![(Occur::Must, visible(fields, &self.neighbours))];
        clauses.extend(self.terms.iter().map(|term| (Occur::Must, word(fields, term))));
        BooleanQuery::new(clauses)
    }
}

/// The one place that decides what a caller finds: what everybody may see, and what is for its region.
fn visible(fields: &Fields, neighbours: &BTreeSet<MunicipalityId>) -> Box<dyn Query> {
    let everybody = std::iter::once(EVERYBODY.to_owned());
    let readers = everybody.chain(neighbours.iter().map(ToString::to_string));
    let clauses = readers.map(|reader| (Occur::Should, exactly(fields.readers, &reader))).collect();
    Box::new(ConstScoreQuery::new(Box::new(BooleanQuery::new(clauses)), 0.0))
}

/// A term in any of the fields; where it stands says how much the document is about it.
fn word(fields: &Fields, term: &str) -> Box<dyn Query> {
    let weights = [(fields.title, 4.0), (fields.keywords, 3.0), (fields.summary, 2.0), (fields.body, 1.0)];
    let clauses = weights.map(|(field, weight)| {
        let term = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
        let weighted: Box<dyn Query> = Box::new(BoostQuery::new(Box::new(term), weight));
        (Occur::Should, weighted)
    });
    Box::new(BooleanQuery::new(clauses.into()))
}

fn exactly(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
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
