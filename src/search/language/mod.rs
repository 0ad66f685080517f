//! Words of Norwegian and English, as the index and the queries know them.
//!
//! One chain for both sides: a word becomes a *term*, which all its forms share in bokmål and nynorsk; a compound has
//! *parts* besides; letters outside ASCII have *folded* spellings. Synonyms are a matter of queries alone.

mod compounds;
mod fold;
mod keys;
mod stems;
mod stop;
mod synonyms;
mod table;
mod words;

pub(super) use self::{
    keys::{Keys, key},
    stop::is_stop_word,
    synonyms::{Kinship, LONGEST_NAME, synonyms},
    words::{Forms, english_term, forms, term, unfolded, words},
};
