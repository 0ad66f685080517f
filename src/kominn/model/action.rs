//! What a run does.

use crate::{
    kominn::merge::ItemChange,
    platform::{
        closed::closed,
        id::{MunicipalityId, ProjectId},
    },
};

closed! {
    /// What a run did to one thing, or would do.
    pub enum Action {
        /// An item is made of a publication.
        Create = "create",
        /// Fields of an item change.
        Update = "update",
        /// An item is found again that the ledger had lost or given up.
        Find = "find",
        /// What an item says is taken back.
        Withdraw = "withdraw",
        /// A person must choose.
        Conflict = "conflict",
        /// An item is gone.
        Gone = "gone",
        /// KOMINN refused.
        Reject = "reject",
        /// It failed, and is tried again later.
        Fail = "fail",
        /// What an item was inspired by changes.
        Inspire = "inspire",
        /// An item of others is shown here.
        Import = "import",
        /// An item of others is no longer shown here.
        Vanish = "vanish",
        /// So much would vanish that a person must look first.
        Hold = "hold",
        /// An item of others cannot be shown.
        Skip = "skip",
        /// It is sent to KS.
        SendToKs = "send_to_ks",
    }
}

/// One thing that a run did, or would do.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::kominn) struct Step {
    pub(in crate::kominn) owner: MunicipalityId,
    pub(in crate::kominn) project: Option<ProjectId>,
    pub(in crate::kominn) item: Option<i64>,
    pub(in crate::kominn) action: Action,
    pub(in crate::kominn) differences: Vec<ItemChange>,
    pub(in crate::kominn) error: Option<String>,
}

impl Step {
    pub(in crate::kominn) fn of(owner: MunicipalityId, project: Option<ProjectId>, action: Action) -> Self {
        Self { owner, project, item: None, action, differences: Vec::new(), error: None }
    }
}
