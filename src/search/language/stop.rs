//! Words that say nothing about what is looked for.

use std::sync::LazyLock;

use super::{fold::folded, table::Set};

/// Function words of bokmål, nynorsk and English, and those that every question here is made of.
const STOP: &str = include_str!("../../../assets/norwegian/stop.txt");

static STOP_WORDS: LazyLock<Set<String>> = LazyLock::new(|| {
    let words = STOP.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    words.flat_map(|word| folded(word).into_iter().chain([word.to_owned()])).collect()
});

pub(in crate::search) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(word)
}
