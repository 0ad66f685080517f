//! From clauses to a query of the index.

use tantivy::{
    Term,
    query::{
        BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, PhraseQuery, Query, TermQuery,
    },
    schema::{Field, IndexRecordOption},
};

use super::{
    expand::{Alternative, Clause, Pattern},
    fields::Fields,
    language::{english, forms},
    members::Member,
};

/// Where a word stands says how much a publication is about it.
const TITLE: f32 = 4.0;
const KEYWORDS: f32 = 3.0;
const SUMMARY: f32 = 2.0;
const BODY: f32 = 1.0;

type Clauses = Vec<(Occur, Box<dyn Query>)>;

/// What one part of a compound counts against all of them.
const LOOSE: f32 = 0.4;

/// A clause: whichever of its alternatives counts most. When it is loose, a part of a compound may stand for the whole.
pub(super) fn clause_query(fields: &Fields, clause: &Clause, loose: bool) -> Box<dyn Query> {
    let weighted = |Alternative { pattern, weight, .. }: &Alternative| {
        if loose && let Pattern::Together(terms) = pattern {
            return boosted(some(terms.iter().map(|term| word_or_part(fields, term))), weight * LOOSE);
        }
        boosted(self::pattern(fields, pattern), *weight)
    };
    let any: Box<dyn Query> =
        Box::new(DisjunctionMaxQuery::new(clause.alternatives.iter().map(weighted).collect()));
    let Some(member) = clause.member else { return any };
    let stands =
        clause.alternatives.iter().map(|alternative| in_member(fields, member, &alternative.pattern));
    all([any, silently(some(stands))])
}

/// What must not be in a hit: words, in any of their forms.
pub(super) fn excluded(fields: &Fields, words: &[String]) -> Box<dyn Query> {
    let norwegian: Vec<String> = words.iter().map(|word| forms(word).term.clone()).collect();
    let english: Vec<String> = words.iter().map(|word| english(word)).collect();
    some([norwegian, english].map(|terms| phrase(fields, &terms)))
}

/// Holds every document that a query finds, without counting for anything.
pub(super) fn silently(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

pub(super) fn some(queries: impl IntoIterator<Item = Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(queries.into_iter().map(|query| (Occur::Should, query)).collect::<Clauses>()))
}

fn all(queries: impl IntoIterator<Item = Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(queries.into_iter().map(|query| (Occur::Must, query)).collect::<Clauses>()))
}

fn boosted(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

fn pattern(fields: &Fields, pattern: &Pattern) -> Box<dyn Query> {
    match pattern {
        Pattern::Word(term) => word(fields, term),
        Pattern::Part(term) => part(fields, term),
        Pattern::Folded(term) => exactly(fields.folded, term),
        Pattern::Phrase(terms) => phrase(fields, terms),
        Pattern::Together(terms) => all(terms.iter().map(|term| word_or_part(fields, term))),
    }
}

fn zones(fields: &Fields) -> [(Field, f32); 4] {
    [(fields.title, TITLE), (fields.keywords, KEYWORDS), (fields.summary, SUMMARY), (fields.body, BODY)]
}

fn word(fields: &Fields, term: &str) -> Box<dyn Query> {
    some(zones(fields).map(|(field, weight)| boosted(counted(field, term), weight)))
}

fn part(fields: &Fields, term: &str) -> Box<dyn Query> {
    let [head, body] = fields.parts();
    some([boosted(counted(head, term), KEYWORDS), boosted(counted(body, term), BODY)])
}

/// A term as a word or as a part of one.
fn word_or_part(fields: &Fields, term: &str) -> Box<dyn Query> {
    some([word(fields, term), part(fields, term)])
}

/// Words that follow each other; a single one is a word.
fn phrase(fields: &Fields, terms: &[String]) -> Box<dyn Query> {
    if let [term] = terms {
        return word(fields, term);
    }
    some(zones(fields).map(|(field, weight)| {
        let terms = terms.iter().map(|term| Term::from_field_text(field, term)).collect();
        boosted(Box::new(PhraseQuery::new(terms)), weight)
    }))
}

/// A pattern's terms in a member.
fn in_member(fields: &Fields, member: Member, pattern: &Pattern) -> Box<dyn Query> {
    let stands = |term: &String| exactly(fields.member, &member.mark(term));
    match pattern {
        Pattern::Word(term) | Pattern::Part(term) | Pattern::Folded(term) => stands(term),
        Pattern::Phrase(terms) | Pattern::Together(terms) => all(terms.iter().map(stands)),
    }
}

fn counted(field: Field, term: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs))
}

pub(super) fn exactly(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
}
