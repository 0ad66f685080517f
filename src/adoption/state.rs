//! How far a municipality has come.

use crate::platform::closed::closed;

closed! {
    /// How far a municipality has come with a project.
    pub enum AdoptionState {
        /// Decided, not begun.
        Planned = "planned",
        Piloting = "piloting",
        InUse = "in_use",
        /// In use, and it is known what came of it.
        Evaluated = "evaluated",
        /// Stopped, for a reason.
        Discontinued = "discontinued",
    }
}

impl AdoptionState {
    /// Whether a ledger may go from this state to `next`: ahead as far as it likes, one step back, to discontinued from
    /// anywhere, and from there taken up again.
    pub fn may_become(self, next: Self) -> bool {
        match (self.step(), next.step()) {
            (Some(from), Some(to)) => to + 1 >= from,
            (None, Some(_)) => matches!(next, Self::Planned | Self::Piloting),
            (_, None) => true,
        }
    }

    /// The states that may follow, for telling a client what would have been right.
    pub fn successors(self) -> String {
        let next = Self::ALL.iter().filter(|&&next| self.may_become(next));
        next.map(|state| state.code()).collect::<Vec<_>>().join(", ")
    }

    pub fn is_in_use(self) -> bool {
        matches!(self, Self::InUse | Self::Evaluated)
    }

    fn step(self) -> Option<u8> {
        match self {
            Self::Planned => Some(0),
            Self::Piloting => Some(1),
            Self::InUse => Some(2),
            Self::Evaluated => Some(3),
            Self::Discontinued => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AdoptionState::{self, Discontinued, Evaluated, InUse, Piloting, Planned};

    #[test]
    fn a_state_leads_ahead_one_back_or_out() {
        let table: &[(AdoptionState, &[AdoptionState])] = &[
            (Planned, &[Planned, Piloting, InUse, Evaluated, Discontinued]),
            (Piloting, &[Planned, Piloting, InUse, Evaluated, Discontinued]),
            (InUse, &[Piloting, InUse, Evaluated, Discontinued]),
            (Evaluated, &[InUse, Evaluated, Discontinued]),
            (Discontinued, &[Planned, Piloting, Discontinued]),
        ];
        for (from, allowed) in table {
            let found: Vec<_> =
                AdoptionState::ALL.iter().copied().filter(|next| from.may_become(*next)).collect();
            assert_eq!(&found, allowed, "{from:?}");
        }
    }
}
