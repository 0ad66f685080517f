//! Spellings without the letters that a keyboard may lack.

use std::iter;

use unicode_normalization::UnicodeNormalization;

/// The ASCII spellings of a word that has other letters: å as a and aa, ø as o and oe, æ as ae and e.
pub(super) fn folded(word: &str) -> Vec<String> {
    if word.is_ascii() {
        return Vec::new();
    }
    let mut spellings = vec![spell(word, ["a", "o", "ae"])];
    for other in [["aa", "oe", "ae"], ["a", "o", "a"], ["a", "o", "e"]] {
        let spelling = spell(word, other);
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

fn spell(word: &str, [aa, oe, ae]: [&str; 3]) -> String {
    let letters = word.chars().flat_map(|letter| -> Box<dyn Iterator<Item = char>> {
        match letter {
            'å' => Box::new(aa.chars()),
            'ø' => Box::new(oe.chars()),
            'æ' => Box::new(ae.chars()),
            letter if letter.is_ascii() => Box::new(iter::once(letter)),
            letter => Box::new(iter::once(letter).nfd().filter(char::is_ascii)),
        }
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn letters_outside_ascii_are_written_as_people_write_them() {
        assert_eq!(folded("råde"), ["rade", "raade"]);
        assert_eq!(folded("æsj"), ["aesj", "asj", "esj"]);
        assert_eq!(folded("idé"), ["ide"]);
        assert_eq!(folded("moss"), Vec::<String>::new());
    }
}
