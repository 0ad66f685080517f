//! Facets: what can be filtered by and counted. A document carries all its values in one column, as
//! `area:smart-kommune`, so that filtering and counting read one column and not eight.

use crate::platform::{closed::closed, directory::Directory, language::Language};

pub(super) const COLUMN: &str = "facet";

closed! {
    /// What hits can be filtered by and counted by.
    pub enum Facet {
        Area = "area",
        Kind = "kind",
        Degree = "degree",
        Phase = "phase",
        Municipality = "municipality",
        Sdg = "sdg",
        Tag = "tag",
        Language = "language",
    }
}

impl Facet {
    /// A bit of its own.
    pub(super) fn bit(self) -> u8 {
        match self {
            Self::Area => 1,
            Self::Kind => 1 << 1,
            Self::Degree => 1 << 2,
            Self::Phase => 1 << 3,
            Self::Municipality => 1 << 4,
            Self::Sdg => 1 << 5,
            Self::Tag => 1 << 6,
            Self::Language => 1 << 7,
        }
    }

    /// Whether its values are few and fixed, so that many documents have the very same ones.
    pub(super) fn is_closed(self) -> bool {
        match self {
            Self::Area | Self::Kind | Self::Degree | Self::Phase | Self::Language => true,
            Self::Municipality | Self::Sdg | Self::Tag => false,
        }
    }

    /// How the column writes a value of this facet.
    pub(super) fn key(self, value: &str) -> String {
        format!("{}:{value}", self.code())
    }

    /// The vocabulary that its values are from; none for those that are not codes.
    pub(super) fn vocabulary(self) -> Option<&'static str> {
        match self {
            Self::Area => Some("strategic_areas"),
            Self::Kind => Some("innovation_kinds"),
            Self::Degree => Some("innovation_degrees"),
            Self::Phase => Some("phases"),
            Self::Sdg => Some("sdgs"),
            Self::Language => Some("languages"),
            Self::Municipality | Self::Tag => None,
        }
    }

    /// What people call a value; the value itself where it needs no translation.
    pub(super) fn label(self, directory: &Directory, value: &str, language: Language) -> String {
        if self == Self::Municipality
            && let Ok(id) = value.parse()
        {
            return directory.name(id).to_owned();
        }
        let label = self.vocabulary().and_then(|vocabulary| directory.label(vocabulary, value, language));
        label.unwrap_or(value).to_owned()
    }
}
