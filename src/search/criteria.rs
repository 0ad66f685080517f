//! What is searched for, without how the hits are shown: what a search and a saved search have in common.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::facet::Facet;
use crate::{
    platform::{directory::Directory, id::MunicipalityId, language::Language, text::Text},
    projects::Phase,
};

/// How many values can be chosen for one facet.
const MOST_VALUES: usize = 50;
/// How long a value may be, in characters.
const LONGEST_VALUE: usize = 100;

/// Values by facet: a hit has one of them, for every facet that has any.
pub(super) type Filters = Vec<(Facet, Vec<String>)>;

/// What to search for: words and filters, as `GET /v1/publications` takes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Criteria {
    /// Words, `"phrases"`, `-exclusions` and `member:words`.
    #[serde(default)]
    #[schema(inline)]
    pub(super) q: Text<0, 200>,
    /// Only these strategic areas; one of them is enough, as for all that follow.
    #[serde(default)]
    pub(super) area: Vec<String>,
    /// Only these kinds of innovation.
    #[serde(default)]
    pub(super) kind: Vec<String>,
    /// Only these degrees of innovation.
    #[serde(default)]
    pub(super) degree: Vec<String>,
    /// Only these phases.
    #[serde(default)]
    #[schema(inline)]
    pub(super) phase: Vec<Phase>,
    /// Only these municipalities, by organisation number.
    #[serde(default)]
    #[schema(inline)]
    pub(super) municipality: Vec<MunicipalityId>,
    /// Only these sustainable development goals, 1 to 17.
    #[serde(default)]
    pub(super) sdg: Vec<u8>,
    /// Only with these tags.
    #[serde(default)]
    pub(super) tag: Vec<String>,
    /// Only in these languages.
    #[serde(default)]
    #[schema(inline)]
    pub(super) language: Vec<Language>,
}

impl Criteria {
    pub(super) fn filters(&self) -> Filters {
        let mut filters = vec![
            (Facet::Area, self.area.clone()),
            (Facet::Kind, self.kind.clone()),
            (Facet::Degree, self.degree.clone()),
            (Facet::Phase, self.phase.iter().map(|phase| phase.code().to_owned()).collect()),
            (Facet::Municipality, self.municipality.iter().map(ToString::to_string).collect()),
            (Facet::Sdg, self.sdg.iter().map(ToString::to_string).collect()),
            (Facet::Tag, self.tag.iter().map(|tag| tag.to_lowercase()).collect()),
            (Facet::Language, self.language.iter().map(|language| language.code().to_owned()).collect()),
        ];
        for (_, values) in &mut filters {
            values.sort_unstable();
            values.dedup();
        }
        filters
    }

    /// Whether every value of a filter is one.
    ///
    /// # Errors
    /// The name of the member that breaks a rule, and the rule.
    pub(crate) fn check(&self, directory: &Directory) -> Result<(), (&'static str, String)> {
        for (facet, values) in self.filters() {
            let rule = |rule: String| Err((facet.code(), rule));
            if values.len() > MOST_VALUES {
                return rule(format!("must be at most {MOST_VALUES} values"));
            }
            if values.iter().any(|value| value.chars().count() > LONGEST_VALUE) {
                return rule(format!("must be at most {LONGEST_VALUE} characters each"));
            }
            let Some(vocabulary) = facet.vocabulary() else { continue };
            if !values.iter().all(|value| directory.knows(vocabulary, value)) {
                return rule(format!("must be one of {}", directory.codes(vocabulary)));
            }
        }
        Ok(())
    }
}
