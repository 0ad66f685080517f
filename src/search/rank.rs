//! What a hit counts: BM25 for its words, and that others took it up, and that it is new. Measured in
//! `docs/search.md`.

use tantivy::{Score, fieldnorm::FieldNormReader};

use super::document::Uptake;

/// How soon more of the same word adds little: in the units of `tokens::WORD`.
const SATURATION: f32 = 6.0;
/// How much a long text needs more of a word than a short one, 0 to 1.
const LENGTH: f32 = 0.6;

/// What being taken up by everybody, and being published today, add at most.
const TAKEN_UP: f32 = 0.15;
const NEW: f32 = 0.10;
/// More imitations and uses than this add nothing more.
const MANY: u32 = 20;
/// Newness halves in so many days.
const HALF_LIFE: f32 = 365.0;

/// The greatest boost.
pub(super) const MOST: f32 = 1.0 + TAKEN_UP + NEW;

/// What a document's length makes of a word's frequency, by the length as the index keeps it.
pub(super) struct Lengths([f32; 256]);

impl Lengths {
    /// For documents that have so many terms on average.
    pub(super) fn new(average: f32) -> Self {
        let mut by_norm = [0.0; 256];
        for (norm, saturation) in (0..=u8::MAX).zip(&mut by_norm) {
            let length = number(FieldNormReader::id_to_fieldnorm(norm).into());
            *saturation = SATURATION * (1.0 - LENGTH + LENGTH * length / average.max(1.0));
        }
        Self(by_norm)
    }

    /// How much of a word's weight a document gets that has it so often, 0 to 1.
    pub(super) fn saturated(&self, norm: u8, frequency: u32) -> f32 {
        let often = f32::from(u16::try_from(frequency).unwrap_or(u16::MAX));
        often / (often + self.0.get(usize::from(norm)).copied().unwrap_or(f32::INFINITY))
    }
}

/// How much a word tells by standing in `having` of `all` documents.
pub(super) fn rarity(having: u64, all: u64) -> f32 {
    let having = number(having);
    ((number(all) - having + 0.5).max(0.0) / (having + 0.5)).ln_1p()
}

/// What a score is multiplied with.
pub(super) fn boost(Uptake { imitations, users }: Uptake, age_in_days: i64) -> Score {
    let taken_up = logarithm(imitations.saturating_add(users).min(MANY)) / logarithm(MANY);
    let age = i16::try_from(age_in_days.max(0)).map_or(f32::INFINITY, f32::from);
    1.0 + TAKEN_UP * taken_up + NEW * (-age / HALF_LIFE).exp2()
}

/// A score as the key of an order: the bits of floats that are not negative are in the order of the floats.
pub(super) fn key(score: Score) -> u64 {
    u64::from(score.max(0.0).to_bits())
}

fn logarithm(count: u32) -> f32 {
    u16::try_from(count).map_or(f32::INFINITY, f32::from).ln_1p()
}

/// A count as a float, which need not be exact.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a score needs no more than that")]
pub(super) fn number(count: u64) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lengths, MOST, Uptake, boost, key, rarity};

    proptest! {
        #[test]
        fn a_boost_lifts_and_stays_below_its_bound(imitations in 0u32..100_000, users in 0u32..400, age in -10i64..100_000) {
            let boost = boost(Uptake { imitations, users }, age);
            prop_assert!((1.0..=MOST).contains(&boost));
        }

        #[test]
        fn keys_are_in_the_order_of_scores(a in 0.0f32..1e6, b in 0.0f32..1e6) {
            prop_assert_eq!(key(a) < key(b), a < b);
        }

        #[test]
        fn more_of_a_word_and_a_shorter_text_count_for_more(often in 1u32..1000, norm in 0u8..254) {
            let lengths = Lengths::new(300.0);
            prop_assert!(lengths.saturated(norm, often) < lengths.saturated(norm, often + 1));
            prop_assert!(lengths.saturated(norm, often) > lengths.saturated(norm + 1, often));
        }

        #[test]
        fn rarer_words_tell_more(all in 1u64..1_000_000, having in 0u64..1_000_000) {
            prop_assume!(having < all);
            prop_assert!(rarity(having, all) > rarity(having + 1, all));
        }
    }
}
