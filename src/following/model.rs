//! What is followed.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::closed::closed;

closed! {
    /// What can be followed.
    pub enum FollowKind {
        /// A publication, by its id.
        Publication = "publication",
        /// All publications of a municipality, by its organisation number.
        Municipality = "municipality",
        /// All publications of a strategic area, by its code.
        Area = "area",
    }
}

/// Something that a municipality follows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Follow {
    pub kind: FollowKind,
    /// A publication's id, a municipality's organisation number, or the code of a strategic area.
    pub target: String,
    pub followed_at: DateTime<Utc>,
}

/// Everything that a municipality follows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Follows {
    /// By kind and target; 500 at most.
    pub items: Vec<Follow>,
}
