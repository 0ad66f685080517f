//! A question to the index with its terms looked up: which of them there are, where, and what they count.

use std::sync::Arc;

use tantivy::{
    Term,
    postings::TermInfo,
    query::{EnableScoring, PhraseQuery, Query, Scorer, Weight},
    schema::Field,
};

use super::{
    ask::{Ask, Need, Source, What},
    engine::Snapshot,
    postings::Postings,
    rank::{Lengths, rarity},
};

/// A question that can be put to every segment.
pub(super) struct Lookup {
    pub(super) musts: Vec<Vec<Found>>,
    pub(super) options: Vec<Vec<Found>>,
    pub(super) at_least: usize,
    pub(super) excluded: Vec<Found>,
}

/// A source that some document may have.
pub(super) struct Found {
    /// Each is needed.
    terms: Vec<FoundTerm>,
    /// And that they follow each other.
    phrase: Option<Box<dyn Weight>>,
    /// How many documents have it at most.
    most: u64,
    /// How much its rarest term tells; 1 for marks.
    rarity: f32,
}

struct FoundTerm {
    field: Field,
    /// By segment.
    infos: Vec<Option<TermInfo>>,
    weight: f32,
    /// None for a mark.
    lengths: Option<Arc<Lengths>>,
}

/// A source in one segment.
pub(super) struct Joint {
    /// At least one.
    pub(super) terms: Vec<Postings>,
    pub(super) phrase: Option<Box<dyn Scorer>>,
}

impl Lookup {
    /// Looks up every term once. Nothing when nothing can answer.
    pub(super) fn of(ask: &Ask, snapshot: &Snapshot) -> tantivy::Result<Option<Self>> {
        let needs = |needs: &[Need]| -> tantivy::Result<Vec<Vec<Found>>> {
            needs.iter().map(|need| answers(need, snapshot)).collect()
        };
        let mut musts = needs(&ask.musts)?;
        let mut options = needs(&ask.options)?;
        options.retain(|option| !option.is_empty());
        if musts.iter().any(Vec::is_empty) || options.len() < ask.at_least {
            return Ok(None);
        }
        let mut at_least = ask.at_least;
        if at_least == options.len() {
            musts.append(&mut options);
            at_least = 0;
        }
        // The rarest first: what does not have it is not looked at again.
        musts.sort_by_key(|need| need.iter().map(|found| found.most).sum::<u64>());
        Ok(Some(Self { musts, options, at_least, excluded: sources(&ask.excluded, snapshot)? }))
    }
}

/// The sources of a need. What is asked for comes first among them, and no other tells more than that for being rarer:
/// else a synonym, or the same in a language that few write, would outweigh the word itself.
fn answers(need: &Need, snapshot: &Snapshot) -> tantivy::Result<Vec<Found>> {
    let Some((itself, others)) = need.sources().split_first() else { return Ok(Vec::new()) };
    let Some(itself) = Found::look(itself, snapshot)? else { return sources(others, snapshot) };
    let mut all = sources(others, snapshot)?;
    for other in &mut all {
        let share = (itself.rarity / other.rarity).min(1.0);
        other.terms.iter_mut().for_each(|term| term.weight *= share);
    }
    all.insert(0, itself);
    Ok(all)
}

fn sources(sources: &[Source], snapshot: &Snapshot) -> tantivy::Result<Vec<Found>> {
    let mut all = Vec::with_capacity(sources.len());
    for source in sources {
        all.extend(Found::look(source, snapshot)?);
    }
    Ok(all)
}

impl Found {
    fn look(Source { what, weight }: &Source, snapshot: &Snapshot) -> tantivy::Result<Option<Self>> {
        let fields = &snapshot.fields;
        match what {
            What::Term(term) => Self::of_terms(fields.terms, std::slice::from_ref(term), *weight, snapshot),
            What::Together(terms) => Self::of_terms(fields.terms, terms, *weight, snapshot),
            What::Phrase(words) => Self::of_phrase(words, *weight, snapshot),
            What::In(member, terms) => {
                let marks: Vec<String> = terms.iter().map(|term| member.mark(term)).collect();
                Self::of_terms(fields.member, &marks, *weight, snapshot)
            }
            What::Surface(word) => Self::of_terms(fields.surface, std::slice::from_ref(word), 0.0, snapshot),
        }
    }

    /// Found in the text, where words are in their order; counted as the terms are, by what they stand in.
    fn of_phrase(words: &[String], weight: f32, snapshot: &Snapshot) -> tantivy::Result<Option<Self>> {
        let fields = &snapshot.fields;
        let Some(mut found) = Self::of_terms(fields.text, words, 0.0, snapshot)? else { return Ok(None) };
        if weight > 0.0 {
            let counted = Self::of_terms(fields.terms, words, weight, snapshot)?;
            found.rarity = counted.as_ref().map_or(1.0, |counted| counted.rarity);
            found.terms.extend(counted.into_iter().flat_map(|counted| counted.terms));
        }
        if words.len() > 1 {
            let words = words.iter().map(|word| Term::from_field_text(fields.text, word)).collect();
            let unscored = EnableScoring::disabled_from_searcher(&snapshot.searcher);
            found.phrase = Some(PhraseQuery::new(words).weight(unscored)?);
        }
        Ok(Some(found))
    }

    fn of_terms(
        field: Field,
        terms: &[String],
        weight: f32,
        snapshot: &Snapshot,
    ) -> tantivy::Result<Option<Self>> {
        let (mut all, mut most, mut rarest) = (Vec::with_capacity(terms.len()), u64::MAX, 0.0_f32);
        for term in terms {
            let infos = snapshot.term(field, term)?;
            let having: u64 = infos.iter().flatten().map(|info| u64::from(info.doc_freq)).sum();
            if having == 0 {
                return Ok(None);
            }
            most = most.min(having);
            let counted = field == snapshot.fields.terms && weight > 0.0;
            let rarity = if counted { rarity(having, snapshot.searcher.num_docs()) } else { 1.0 };
            rarest = rarest.max(rarity);
            let lengths = counted.then(|| snapshot.lengths.clone());
            all.push(FoundTerm { field, infos, weight: weight * rarity, lengths });
        }
        Ok((!all.is_empty()).then_some(Self { terms: all, phrase: None, most, rarity: rarest }))
    }

    /// The source in a segment; nothing when no document there has it.
    pub(super) fn open(&self, segment: usize, snapshot: &Snapshot) -> tantivy::Result<Option<Joint>> {
        let Some(reader) = snapshot.segment(segment) else { return Ok(None) };
        let mut terms = Vec::with_capacity(self.terms.len());
        for FoundTerm { field, infos, weight, lengths } in &self.terms {
            let Some(info) = infos.get(segment).and_then(Option::as_ref) else { return Ok(None) };
            terms.push(match lengths {
                Some(lengths) => Postings::of_word(reader, *field, info, (*weight, lengths))?,
                None => Postings::of_mark(reader, *field, info, *weight)?,
            });
        }
        let phrase = self.phrase.as_ref().map(|phrase| phrase.scorer(reader, 1.0)).transpose()?;
        Ok(Some(Joint { terms, phrase }))
    }
}
