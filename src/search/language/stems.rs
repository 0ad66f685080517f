//! What the forms of a word have in common.

use std::{borrow::Cow, sync::LazyLock};

use frostem::{Algorithm, Stemmer};

use super::table::Table;

/// Words that are one in bokmål and nynorsk, or in their irregular forms, and that a stemmer keeps apart.
const FORMS: &str = include_str!("../../../assets/norwegian/forms.txt");

/// Names that look like forms of other words.
const NAMES: &str = include_str!("../../../assets/norwegian/names.txt");

static NORWEGIAN: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::Norwegian));
static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));
static CONFLATED: LazyLock<Conflated> = LazyLock::new(Conflated::read);

/// What the table says, by whole word and by stem: the stem catches the inflections of what is listed.
struct Conflated {
    words: Table<&'static str, String>,
    stems: Table<String, String>,
}

impl Conflated {
    fn read() -> Self {
        let mut table = Self { words: Table::new(), stems: Table::new() };
        for name in NAMES.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace) {
            table.words.insert(name, name.to_owned());
        }
        for line in FORMS.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ').filter(|word| !word.is_empty());
            let Some(first) = words.next() else { continue };
            let shared = snowball(first).into_owned();
            for word in words {
                table.words.insert(word, shared.clone());
                let stem = snowball(word).into_owned();
                // A short stem is the stem of too much else.
                if stem.chars().count() > 2 && stem != shared {
                    table.stems.entry(stem).or_insert_with(|| shared.clone());
                }
            }
        }
        table
    }
}

/// The Norwegian stem of a lowercase word; nynorsk forms have that of bokmål.
pub(super) fn stem(word: &str) -> String {
    if let Some(shared) = CONFLATED.words.get(word) {
        return shared.clone();
    }
    let stem = snowball(word);
    match CONFLATED.stems.get(stem.as_ref()) {
        Some(shared) => shared.clone(),
        None => stem.into_owned(),
    }
}

/// The stem without what the table says: how a word looks before it is known.
pub(super) fn plain_stem(word: &str) -> String {
    snowball(word).into_owned()
}

pub(super) fn english_stem(word: &str) -> String {
    ENGLISH.stem(word).into_owned()
}

/// Snowball's, for words that nynorsk ends in its own way: -heit for -het, -leik for the same.
fn snowball(word: &str) -> Cow<'_, str> {
    for (nynorsk, bokmaal) in [("heit", "het"), ("heita", "het"), ("heiter", "het"), ("heitene", "het")] {
        if let Some(base) = word.strip_suffix(nynorsk)
            && base.chars().count() > 2
        {
            return Cow::Owned(NORWEGIAN.stem(&format!("{base}{bokmaal}")).into_owned());
        }
    }
    NORWEGIAN.stem(word)
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_a_word_in_bokmaal_and_nynorsk_have_one_stem() {
        for forms in [
            &["innovasjon", "innovasjonen", "innovasjonar", "innovasjoner"][..],
            &["kommune", "kommuner", "kommunar", "kommunen"],
            &["båt", "båten", "båtar", "båter"],
            &["sykehjem", "sjukeheim", "sjukeheimen", "sjukeheimar", "sykehjemmet"],
            &["skole", "skule", "skular", "skolene"],
            &["ikke", "ikkje"],
            &["bok", "bøker", "bøkene"],
            &["mulighet", "moglegheit", "moglegheiter", "muligheter"],
        ] {
            let stems: Vec<String> = forms.iter().map(|form| stem(form)).collect();
            assert!(stems.iter().all(|stem| stem == &stems[0]), "{forms:?}: {stems:?}");
        }
    }
}
