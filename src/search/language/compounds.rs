//! Compounds: Norwegian writes them in one word, and people look for their parts.

use std::{ops::Range, sync::LazyLock};

use super::{stems::stem, table::Set};

/// Words that compounds are made of, and such that look like compounds and are not to be split.
const PARTS: &str = include_str!("../../../assets/norwegian/parts.txt");

/// The shortest word that is looked at, and the shortest part, in bytes.
const SHORTEST: usize = 6;
const SHORTEST_PART: usize = 3;
/// The longest word that is looked at, in bytes: the work grows with the square.
const LONGEST: usize = 60;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

struct Lexicon {
    /// As they stand before another part.
    words: Set<&'static str>,
    /// As they stand at the end, where they are inflected.
    stems: Set<String>,
}

impl Lexicon {
    fn read() -> Self {
        let lines = PARTS.lines();
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let stems = lines.clone().map(stem).filter(|stem| stem.len() >= SHORTEST_PART).collect();
        Self { words: lines.collect(), stems }
    }

    fn ends(&self, word: &str) -> bool {
        word.len() >= SHORTEST_PART && (self.words.contains(word) || self.stems.contains(&stem(word)))
    }
}

/// A way to read a word from its start to a place in it: its parts, and how many letters only link them.
#[derive(Clone)]
struct Reading {
    parts: Vec<Range<usize>>,
    links: usize,
}

impl Reading {
    /// Few parts before many, few links before many, long first parts before short ones.
    fn is_better_than(&self, other: &Self) -> bool {
        let rank = |reading: &Self| (reading.parts.len(), reading.links);
        let starts = |reading: &Self| reading.parts.iter().map(|part| part.end).collect::<Vec<_>>();
        rank(self) < rank(other) || (rank(self) == rank(other) && starts(self) > starts(other))
    }
}

/// The parts of a compound, the last one inflected; none when the word is not one.
pub(super) fn split(word: &str) -> Vec<&str> {
    let lexicon = &*LEXICON;
    if !(SHORTEST..=LONGEST).contains(&word.len()) || lexicon.ends(word) {
        return Vec::new();
    }
    let reading = read(lexicon, word);
    reading
        .map(|reading| reading.parts.into_iter().filter_map(|part| word.get(part)).collect())
        .unwrap_or_default()
}

/// The best reading of a whole word, found from its start to its end.
fn read(lexicon: &Lexicon, word: &str) -> Option<Reading> {
    let mut readings: Vec<Option<Reading>> = vec![None; word.len() + 1];
    *readings.first_mut()? = Some(Reading { parts: Vec::new(), links: 0 });
    let mut whole: Option<Reading> = None;
    for from in 0..word.len() {
        let Some(reading) = readings.get(from).cloned().flatten() else { continue };
        if from > 0 && word.get(from..).is_some_and(|rest| lexicon.ends(rest)) {
            keep(&mut whole, &reading, from..word.len(), 0);
        }
        for to in from + SHORTEST_PART..word.len() {
            if word.get(from..to).is_some_and(|part| lexicon.words.contains(part)) {
                for (next, links) in continuations(word, to) {
                    if let Some(next) = readings.get_mut(next) {
                        keep(next, &reading, from..to, links);
                    }
                }
            }
        }
    }
    whole
}

/// Where the next part may begin when one ends at `to`: right there, behind a linking s or e, or with the letter
/// that the two share, because three of one are written as two (natt + tilsyn = nattilsyn).
fn continuations(word: &str, to: usize) -> impl Iterator<Item = (usize, usize)> {
    let (before, after) = (word.get(..to).unwrap_or_default(), word.get(to..).unwrap_or_default());
    let linked = after.starts_with(['s', 'e']).then_some((to + 1, 1));
    let mut last = before.chars().rev();
    let shared =
        last.next().filter(|letter| last.next() == Some(*letter)).map(|letter| (to - letter.len_utf8(), 1));
    [Some((to, 0)), linked, shared].into_iter().flatten()
}

fn keep(best: &mut Option<Reading>, before: &Reading, part: Range<usize>, links: usize) {
    let mut reading = before.clone();
    reading.parts.push(part);
    reading.links += links;
    if best.as_ref().is_none_or(|best| reading.is_better_than(best)) {
        *best = Some(reading);
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn compounds_are_split_where_their_parts_meet() {
        for (word, parts) in [
            ("velferdsteknologi", &["velferd", "teknologi"][..]),
            ("velferdsteknologien", &["velferd", "teknologien"]),
            ("vannlekkasje", &["vann", "lekkasje"]),
            ("vasslekkasjar", &["vass", "lekkasjar"]),
            ("fallsensorene", &["fall", "sensorene"]),
            ("skoleveien", &["skole", "veien"]),
            ("barnehageplass", &["barnehage", "plass"]),
            ("trygghetsalarm", &["trygghet", "alarm"]),
            ("nattilsyn", &["natt", "tilsyn"]),
        ] {
            assert_eq!(split(word), parts, "{word}");
        }
    }

    #[test]
    fn simple_words_stay_whole() {
        for word in [
            "kommune",
            "kommunene",
            "innovasjon",
            "barnehager",
            "sykehjemmet",
            "teknologi",
            "samarbeid",
            "utvikling",
            "erfaringer",
            "prosjektene",
            "løsninger",
            "tilbudet",
            "åpenhet",
        ] {
            assert_eq!(split(word), Vec::<&str>::new(), "{word}");
        }
    }
}
