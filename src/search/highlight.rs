//! Where a hit matched: whole words in their original spelling, in a piece of their text, safe as HTML.

use std::{collections::BTreeSet, ops::Range};

use super::matcher::Match;

/// How long a piece of text is, in bytes, before it is widened to whole words.
const PIECE: usize = 240;

/// The best piece of `text` with its matches marked, as HTML; nothing when no word of it matches.
pub(super) fn highlight(text: &str, matches: &[Match]) -> Option<String> {
    let piece = best_piece(text, matches)?;
    Some(mark(text, piece, matches))
}

/// The piece that answers the most of the query; the first of those that do.
fn best_piece(text: &str, matches: &[Match]) -> Option<Range<usize>> {
    let mut best: Option<(usize, Range<usize>)> = None;
    for (nth, first) in matches.iter().enumerate() {
        let rest = matches.iter().skip(nth).take_while(|found| found.at.end <= first.at.start + PIECE);
        let different = rest.map(|found| found.reason.clause).collect::<BTreeSet<_>>().len();
        if best.as_ref().is_none_or(|(most, _)| different > *most) {
            best = Some((different, widen(text, first.at.start)));
        }
    }
    best.map(|(_, piece)| piece)
}

/// A piece around a match: some of what comes before, and ends at white space.
fn widen(text: &str, start: usize) -> Range<usize> {
    if text.len() <= PIECE {
        return 0..text.len();
    }
    let from = boundary(text, start.saturating_sub(PIECE / 4));
    let to = boundary(text, (from + PIECE).min(text.len()));
    from..to.max(start)
}

/// The start of the word at or before a byte; the ends of the text are boundaries too.
fn boundary(text: &str, mut at: usize) -> usize {
    if at == 0 || at >= text.len() {
        return at.min(text.len());
    }
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or_default();
    before.rfind(char::is_whitespace).map_or(0, |space| space + 1)
}

fn mark(text: &str, piece: Range<usize>, matches: &[Match]) -> String {
    let mut html = String::with_capacity(piece.len() + 64);
    if piece.start > 0 {
        html.push_str("… ");
    }
    let mut done = piece.start;
    for found in matches.iter().filter(|found| found.at.start >= piece.start && found.at.end <= piece.end) {
        escape(&mut html, text.get(done..found.at.start).unwrap_or_default());
        html.push_str("<mark>");
        escape(&mut html, text.get(found.at.clone()).unwrap_or_default());
        html.push_str("</mark>");
        done = found.at.end;
    }
    escape(&mut html, text.get(done..piece.end).unwrap_or_default().trim_end());
    if piece.end < text.len() {
        html.push_str(" …");
    }
    html
}

fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::highlight;
    use crate::{
        platform::language::Language,
        search::{
            clause::{Alternative, Clause, How, Pattern, Reach},
            language::term,
            matcher::Matcher,
            members::Member,
        },
    };

    fn clause(word: &str) -> Clause {
        let pattern = Pattern::Word(term(word));
        let alternatives = vec![Alternative { pattern, how: How::Form, weight: 1.0, reach: Reach::Close }];
        Clause { text: word.to_owned(), member: None, demanded: false, alternatives }
    }

    fn html(query: &str, text: &str) -> Option<String> {
        let clauses: Vec<Clause> = query.split_whitespace().map(clause).collect();
        highlight(text, &Matcher::new(&clauses).matches(text, Member::Need, Language::Nb))
    }

    #[test]
    fn whole_words_are_marked_in_their_own_spelling_and_the_rest_is_escaped() {
        let marked = html("båt", "<b>Delte</b> elbåtar & BÅTEN").unwrap();
        assert_eq!(marked, "&lt;b&gt;Delte&lt;/b&gt; elbåtar &amp; <mark>BÅTEN</mark>");
        assert_eq!(html("sykkel", "Delte båter"), None);
    }

    #[test]
    fn a_long_text_is_cut_to_the_piece_with_the_most_terms() {
        let text = format!(
            "Sensor her. {}Ein sensor i kvart hus varslar om fall. {}",
            "å ".repeat(300),
            "ø ".repeat(300)
        );
        let marked = html("sensor fall", &text).unwrap();
        assert!(marked.starts_with("… ") && marked.ends_with(" …"), "{marked}");
        assert!(marked.contains("<mark>sensor</mark> i kvart hus varslar om <mark>fall</mark>"), "{marked}");
        assert!(marked.len() < 500, "{marked}");
    }

    proptest! {
        #[test]
        fn no_text_can_smuggle_in_markup(text in "\\PC{0,400}", word in "[a-zæøå<>&\"]{1,8}") {
            if let Some(marked) = html(&word, &text) {
                let plain = marked.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(!plain.contains(['<', '>', '"', '\'']), "{}", marked);
            }
        }
    }
}
