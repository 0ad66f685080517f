//! The members of a publication that are searched.

use crate::platform::{closed::closed, language::Language};

closed! {
    /// A member of a publication that is searched.
    pub enum Member {
        Title = "title",
        Summary = "summary",
        Need = "need",
        Solution = "solution",
        Results = "results",
        Lessons = "lessons",
        TransferNotes = "transfer_notes",
        TargetGroups = "target_groups",
        Tags = "tags",
        Municipality = "municipality",
    }
}

impl Member {
    /// The language of what stands here, in a publication of this language. Names of municipalities are Norwegian.
    pub(super) fn language(self, publication: Language) -> Language {
        if self == Self::Municipality { Language::Nb } else { publication }
    }

    /// How much a publication is about a word that stands here, against the members that say least.
    pub(super) fn emphasis(self) -> u8 {
        match self {
            Self::Title => 4,
            Self::Tags | Self::Municipality => 3,
            Self::Summary => 2,
            Self::Need
            | Self::Solution
            | Self::Results
            | Self::Lessons
            | Self::TransferNotes
            | Self::TargetGroups => 1,
        }
    }

    /// How the index marks a term that stands in this member.
    pub(super) fn mark(self, term: &str) -> String {
        let mark = match self {
            Self::Title => 't',
            Self::Summary => 's',
            Self::Need => 'n',
            Self::Solution => 'v',
            Self::Results => 'r',
            Self::Lessons => 'l',
            Self::TransferNotes => 'a',
            Self::TargetGroups => 'g',
            Self::Tags => 'k',
            Self::Municipality => 'm',
        };
        let mut marked = String::with_capacity(term.len() + 1);
        marked.push(mark);
        marked.push_str(term);
        marked
    }
}
