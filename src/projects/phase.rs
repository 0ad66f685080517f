//! How far a project has come.

use crate::platform::closed::closed;

closed! {
    /// How far a project has come.
    #[derive(Default)]
    pub enum Phase {
        #[default]
        Idea = "idea",
        Explored = "explored",
        Piloted = "piloted",
        InUse = "in_use",
        Evaluated = "evaluated",
        Discontinued = "discontinued",
    }
}

impl Phase {
    /// Whether a project may go from this phase to `next`: ahead as far as it likes, because small innovations
    /// take all steps in a day; one step back; to discontinued from anywhere, and from there taken up again.
    pub fn may_become(self, next: Self) -> bool {
        match (self.step(), next.step()) {
            (Some(from), Some(to)) => to + 1 >= from,
            (None, Some(_)) => matches!(next, Self::Idea | Self::Explored),
            (_, None) => true,
        }
    }

    /// The phases that may follow, for telling a client what would have been right.
    pub fn successors(self) -> String {
        let next = Self::ALL.iter().filter(|&&next| self.may_become(next) && next != self);
        next.map(|phase| phase.code()).collect::<Vec<_>>().join(", ")
    }

    pub fn is_in_use(self) -> bool {
        matches!(self, Self::InUse | Self::Evaluated)
    }

    fn step(self) -> Option<u8> {
        match self {
            Self::Idea => Some(0),
            Self::Explored => Some(1),
            Self::Piloted => Some(2),
            Self::InUse => Some(3),
            Self::Evaluated => Some(4),
            Self::Discontinued => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Phase::{self, Discontinued, Evaluated, Explored, Idea, InUse, Piloted};

    #[test]
    fn a_phase_leads_ahead_one_back_or_out() {
        let table: &[(Phase, &[Phase])] = &[
            (Idea, &[Idea, Explored, Piloted, InUse, Evaluated, Discontinued]),
            (Explored, &[Idea, Explored, Piloted, InUse, Evaluated, Discontinued]),
            (Piloted, &[Explored, Piloted, InUse, Evaluated, Discontinued]),
            (InUse, &[Piloted, InUse, Evaluated, Discontinued]),
            (Evaluated, &[InUse, Evaluated, Discontinued]),
            (Discontinued, &[Idea, Explored, Discontinued]),
        ];
        for (from, allowed) in table {
            let found: Vec<_> = Phase::ALL.iter().copied().filter(|next| from.may_become(*next)).collect();
            assert_eq!(&found, allowed, "{from:?}");
        }
    }
}
