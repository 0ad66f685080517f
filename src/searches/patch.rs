//! How a merge patch on a saved search is described.

use super::model::SearchRequest;
use crate::platform::extract::patch_of;

patch_of! {
    /// The schema of a merge patch on [`SearchRequest`].
    pub(super) SearchPatch, SearchRequest
}
