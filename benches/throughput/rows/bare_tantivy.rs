//! Tantivy as its documentation shows it, with nothing around it: an index of the same publications, in a field for
//! each weight, with its own Norwegian stemmer. It asks for the same words, makes the same count by facets, reads 20
//! hits, and marks matches with its own snippets. No compounds, no synonyms, no reasons.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    fs,
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result};
use serde::Deserialize;
use tantivy::{
    DocAddress, DocId, Index, IndexReader, IndexWriter, ReloadPolicy, Score, Searcher, SegmentOrdinal,
    SegmentReader, TantivyDocument, Term,
    collector::{Collector, SegmentCollector},
    columnar::Column,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, TermQuery},
    schema::{
        Field, IndexRecordOption, STORED, STRING, SchemaBuilder, TextFieldIndexing, TextOptions, Value,
    },
    snippet::SnippetGenerator,
    tokenizer::{
        Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer, TokenStream,
    },
};

use crate::corpus::{Corpus, FACETS, Publication, Search};

const HITS: usize = 20;
const WEIGHTS: [(&str, f32); 4] = [("title", 4.0), ("keywords", 3.0), ("summary", 2.0), ("body", 1.0)];
const SNIPPET: usize = 240;
/// What Tantivy suggests, in bytes.
const WRITER_MEMORY: usize = 50_000_000;
/// The members that facets count, in the order of [`FACETS`]; the municipality is none.
const MEMBERS: [&str; 8] = ["strategic_areas", "kinds", "degree", "phase", "", "sdgs", "tags", "language"];

pub(crate) struct BareTantivy {
    searcher: Searcher,
    words: TextAnalyzer,
    fields: Fields,
    /// Every facet value of the index, numbered.
    values: Vec<String>,
    /// From the numbers of each segment to those of `values`.
    numbers: Vec<Arc<[usize]>>,
}

struct Fields {
    weighted: [(Field, f32); 4],
    readers: Field,
    facet: Field,
    stored: Field,
}

/// What is searched and shown of a hit.
#[derive(Deserialize)]
struct Stored {
    title: String,
    tags: Vec<String>,
    summary: String,
    need: String,
    solution: String,
    results: String,
    lessons: String,
    transfer_notes: String,
}

impl Stored {
    fn body(&self) -> [&str; 5] {
        [&self.need, &self.solution, &self.results, &self.lessons, &self.transfer_notes].map(String::as_str)
    }
}

impl Fields {
    fn document(&self, publication: &Publication) -> Result<TantivyDocument> {
        let content: serde_json::Value = serde_json::from_str(&publication.content)?;
        let stored: Stored = serde_json::from_str(&publication.content)?;
        let mut document = TantivyDocument::default();
        let texts =
            [stored.title.clone(), stored.tags.join(", "), stored.summary.clone(), stored.body().join(" ")];
        for (&(field, _), text) in self.weighted.iter().zip(&texts) {
            document.add_text(field, text);
        }
        let readers = if publication.audience == "public" {
            "everybody".to_owned()
        } else {
            publication.owner.to_string()
        };
        document.add_text(self.readers, readers);
        document.add_text(self.facet, format!("municipality:{}", publication.owner));
        for (facet, member) in FACETS.iter().zip(MEMBERS) {
            let values = content.get(member);
            let values =
                values.and_then(|value| value.as_array().cloned().or_else(|| Some(vec![value.clone()])));
            for value in values.into_iter().flatten() {
                let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                document.add_text(self.facet, format!("{facet}:{value}"));
            }
        }
        document.add_bytes(self.stored, publication.content.as_bytes());
        Ok(document)
    }
}

impl BareTantivy {
    /// Makes an index of the corpus in an empty folder.
    pub(crate) fn build(folder: &Path, corpus: &Corpus) -> Result<Self> {
        fs::create_dir(folder)?;
        let mut schema = SchemaBuilder::new();
        let indexing = TextFieldIndexing::default().set_tokenizer("bare");
        let words = TextOptions::default()
            .set_indexing_options(indexing.set_index_option(IndexRecordOption::WithFreqsAndPositions));
        let fields = Fields {
            weighted: WEIGHTS.map(|(name, weight)| (schema.add_text_field(name, words.clone()), weight)),
            readers: schema.add_text_field("readers", STRING),
            facet: schema.add_text_field("facet", TextOptions::default().set_fast("raw")),
            stored: schema.add_bytes_field("stored", STORED),
        };
        let index = Index::create_in_dir(folder, schema.build())?;
        index.tokenizers().register("bare", analyzer());
        let mut writer: IndexWriter = index.writer(WRITER_MEMORY)?;
        for nth in 0..corpus.size {
            writer.add_document(fields.document(&corpus.publication(nth))?)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut bare = Self {
            searcher: reader.searcher(),
            words: analyzer(),
            fields,
            values: Vec::new(),
            numbers: Vec::new(),
        };
        bare.number()?;
        Ok(bare)
    }

    /// Numbers the facet values, as the service does when it opens the index.
    fn number(&mut self) -> Result<()> {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for segment in self.searcher.segment_readers() {
            let column = segment.fast_fields().str("facet")?.context("the index has no facets")?;
            let mut keys = column.dictionary().stream()?;
            let mut numbers = Vec::new();
            while keys.advance() {
                let (key, next) = (String::from_utf8_lossy(keys.key()).into_owned(), known.len());
                numbers.push(*known.entry(key).or_insert(next));
            }
            self.numbers.push(numbers.into());
        }
        let mut by_number: Vec<(usize, String)> =
            known.into_iter().map(|(key, number)| (number, key)).collect();
        by_number.sort_unstable();
        self.values = by_number.into_iter().map(|(_, key)| key).collect();
        Ok(())
    }

    /// Searches; says how many bytes it would show.
    pub(crate) fn search(&self, search: &Search) -> Result<usize> {
        let terms = self.terms(&search.words);
        let wanted = search.filter.as_ref().map(|(facet, value)| format!("{facet}:{value}"));
        let wanted = wanted.and_then(|key| self.values.iter().position(|value| *value == key));
        let collector = Best { numbers: self.numbers.clone(), values: self.values.len(), wanted };
        let found = self.searcher.search(&self.query(&terms), &collector)?;
        let mut counts: Vec<_> =
            self.values.iter().zip(found.counts).filter(|(_, count)| *count > 0).collect();
        counts.sort_unstable_by_key(|(_, count)| Reverse(*count));
        let mut shown = counts.len();
        let body = self.fields.weighted.last().context("the index has no fields")?.0;
        let terms = terms.into_iter().map(|term| (term, 1.0)).collect();
        let snippets = SnippetGenerator::new(terms, self.words.clone(), body, SNIPPET);
        for Reverse((_, address)) in found.best {
            shown += self.show(&snippets, address)?;
        }
        Ok(shown)
    }

    fn terms(&self, words: &str) -> Vec<String> {
        let mut chain = self.words.clone();
        let mut stream = chain.token_stream(words);
        let mut terms = Vec::new();
        stream.process(&mut |token| terms.push(token.text.clone()));
        terms
    }

    fn query(&self, terms: &[String]) -> BooleanQuery {
        let everybody = exactly(self.fields.readers, "everybody", IndexRecordOption::Basic);
        let everybody: Box<dyn Query> = Box::new(ConstScoreQuery::new(everybody, 0.0));
        let words = terms.iter().map(|term| (Occur::Must, self.word(term)));
        BooleanQuery::new(std::iter::once((Occur::Must, everybody)).chain(words).collect())
    }

    /// A term in any of the fields.
    fn word(&self, term: &str) -> Box<dyn Query> {
        let weighted = self.fields.weighted.iter().map(|&(field, weight)| {
            let term = exactly(field, term, IndexRecordOption::WithFreqs);
            let weighted: Box<dyn Query> = Box::new(BoostQuery::new(term, weight));
            (Occur::Should, weighted)
        });
        Box::new(BooleanQuery::new(weighted.collect()))
    }

    fn show(&self, snippets: &SnippetGenerator, address: DocAddress) -> Result<usize> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let stored = document.get_first(self.fields.stored).and_then(|value| value.as_bytes());
        let stored: Stored = serde_json::from_slice(stored.context("a document stores nothing")?)?;
        let tags = stored.tags.join(", ");
        let texts =
            stored.body().into_iter().chain([stored.title.as_str(), stored.summary.as_str(), tags.as_str()]);
        Ok(texts.map(|text| snippets.snippet(text).to_html().len()).sum())
    }
}

/// How the service takes words apart.
fn analyzer() -> TextAnalyzer {
    let chain = TextAnalyzer::builder(SimpleTokenizer::default()).filter(RemoveLongFilter::limit(80));
    chain.filter(LowerCaser).filter(Stemmer::new(Language::Norwegian)).build()
}

fn exactly(field: Field, text: &str, option: IndexRecordOption) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), option))
}

/// The score, whose bits are in the order of scores because none is negative, and where the document is.
type Scored = Reverse<(u32, DocAddress)>;

/// Collects the best hits, and counts all of them by facet value.
struct Best {
    numbers: Vec<Arc<[usize]>>,
    values: usize,
    /// The facet value that a hit must have.
    wanted: Option<usize>,
}

struct Found {
    best: BinaryHeap<Scored>,
    counts: Vec<u32>,
}

struct BestOfSegment {
    found: Found,
    ordinal: SegmentOrdinal,
    facets: Option<Column<u64>>,
    numbers: Arc<[usize]>,
    wanted: Option<usize>,
    /// The facet values of the document at hand.
    values: Vec<usize>,
}

impl Found {
    fn offer(&mut self, scored: Scored) {
        if self.best.len() < HITS {
            self.best.push(scored);
        } else if let Some(mut worst) = self.best.peek_mut()
            && scored < *worst
        {
            *worst = scored;
        }
    }
}

impl Collector for Best {
    type Fruit = Found;
    type Child = BestOfSegment;

    fn for_segment(&self, ordinal: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<BestOfSegment> {
        let numbers = usize::try_from(ordinal).ok().and_then(|at| self.numbers.get(at)).cloned();
        Ok(BestOfSegment {
            found: Found { best: BinaryHeap::new(), counts: vec![0; self.values] },
            ordinal,
            facets: reader.fast_fields().str("facet")?.map(|column| column.ords().clone()),
            numbers: numbers.unwrap_or_default(),
            wanted: self.wanted,
            values: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<Found>) -> tantivy::Result<Found> {
        let mut all = Found { best: BinaryHeap::new(), counts: vec![0; self.values] };
        for segment in segments {
            segment.best.into_iter().for_each(|scored| all.offer(scored));
            all.counts.iter_mut().zip(segment.counts).for_each(|(sum, count)| *sum += count);
        }
        Ok(all)
    }
}

impl SegmentCollector for BestOfSegment {
    type Fruit = Found;

    fn collect(&mut self, doc: DocId, score: Score) {
        let Self { found, facets, numbers, wanted, values, .. } = self;
        values.clear();
        let ordinals = facets.iter().flat_map(|column| column.values_for_doc(doc));
        values.extend(ordinals.filter_map(|ordinal| numbers.get(usize::try_from(ordinal).ok()?).copied()));
        if wanted.is_some_and(|wanted| !values.contains(&wanted)) {
            return;
        }
        for &value in values.iter() {
            if let Some(count) = found.counts.get_mut(value) {
                *count += 1;
            }
        }
        found.offer(Reverse((score.to_bits(), DocAddress::new(self.ordinal, doc))));
    }

    fn harvest(self) -> Found {
        self.found
    }
}
