//! A publication as a document of the index: its texts as terms.

use tantivy::{TantivyDocument, schema::Field};

use super::{
    document::{Record, Stored, card, facets, imitator, readers, texts},
    fields::Fields,
    language::{english, forms, words},
    members::Member,
};
use crate::platform::language::Language;

/// What one document puts into the fields that do not count how often.
#[derive(Default)]
struct Marks {
    folded: Vec<String>,
    surface: Vec<String>,
    member: Vec<String>,
}

impl Fields {
    /// The document of a publication.
    pub(super) fn document(&self, record: &Record) -> anyhow::Result<TantivyDocument> {
        let content = &record.content;
        let stored = Stored { municipality: record.municipality, card: card(record), texts: texts(content) };
        let (mut document, mut marks) = (TantivyDocument::default(), Marks::default());
        for (member, text) in stored.members(&record.municipality_name) {
            self.add_text(&mut document, &mut marks, (member, &text), content.language);
        }
        for (field, marks) in
            [(self.folded, marks.folded), (self.surface, marks.surface), (self.member, marks.member)]
        {
            add(&mut document, field, &once(marks));
        }
        self.add_values(&mut document, record);
        document.add_u64(self.digest, record.digest()?);
        document.add_bytes(self.stored, &serde_json::to_vec(&stored)?);
        Ok(document)
    }

    fn add_text(
        &self,
        document: &mut TantivyDocument,
        marks: &mut Marks,
        (member, text): (Member, &str),
        language: Language,
    ) {
        let (mut terms, mut parts) = (Vec::new(), Vec::new());
        for word in words(text).filter_map(|at| text.get(at)).map(str::to_lowercase) {
            if language == Language::En && member != Member::Municipality {
                terms.push(english(&word));
            } else {
                let forms = forms(&word);
                terms.push(forms.term.clone());
                parts.extend(forms.parts.iter().cloned());
                marks.folded.extend(forms.folded.iter().cloned());
                marks.member.extend(forms.folded.iter().chain(&forms.parts).map(|term| member.mark(term)));
            }
            marks.member.extend(terms.last().map(|term| member.mark(term)));
            marks.surface.push(word);
        }
        let (field, parts_field) = match member {
            Member::Title => (self.title, self.head_parts),
            Member::Summary => (self.summary, self.head_parts),
            Member::Tags | Member::Municipality => (self.keywords, self.head_parts),
            Member::Need
            | Member::Solution
            | Member::Results
            | Member::Lessons
            | Member::TransferNotes
            | Member::TargetGroups => (self.body, self.body_parts),
        };
        add(document, field, &terms);
        add(document, parts_field, &parts);
    }

    /// What is filtered, counted and sorted by.
    fn add_values(&self, document: &mut TantivyDocument, record: &Record) {
        document.add_bytes(self.id, record.id.uuid().as_bytes());
        document.add_text(self.readers, readers(record.audience, record.municipality));
        for key in facets(record) {
            document.add_text(self.facet, key);
        }
        let published_at = u64::try_from(record.published_at.timestamp_micros()).unwrap_or(0);
        document.add_u64(self.published_at, published_at);
        for &(municipality, audience) in &record.imitators {
            document.add_u64(self.imitators, imitator(municipality, audience));
        }
        let (high, low) = record.id.uuid().as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
    }
}

/// Each once.
fn once(mut marks: Vec<String>) -> Vec<String> {
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// Adds terms, one after the other.
fn add(document: &mut TantivyDocument, field: Field, terms: &[String]) {
    if terms.is_empty() {
        return;
    }
    // As a text that the index takes apart at its spaces, of which a term has none: a list of tokens would be written
    // as JSON and read again on its way into the index.
    document.add_text(field, terms.join(" "));
}
