//! What counts besides the words: that others took it up, and that it is new. Measured in `docs/search.md`.

use tantivy::Score;

/// What being imitated by everybody, and being published today, add at most.
const IMITATED: f32 = 0.15;
const NEW: f32 = 0.10;
/// More imitations than this add nothing more.
const MANY: u32 = 20;
/// Newness halves in so many days.
const HALF_LIFE: f32 = 365.0;

/// The greatest boost.
pub(super) const MOST: f32 = 1.0 + IMITATED + NEW;

/// What a score is multiplied with.
pub(super) fn boost(imitations: u32, age_in_days: i64) -> Score {
    let taken_up = logarithm(imitations.min(MANY)) / logarithm(MANY);
    let age = i16::try_from(age_in_days.max(0)).map_or(f32::INFINITY, f32::from);
    1.0 + IMITATED * taken_up + NEW * (-age / HALF_LIFE).exp2()
}

/// A score as the key of an order: the bits of floats that are not negative are in the order of the floats.
pub(super) fn key(score: Score) -> u64 {
    u64::from(score.max(0.0).to_bits())
}

fn logarithm(count: u32) -> f32 {
    u16::try_from(count).map_or(f32::INFINITY, f32::from).ln_1p()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MOST, boost, key};

    proptest! {
        #[test]
        fn a_boost_lifts_and_stays_below_its_bound(imitations in 0u32..100_000, age in -10i64..100_000) {
            let boost = boost(imitations, age);
            prop_assert!((1.0..=MOST).contains(&boost));
        }

        #[test]
        fn keys_are_in_the_order_of_scores(a in 0.0f32..1e6, b in 0.0f32..1e6) {
            prop_assert_eq!(key(a) < key(b), a < b);
        }
    }
}
