//! Other names of a thing.

use std::{collections::BTreeMap, sync::LazyLock};

use super::words::{english_term, term, words};

/// Lines of `same = name`, `near ~ thing` and `broad > narrow, narrow`.
const SYNONYMS: &str = include_str!("../../../assets/norwegian/synonyms.txt");
/// Lines of `norsk = english = english`.
const ENGLISH: &str = include_str!("../../../assets/norwegian/english.txt");

/// Names are of at most so many words.
pub(in crate::search) const LONGEST_NAME: usize = 6;

/// How close another name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::search) enum Kinship {
    /// Another name of the same.
    Same,
    /// Something near, or narrower.
    Near,
}

/// A name, as terms.
type Name = Vec<String>;

static BY_NAME: LazyLock<BTreeMap<Name, Vec<(Kinship, Name)>>> = LazyLock::new(read);

/// Other names of what a run of terms names. Names of these names are not taken: they lead away.
pub(in crate::search) fn synonyms(terms: &[String]) -> &'static [(Kinship, Name)] {
    BY_NAME.get(terms).map(Vec::as_slice).unwrap_or_default()
}

fn read() -> BTreeMap<Name, Vec<(Kinship, Name)>> {
    let mut table: BTreeMap<Name, Vec<(Kinship, Name)>> = BTreeMap::new();
    let mut relate = |from: &Name, to: &Name, kinship| {
        let known = table.entry(from.clone()).or_default();
        if from != to && !to.is_empty() && !known.iter().any(|(_, name)| name == to) {
            known.push((kinship, to.clone()));
        }
    };
    // Same before near, so that a pair in both is the same.
    for (sign, kinship) in [('=', Kinship::Same), ('~', Kinship::Near)] {
        for line in lines(SYNONYMS).filter(|line| line.contains(sign)) {
            let names: Vec<Name> = line.split(sign).map(name).collect();
            for from in &names {
                for to in &names {
                    relate(from, to, kinship);
                }
            }
        }
    }
    for line in lines(ENGLISH) {
        let mut names = line.split('=');
        let Some(norwegian) = names.next().map(name) else { continue };
        let names: Vec<Name> = std::iter::once(norwegian).chain(names.map(english_name)).collect();
        for from in &names {
            for to in &names {
                relate(from, to, Kinship::Same);
            }
        }
    }
    for (broad, narrow) in lines(SYNONYMS).filter_map(|line| line.split_once('>')) {
        let broad = name(broad);
        narrow.split(',').for_each(|narrow| relate(&broad, &name(narrow), Kinship::Near));
    }
    table
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

fn name(text: &str) -> Name {
    words(text).filter_map(|at| text.get(at)).map(term).collect()
}

fn english_name(text: &str) -> Name {
    words(text).filter_map(|at| text.get(at)).map(english_term).collect()
}

#[cfg(test)]
mod tests {
    use super::{Kinship, name, synonyms};

    #[test]
    fn a_thing_is_known_by_its_other_names() {
        assert!(synonyms(&name("ki")).contains(&(Kinship::Same, name("kunstig intelligens"))));
        assert!(synonyms(&name("kunstig intelligens")).contains(&(Kinship::Same, name("ki"))));
        assert!(synonyms(&name("aldershjem")).iter().any(|(_, other)| *other == name("sjukeheim")));
        assert!(synonyms(&name("tull")).is_empty());
    }
}
