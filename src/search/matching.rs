//! From clauses to what the index is asked.

use super::{
    ask::{Need, Source, What},
    clause::{Alternative, Clause, Pattern, Reach},
    language::{english_term, term},
    members::Member,
    tokens::folded,
};

/// What one part of a compound counts against all of them.
const LOOSE: f32 = 0.4;

/// What answers a clause: any of the alternatives that are within reach; and where it must stand.
pub(super) fn needs(clause: &Clause, reach: Reach) -> impl Iterator<Item = Need> {
    let within = || clause.alternatives.iter().filter(move |way| way.reach <= reach);
    let any = within().flat_map(|way| sources(way, reach)).collect();
    let there =
        clause.member.map(|member| within().flat_map(|way| there(member, &way.pattern, reach)).collect());
    std::iter::once(any).chain(there)
}

fn sources(Alternative { pattern, weight, .. }: &Alternative, reach: Reach) -> Vec<Source> {
    let one = |what| vec![Source { what, weight: *weight }];
    match pattern {
        Pattern::Word(term) => one(What::Term(term.clone())),
        Pattern::Folded(spelling) => one(What::Term(folded(spelling))),
        Pattern::Phrase(terms) => one(What::Phrase(terms.clone())),
        Pattern::Together(terms) if reach == Reach::Loose => {
            let part = |term: &String| Source { what: What::Term(term.clone()), weight: weight * LOOSE };
            terms.iter().map(part).collect()
        }
        Pattern::Together(terms) => one(What::Together(terms.clone())),
    }
}

/// A pattern's terms in a member.
fn there(member: Member, pattern: &Pattern, reach: Reach) -> Vec<Source> {
    let all = |terms| Source { what: What::In(member, terms), weight: 0.0 };
    match pattern {
        Pattern::Word(term) => vec![all(vec![term.clone()])],
        Pattern::Folded(spelling) => vec![all(vec![folded(spelling)])],
        Pattern::Together(terms) if reach == Reach::Loose => {
            terms.iter().map(|term| all(vec![term.clone()])).collect()
        }
        Pattern::Phrase(terms) | Pattern::Together(terms) => vec![all(terms.clone())],
    }
}

/// What must not be in a hit: words, in any of their forms.
pub(super) fn excluded(words: &[String]) -> [Source; 2] {
    let norwegian = words.iter().map(|word| term(word)).collect();
    let english = words.iter().map(|word| english_term(word)).collect();
    [norwegian, english].map(|terms| Source { what: What::Phrase(terms), weight: 0.0 })
}
