//! Tantivy on the service's own index, with nothing around it: the least that a search can cost. It makes the same
//! query, the same count by facets, reads the same 20 hits, and marks matches with Tantivy's own snippets.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result};
use serde::Deserialize;
use tantivy::{
    DocAddress, DocId, Index, IndexReader, ReloadPolicy, Score, Searcher, SegmentOrdinal, SegmentReader,
    TantivyDocument, Term,
    collector::{Collector, SegmentCollector},
    columnar::Column,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, TermQuery},
    schema::{Field, IndexRecordOption, Value},
    snippet::SnippetGenerator,
    tokenizer::{
        Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer, TokenStream,
    },
};

use crate::corpus::Search;

const HITS: usize = 20;
const WEIGHTS: [(&str, f32); 4] = [("title", 4.0), ("keywords", 3.0), ("summary", 2.0), ("body", 1.0)];
const SNIPPET: usize = 240;

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
    weighted: Vec<(Field, f32)>,
    readers: Field,
    stored: Field,
}

/// What is shown of a hit.
#[derive(Deserialize)]
struct Stored {
    card: Card,
    texts: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Card {
    title: String,
    tags: Vec<String>,
}

impl BareTantivy {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let index = Index::open_in_dir(folder).context("opening the index")?;
        let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let schema = index.schema();
        let weighted = WEIGHTS.map(|(name, weight)| schema.get_field(name).map(|field| (field, weight)));
        let fields = Fields {
            weighted: weighted.into_iter().collect::<tantivy::Result<_>>()?,
            readers: schema.get_field("readers")?,
            stored: schema.get_field("stored")?,
        };
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
        let Stored { card, texts } = serde_json::from_slice(stored.context("a document stores nothing")?)?;
        let tags = card.tags.join(", ");
        let texts = texts.iter().map(|(_, text)| text.as_str()).chain([card.title.as_str(), tags.as_str()]);
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
