//! How a merge patch on a client is described.

use super::model::ClientRequest;
use crate::platform::extract::patch_of;

patch_of! {
    /// The schema of a merge patch on [`ClientRequest`].
    pub(super) ClientPatch, ClientRequest
}
