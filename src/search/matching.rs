//! From clauses to a query of the index.

use tantivy::{
    Term,
    query::{
        BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, PhraseQuery, Query, TermQuery,
    },
    schema::{Field, IndexRecordOption},
};

use super::{
    clause::{Alternative, Clause, Pattern},
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

/// What the other places where a word stands add to the one that counts most.
const ELSEWHERE: f32 = 0.2;

/// A clause: whichever of its alternatives counts most, and a little for the others. When it is loose, a part of a
/// compound may stand for the whole.
pub(super) fn clause_query(fields: &Fields, clause: &Clause, loose: bool) -> Box<dyn Query> {
    // The word itself counts wherever it stands. The terms of all others stand side by side: Tantivy walks a union of
    // terms much faster than a union of unions.
    let mut itself: Vec<Box<dyn Query>> = Vec::new();
    let mut ways: Vec<Box<dyn Query>> = Vec::new();
    for Alternative { pattern, weight, .. } in &clause.alternatives {
        match pattern {
            Pattern::Word(term) if itself.is_empty() => itself.extend(word(fields, term, *weight)),
            Pattern::Word(term) => ways.extend(word(fields, term, *weight)),
            Pattern::Part(term) => ways.extend(part(fields, term, *weight)),
            Pattern::Folded(term) => ways.push(boosted(exactly(fields.folded, term), *weight)),
            Pattern::Phrase(terms) => ways.push(boosted(phrase(fields, terms), *weight)),
            Pattern::Together(terms) if loose => {
                ways.extend(terms.iter().flat_map(|term| word_or_part(fields, term, weight * LOOSE)));
            }
            Pattern::Together(terms) => {
                let each =
                    |term: &String| -> Box<dyn Query> { best(word_or_part(fields, term, *weight).collect()) };
                ways.push(all(terms.iter().map(each)));
            }
        }
    }
    if !itself.is_empty() {
        ways = vec![some(itself), best(ways)];
    }
    let any = best(ways);
    let Some(member) = clause.member else { return any };
    let stands =
        clause.alternatives.iter().map(|alternative| in_member(fields, member, &alternative.pattern));
    all([any, silently(some(stands))])
}

fn best(ways: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, ELSEWHERE))
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

fn zones(fields: &Fields) -> [(Field, f32); 4] {
    [(fields.title, TITLE), (fields.keywords, KEYWORDS), (fields.summary, SUMMARY), (fields.body, BODY)]
}

fn word(fields: &Fields, term: &str, weight: f32) -> impl Iterator<Item = Box<dyn Query>> {
    zones(fields).into_iter().map(move |(field, zone)| boosted(counted(field, term), zone * weight))
}

fn part(fields: &Fields, term: &str, weight: f32) -> impl Iterator<Item = Box<dyn Query>> {
    let [head, body] = fields.parts();
    [(head, KEYWORDS), (body, BODY)]
        .into_iter()
        .map(move |(field, zone)| boosted(counted(field, term), zone * weight))
}

/// A term as a word or as a part of one.
fn word_or_part(fields: &Fields, term: &str, weight: f32) -> impl Iterator<Item = Box<dyn Query>> {
    word(fields, term, weight).chain(part(fields, term, weight))
}

/// Words that follow each other; a single one is a word.
fn phrase(fields: &Fields, terms: &[String]) -> Box<dyn Query> {
    if let [term] = terms {
        return some(word(fields, term, 1.0));
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
