//! For whom the index is asked.

use super::{document::EVERYBODY, query::Bookmark};
use crate::platform::{auth::Reader, id::MunicipalityId, state::State};

/// Whoever asks the index, and on which day.
#[derive(Clone, Debug, Default)]
pub(super) struct Viewer {
    /// Whose regional publications are seen, in order; none for the anonymous.
    neighbours: Vec<u32>,
    /// What newness is measured from, in days since 1970.
    today: i64,
}

impl Viewer {
    pub(super) fn new(reader: &Reader, state: &State) -> Self {
        let neighbours = reader.municipality().map(|id| state.directory().neighbours(id)).unwrap_or_default();
        let mut neighbours: Vec<u32> = neighbours.into_iter().map(MunicipalityId::number).collect();
        neighbours.sort_unstable();
        Self { neighbours, today: state.clock.now().timestamp().div_euclid(86_400) }
    }

    /// The one place that decides what a caller finds, by [`super::document::readers`]: what everybody may see, and
    /// what is for its region.
    pub(super) fn sees(&self, readers: u32) -> bool {
        readers == EVERYBODY || self.neighbours.binary_search(&readers).is_ok()
    }

    /// Whether an imitation, or a use, is seen, by [`super::document::taker`].
    pub(super) fn sees_taker(&self, taker: u64) -> bool {
        taker & 1 == 1 || u32::try_from(taker >> 1).is_ok_and(|owner| self.sees(owner))
    }

    /// All pages are of the day of the first, or what is new would count for less from one to the next.
    pub(super) fn on_the_day_of(after: Option<Bookmark>, reader: &Reader, state: &State) -> Self {
        let viewer = Self::new(reader, state);
        let today = after.map_or(viewer.today, |bookmark| bookmark.today);
        Self { today, ..viewer }
    }

    pub(super) fn today(&self) -> i64 {
        self.today
    }
}
