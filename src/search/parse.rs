//! What was asked for: words, "phrases", -exclusions and member:words.

use super::{language::words, members::Member};

/// More words than this say nothing more.
const MOST_WORDS: usize = 16;

/// A query as it was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) wanted: Vec<Wanted>,
    /// Words, or runs of words, that must not be in a hit.
    pub(super) excluded: Vec<Vec<String>>,
}

/// A word, or a run of words in quotation marks, in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) words: Vec<String>,
    pub(super) quoted: bool,
    /// Where it must stand; anywhere without.
    pub(super) member: Option<Member>,
}

impl Question {
    /// Every text is a question. What has no letters asks for nothing.
    pub(super) fn parse(text: &str) -> Self {
        let mut question = Self::default();
        let (mut rest, mut left) = (text.trim_start(), MOST_WORDS);
        while !rest.is_empty() && left > 0 {
            let (piece, after) = Piece::take(rest);
            rest = after.trim_start();
            let words: Vec<String> = words(piece.text)
                .filter_map(|at| piece.text.get(at))
                .take(left)
                .map(str::to_lowercase)
                .collect();
            left -= words.len();
            question.add(&piece, words);
        }
        question
    }

    fn add(&mut self, piece: &Piece<'_>, words: Vec<String>) {
        if words.is_empty() {
            return;
        }
        if piece.excluded {
            self.excluded.push(words);
        } else if piece.quoted {
            self.wanted.push(Wanted { words, quoted: true, member: piece.member });
        } else {
            let word = |word| Wanted { words: vec![word], quoted: false, member: piece.member };
            self.wanted.extend(words.into_iter().map(word));
        }
    }
}

/// What stands between two spaces, or between quotation marks.
struct Piece<'q> {
    text: &'q str,
    excluded: bool,
    quoted: bool,
    member: Option<Member>,
}

impl<'q> Piece<'q> {
    /// The first piece of a text that begins with one, and the rest.
    fn take(text: &'q str) -> (Self, &'q str) {
        let (text, excluded) = match text.strip_prefix('-') {
            Some(rest) if !rest.starts_with(char::is_whitespace) => (rest, true),
            _ => (text, false),
        };
        let (text, member) = match text.split_once(':').map(|(name, rest)| (name.parse(), rest)) {
            Some((Ok(member), rest)) => (rest, Some(member)),
            _ => (text, None),
        };
        let inner = text.strip_prefix('"');
        let (text, rest) = match inner {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => text.split_once(char::is_whitespace).unwrap_or((text, "")),
        };
        (Self { text, excluded, quoted: inner.is_some(), member }, rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Member, Question, Wanted};

    fn plain(word: &str) -> Wanted {
        Wanted { words: vec![word.to_owned()], quoted: false, member: None }
    }

    #[test]
    fn words_phrases_exclusions_and_members_are_told_apart() {
        let question = Question::parse(
            r#"Båt "kunstig  Intelligens" -sykkel -"el bil" municipality:Hvaler e-post https://x"#,
        );
        let phrase =
            Wanted { words: vec!["kunstig".into(), "intelligens".into()], quoted: true, member: None };
        let member =
            Wanted { words: vec!["hvaler".into()], quoted: false, member: Some(Member::Municipality) };
        let wanted =
            vec![plain("båt"), phrase, member, plain("e"), plain("post"), plain("https"), plain("x")];
        assert_eq!(question.wanted, wanted);
        assert_eq!(question.excluded, [vec!["sykkel".to_owned()], vec!["el".to_owned(), "bil".to_owned()]]);
    }

    #[test]
    fn what_has_no_letters_asks_for_nothing() {
        for text in ["", "*", "-", "\"\"", "title:", "- - \" ? (((((", "::::"] {
            assert_eq!(Question::parse(text), Question::default(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_a_question(text in "\\PC{0,200}") {
            let question = Question::parse(&text);
            let words = question.wanted.iter().map(|wanted| wanted.words.len()).sum::<usize>();
            prop_assert!(words <= 16);
        }
    }
}
