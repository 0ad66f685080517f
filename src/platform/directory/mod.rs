//! Reference data in memory: municipalities, regions and vocabularies. It is small, read by every request, and
//! changed a few times a year; each node reads it anew every few seconds.

mod follow;
mod seed;
mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub(crate) use self::follow::fresh;
pub use self::{
    follow::{follow, read},
    seed::{seed, seeded},
    store::{cursor_secret, schema_version},
};
use crate::platform::{id::MunicipalityId, language::Language};

/// A municipality as reference data shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Municipality {
    pub organisation_number: MunicipalityId,
    pub name: String,
    #[serde(default)]
    pub seat: Option<Seat>,
    pub municipality_numbers: Vec<NumberPeriod>,
    pub regions: BTreeSet<String>,
}

/// Where a municipality is governed from, in WGS 84 degrees, exact to about a kilometre.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Seat {
    pub latitude: f64,
    pub longitude: f64,
}

/// A municipality number and the days on which it was in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NumberPeriod {
    /// Four digits.
    pub number: String,
    /// First day; null when it is older than the register.
    pub valid_from: Option<NaiveDate>,
    /// Last day; null while it is in use.
    pub valid_to: Option<NaiveDate>,
    /// The name of the municipality that had it, when that became part of this one.
    #[serde(default)]
    pub former_name: Option<String>,
}

/// A region and its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    pub slug: String,
    pub name: String,
}

/// A term of a vocabulary with its labels.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Term {
    pub code: String,
    pub nb: String,
    pub nn: String,
    pub en: String,
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

impl Term {
    pub fn label(&self, language: Language) -> &str {
        match language {
            Language::Nb => &self.nb,
            Language::Nn => &self.nn,
            Language::En => &self.en,
        }
    }
}

/// All reference data, as of one moment.
#[derive(Debug, Default, PartialEq)]
pub struct Directory {
    pub municipalities: BTreeMap<MunicipalityId, Municipality>,
    pub regions: Vec<Region>,
    pub vocabularies: BTreeMap<String, Vec<Term>>,
}

impl Directory {
    pub fn name(&self, municipality: MunicipalityId) -> &str {
        self.municipalities.get(&municipality).map_or("", |found| found.name.as_str())
    }

    /// Whether it is a municipality that acts here: a source outside is none.
    pub fn is_member(&self, municipality: MunicipalityId) -> bool {
        !municipality.is_external() && self.municipalities.contains_key(&municipality)
    }

    /// The municipalities whose regional publications this one may read: itself, and all with whom it shares a
    /// region. The same rule as the policy of the table `publication`.
    pub fn neighbours(&self, municipality: MunicipalityId) -> BTreeSet<MunicipalityId> {
        let own = self.municipalities.get(&municipality).map(|found| &found.regions);
        let shares = |other: &&Municipality| own.is_some_and(|own| !own.is_disjoint(&other.regions));
        let mut all: BTreeSet<_> =
            self.municipalities.values().filter(shares).map(|m| m.organisation_number).collect();
        all.insert(municipality);
        all
    }

    pub fn knows(&self, vocabulary: &str, code: &str) -> bool {
        self.vocabularies.get(vocabulary).is_some_and(|terms| terms.iter().any(|term| term.code == code))
    }

    /// The codes of a vocabulary, for telling a client what would have been right.
    pub fn codes(&self, vocabulary: &str) -> String {
        let terms = self.vocabularies.get(vocabulary).map(Vec::as_slice).unwrap_or_default();
        terms.iter().map(|term| term.code.as_str()).collect::<Vec<_>>().join(", ")
    }

    pub fn label(&self, vocabulary: &str, code: &str, language: Language) -> Option<&str> {
        let term = self.vocabularies.get(vocabulary)?.iter().find(|term| term.code == code)?;
        Some(term.label(language))
    }
}

#[cfg(test)]
mod tests {
    use super::{Directory, Municipality};

    fn municipality(number: &str, regions: &[&str]) -> Municipality {
        Municipality {
            organisation_number: number.parse().unwrap(),
            name: String::new(),
            seat: None,
            municipality_numbers: Vec::new(),
            regions: regions.iter().map(|&slug| slug.to_owned()).collect(),
        }
    }

    #[test]
    fn neighbours_share_a_region_and_a_municipality_without_one_has_itself() {
        let all = [
            municipality("940039541", &["nedre-glomma", "ostfold"]),
            municipality("920817521", &["ostfold"]),
            municipality("959272581", &[]),
        ];
        let mut directory = Directory::default();
        directory.municipalities.extend(all.iter().map(|m| (m.organisation_number, m.clone())));
        let [fredrikstad, moss, alone] = all.map(|m| m.organisation_number);
        assert_eq!(directory.neighbours(fredrikstad), [fredrikstad, moss].into());
        assert_eq!(directory.neighbours(alone), [alone].into());
    }
}
