//! The publications that the measurements are made on, and the searches. Each comes from its number alone, so
//! nothing is kept.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use chrono::DateTime;
use glomma::{
    platform::{
        directory::{Municipality, Term},
        id::MunicipalityId,
    },
    projects::{Content, Phase},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    random::{Random, Skewed},
    text::Vocabulary,
};

const MUNICIPALITIES: &str = include_str!("../../assets/municipalities.json");
const VOCABULARIES: &str = include_str!("../../assets/vocabularies.json");
/// When the first publication was published: 2015, in Unix time.
const FIRST: i64 = 1_420_070_400;
/// How many seconds later the last one was.
const SPAN: i64 = 300_000_000;
/// How many publications are for the region only.
const REGIONAL: f64 = 0.1;
/// How many publications are imitations. Some draw a parent of their own municipality and are originals then.
const IMITATING: f64 = 0.25;

/// The facets, as the API names them.
pub(crate) const FACETS: [&str; 8] =
    ["area", "kind", "degree", "phase", "municipality", "sdg", "tag", "language"];

pub(crate) struct Corpus {
    /// How many publications there are.
    pub(crate) size: usize,
    /// The municipality whose projects are listed, made and published.
    pub(crate) home: MunicipalityId,
    vocabulary: Vocabulary,
    owners: Skewed<MunicipalityId>,
    codes: Codes,
}

struct Codes {
    areas: Skewed<String>,
    kinds: Skewed<String>,
    degrees: Skewed<String>,
    licences: Skewed<String>,
    phases: Skewed<&'static str>,
    sdgs: Skewed<u8>,
    languages: Skewed<&'static str>,
}

pub(crate) struct Publication {
    pub(crate) id: String,
    pub(crate) owner: MunicipalityId,
    pub(crate) audience: &'static str,
    pub(crate) published_at: String,
    /// The id and the owner of what it imitates.
    pub(crate) origin: Option<(String, MunicipalityId)>,
    /// JSON.
    pub(crate) content: String,
}

/// A search that somebody might make.
pub(crate) struct Search {
    pub(crate) words: String,
    /// A facet and the value that it must have.
    pub(crate) filter: Option<(&'static str, String)>,
}

#[derive(Deserialize)]
struct Members {
    municipalities: Vec<Municipality>,
}

/// The id of a publication.
pub(crate) fn id(nth: usize) -> String {
    format!("01900000-0000-7000-8000-{nth:012}")
}

impl Corpus {
    pub(crate) fn new(size: usize) -> Result<Self> {
        let Members { municipalities } =
            serde_json::from_str(MUNICIPALITIES).context("assets/municipalities.json")?;
        let owners: Vec<_> =
            municipalities.iter().map(|municipality| municipality.organisation_number).collect();
        let corpus = Self {
            size,
            home: owners.first().copied().context("assets/municipalities.json is empty")?,
            vocabulary: Vocabulary::new(),
            owners: Skewed::zipf(owners),
            codes: Codes::new()?,
        };
        let content: Content =
            serde_json::from_str(&corpus.publication(0).content).context("the shape of a project")?;
        let missing = content.missing_for_publication();
        ensure!(missing.is_empty(), "the benchmark's projects cannot be published: {missing:?}");
        Ok(corpus)
    }

    pub(crate) fn publication(&self, nth: usize) -> Publication {
        let mut random = Random::new(nth);
        let owner = self.owner(&mut random);
        let spacing = SPAN / i64::try_from(self.size).unwrap_or(1).max(1);
        let published_at = DateTime::from_timestamp_secs(FIRST + i64::try_from(nth).unwrap_or(0) * spacing);
        Publication {
            id: id(nth),
            owner,
            audience: if random.chance(REGIONAL) { "region" } else { "public" },
            published_at: published_at.unwrap_or_default().to_rfc3339(),
            origin: self.origin(&mut random, nth).filter(|(_, parent)| *parent != owner),
            content: self.content(&mut random).to_string(),
        }
    }

    /// The first draw of every publication, so that a parent's owner can be told without its text.
    fn owner(&self, random: &mut Random) -> MunicipalityId {
        self.owners.draw(random).copied().unwrap_or(self.home)
    }

    /// An earlier publication; drawn twice over, so that some are imitated by many.
    fn origin(&self, random: &mut Random, nth: usize) -> Option<(String, MunicipalityId)> {
        let parent = random.below(nth);
        let parent = random.below(parent + 1);
        (nth > 0 && random.chance(IMITATING)).then(|| (id(parent), self.owner(&mut Random::new(parent))))
    }

    fn content(&self, random: &mut Random) -> Value {
        let Self { vocabulary, codes, .. } = self;
        let topic = vocabulary.topic(random);
        let title = 4 + random.below(5);
        let groups = random.below(3);
        let groups: Vec<_> = (0..groups).map(|_| vocabulary.phrase(random, topic, 2)).collect();
        json!({
            "title": vocabulary.phrase(random, topic, title),
            "summary": vocabulary.text(random, topic, 22),
            "need": vocabulary.text(random, topic, 45),
            "target_groups": groups,
            "solution": vocabulary.text(random, topic, 60),
            "results": vocabulary.text(random, topic, 20),
            "lessons": vocabulary.text(random, topic, 22),
            "transfer_notes": vocabulary.text(random, topic, 18),
            "language": codes.languages.draw(random),
            "strategic_areas": codes.areas.some(random, 1, 2),
            "kinds": codes.kinds.some(random, 1, 2),
            "degree": codes.degrees.draw(random),
            "tags": vocabulary.tags(random),
            "sdgs": codes.sdgs.some(random, 1, 3),
            "phase": codes.phases.draw(random),
            "put_to_use_on": "2024-03-01",
            "organisational_unit": vocabulary.phrase(random, topic, 2),
            "contact": { "unit": vocabulary.phrase(random, topic, 2), "email": "innovasjon@kommune.example" },
            "licence": codes.licences.draw(random),
        })
    }

    /// Contents of projects that are no publications.
    pub(crate) fn contents(&self, count: usize) -> Vec<String> {
        (self.size..self.size + count).map(|nth| self.content(&mut Random::new(nth)).to_string()).collect()
    }

    /// Places in a list, the first drawn most often: how readers choose what to read.
    pub(crate) fn popular(places: usize, count: usize) -> Vec<usize> {
        let (places, mut random) = (Skewed::zipf(0..places), Random::new(places));
        (0..count).filter_map(|_| places.draw(&mut random).copied()).collect()
    }

    pub(crate) fn searches(&self, count: usize) -> Vec<Search> {
        let mut random = Random::new(count);
        (0..count).map(|_| self.search(&mut random)).collect()
    }

    /// Words of one topic; every third with a filter.
    fn search(&self, random: &mut Random) -> Search {
        let words = self.vocabulary.topic(random).map(|topic| topic.query(random)).unwrap_or_default();
        let filter = match random.below(9) {
            0 => self.codes.areas.draw(random).map(|code| ("area", code.clone())),
            1 => self.codes.phases.draw(random).map(|&code| ("phase", code.to_owned())),
            2 => self.owners.draw(random).map(|owner| ("municipality", owner.to_string())),
            _ => None,
        };
        Search { words, filter }
    }
}

impl Codes {
    /// Those of the vocabularies that the service is seeded with.
    fn new() -> Result<Self> {
        let vocabularies: BTreeMap<String, Vec<Term>> =
            serde_json::from_str(VOCABULARIES).context("assets/vocabularies.json")?;
        let codes = |name: &str| {
            let terms =
                vocabularies.get(name).with_context(|| format!("assets/vocabularies.json lacks {name}"))?;
            anyhow::Ok(Skewed::zipf(terms.iter().map(|term| term.code.clone())))
        };
        Ok(Self {
            areas: codes("strategic_areas")?,
            kinds: codes("innovation_kinds")?,
            degrees: codes("innovation_degrees")?,
            licences: codes("licences")?,
            phases: Skewed::zipf(Phase::ALL.iter().map(|phase| phase.code())),
            sdgs: Skewed::zipf(1..=17),
            languages: Skewed::weighted([("nb", 0.8), ("nn", 0.15), ("en", 0.05)]),
        })
    }
}

impl Search {
    /// A page of 20 hits with all facets.
    pub(crate) fn path(&self) -> String {
        let filter =
            self.filter.as_ref().map(|(facet, value)| format!("&{facet}={value}")).unwrap_or_default();
        let words = self.words.bytes().map(encoded).collect::<String>();
        format!("/v1/publications?q={words}{filter}&limit=20&facets={}", FACETS.join("&facets="))
    }
}

/// A byte as a query string takes it.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}
