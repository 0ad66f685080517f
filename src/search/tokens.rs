//! A publication as a document of the index: its texts as terms.
//!
//! All that can answer a word is in one field, and how much an occurrence counts is how often it is written there: a
//! word of the title four times as often as one of the need, a word twice as often as a part of a compound. So one
//! list answers a word, wherever it stands.

use tantivy::{TantivyDocument, schema::Field};

use super::{
    document::{Record, Stored, card, facets, readers, taker, texts},
    fields::Fields,
    language::{forms, words},
    members::Member,
};
use crate::platform::language::Language;

/// How often a word is written, and a part of one, where a word counts least.
const WORD: u8 = 2;
const PART: u8 = 1;

/// What begins a spelling in ASCII among the terms: no word has it.
const FOLDED: char = '~';

/// A spelling in ASCII as the index has it.
pub(super) fn folded(spelling: &str) -> String {
    format!("{FOLDED}{spelling}")
}

/// Whether a term is a word or a part of one: no spelling in ASCII, and no stop word.
pub(super) fn is_word(term: &str) -> bool {
    !term.starts_with([FOLDED, '_'])
}

/// The terms of a document.
#[derive(Default)]
struct Terms {
    /// With spaces between, each as often as it counts.
    counted: String,
    surface: Vec<String>,
    member: Vec<String>,
}

impl Fields {
    /// The document of a publication.
    pub(super) fn document(&self, record: &Record) -> anyhow::Result<TantivyDocument> {
        let content = &record.content;
        let stored = Stored { municipality: record.municipality, card: card(record), texts: texts(content) };
        let (mut document, mut terms) = (TantivyDocument::default(), Terms::default());
        for (member, text) in stored.members(&record.municipality_name) {
            // A text for each member, so that no phrase goes from one into the next.
            document.add_text(self.text, terms.read(member, &text, content.language));
        }
        document.add_text(self.terms, terms.counted);
        add_once(&mut document, self.surface, terms.surface);
        add_once(&mut document, self.member, terms.member);
        self.add_values(&mut document, record);
        document.add_u64(self.digest, record.digest()?);
        document.add_text(self.stored, serde_json::to_string(&stored)?);
        Ok(document)
    }

    /// What is filtered, counted and sorted by.
    fn add_values(&self, document: &mut TantivyDocument, record: &Record) {
        document.add_bytes(self.id, record.id.uuid().as_bytes());
        document.add_u64(self.readers, readers(record.audience, record.municipality).into());
        for key in facets(record) {
            document.add_text(self.facet, key);
        }
        let published_at = u64::try_from(record.published_at.timestamp_micros()).unwrap_or(0);
        document.add_u64(self.published_at, published_at);
        for &(municipality, audience) in &record.imitators {
            document.add_u64(self.imitators, taker(municipality, audience));
        }
        for &(municipality, audience) in &record.users {
            document.add_u64(self.users, taker(municipality, audience));
        }
        let (high, low) = record.id.uuid().as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
    }
}

impl Terms {
    /// Adds the words of a member; returns them as terms, in their order.
    fn read(&mut self, member: Member, text: &str, language: Language) -> String {
        let mut in_order = String::with_capacity(text.len());
        for word in words(text).filter_map(|at| text.get(at)).map(str::to_lowercase) {
            let forms = forms(&word, member.language(language));
            forms.parts.iter().for_each(|part| self.add(member, part, PART));
            forms.folded.iter().for_each(|spelling| self.add(member, &folded(spelling), WORD));
            self.add(member, &forms.term, WORD);
            in_order.push_str(&forms.term);
            in_order.push(' ');
            self.surface.push(word);
        }
        in_order
    }

    fn add(&mut self, member: Member, term: &str, count: u8) {
        for _ in 0..count * member.emphasis() {
            self.counted.push_str(term);
            self.counted.push(' ');
        }
        self.member.push(member.mark(term));
    }
}

/// Adds terms, each once.
fn add_once(document: &mut TantivyDocument, field: Field, mut terms: Vec<String>) {
    terms.sort_unstable();
    terms.dedup();
    // As a text that the index takes apart at its spaces, of which a term has none: a list of tokens would be written
    // as JSON and read again on its way into the index.
    document.add_text(field, terms.join(" "));
}
