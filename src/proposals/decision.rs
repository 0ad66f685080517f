//! What the owner decides about a proposal.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    platform::{
        closed::closed,
        error::{Code, Error, Fault, Result},
        text::Text,
    },
    projects::{Decision, Field, FieldSet, check_decisions, decision},
};

closed! {
    /// What the owner decides.
    pub enum DecisionOutcome {
        Accepted = "accepted",
        Declined = "declined",
    }
}

/// What is decided about a proposal.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DecisionRequest {
    pub outcome: DecisionOutcome,
    /// Why; a declined one cannot be without.
    #[serde(default)]
    #[schema(inline)]
    pub answer: Option<Text<1, 2000>>,
    /// Members for which the proposal wins over what was changed since.
    #[serde(default)]
    #[schema(inline)]
    pub take: FieldSet,
    /// Members that are not taken over.
    #[serde(default)]
    #[schema(inline)]
    pub keep: FieldSet,
}

impl DecisionRequest {
    /// Whether the decision can be one about these members.
    pub(super) fn check(&self, offered: &[Field]) -> Result<()> {
        let unexplained = self.outcome == DecisionOutcome::Declined && self.answer.is_none();
        let answer =
            unexplained.then(|| Fault::missing("answer", "say why: they took the trouble to offer it"));
        let is_offered = |field: Field| offered.contains(&field);
        let mut faults = check_decisions((&self.take, &self.keep), is_offered, "is not offered");
        let pointless =
            self.outcome == DecisionOutcome::Declined && !(self.take.is_empty() && self.keep.is_empty());
        faults.extend(
            pointless.then(|| Fault::invalid("#/outcome", "must be accepted when members are named")),
        );
        faults.extend(answer);
        if faults.is_empty() {
            return Ok(());
        }
        Err(Error::faults(Code::InvalidBody, "The decision breaks a rule.", faults))
    }

    pub(super) fn of(&self, field: Field) -> Option<Decision> {
        decision(&self.take, &self.keep, field)
    }

    pub(super) fn keeps(&self, field: Field) -> bool {
        self.keep.contains(&field)
    }
}
