//! How a merge patch on a project is described.

use super::content::Content;
use crate::platform::extract::patch_of;

patch_of! {
    /// The schema of a merge patch on [`Content`].
    pub ContentPatch, Content
}
