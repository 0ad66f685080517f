//! Three values of a member held against each other: what it was, what it is upstream, and what it is here.

use serde_json::Value;

use super::{
    difference::{items, same, without},
    fields::Form,
};
use crate::platform::closed::closed;

closed! {
    /// Who changed a member since the base.
    pub enum FieldState {
        /// Nobody.
        Unchanged = "unchanged",
        /// The upstream did: a merge takes it over unless told to keep yours.
        TheirsOnly = "theirs_only",
        /// You did: a merge keeps it unless told to take theirs.
        MineOnly = "mine_only",
        /// Both did, and it is the same now.
        BothSame = "both_same",
        /// Both changed a list, each in its way: a merge unites the two, minus what either removed.
        Mergeable = "mergeable",
        /// Both did, differently: a merge must be told what to do.
        Conflict = "conflict",
    }
}

/// What is decided for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Take what they have; of a list, take over what they added and removed.
    Take,
    /// Keep what is here.
    Keep,
}

/// A member in three places.
#[derive(Clone, Copy, Debug)]
pub struct ThreeWay<'v> {
    pub form: Form,
    pub base: &'v Value,
    pub theirs: &'v Value,
    pub mine: &'v Value,
}

impl ThreeWay<'_> {
    pub fn state(self) -> FieldState {
        let Self { form, base, theirs, mine } = self;
        match (same(form, base, theirs), same(form, base, mine)) {
            (true, true) => FieldState::Unchanged,
            (false, true) => FieldState::TheirsOnly,
            (true, false) => FieldState::MineOnly,
            (false, false) if same(form, theirs, mine) => FieldState::BothSame,
            (false, false) if form == Form::List => FieldState::Mergeable,
            (false, false) => FieldState::Conflict,
        }
    }

    /// What the member becomes; none for a conflict that nobody decided.
    pub fn merged(self, decision: Option<Decision>) -> Option<Value> {
        let (state, mine) = (self.state(), || Some(self.mine.clone()));
        match (decision, state) {
            (Some(Decision::Keep), _)
            | (_, FieldState::Unchanged | FieldState::BothSame)
            | (None, FieldState::MineOnly) => mine(),
            (_, FieldState::TheirsOnly) => Some(self.theirs.clone()),
            (_, FieldState::Mergeable) => Some(self.united()),
            (Some(Decision::Take), FieldState::MineOnly | FieldState::Conflict) => {
                if self.form == Form::List { mine() } else { Some(self.theirs.clone()) }
            }
            (None, FieldState::Conflict) => None,
        }
    }

    /// Mine, with what they added and without what they removed.
    fn united(self) -> Value {
        let (removed, added) = (without(self.base, self.theirs), without(self.theirs, self.base));
        let kept = items(self.mine).iter().filter(|item| !removed.contains(item));
        let added = added.iter().filter(|item| !items(self.mine).contains(item));
        kept.chain(added).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Decision, FieldState, ThreeWay};
    use crate::projects::{
        difference::{items, same},
        fields::Form,
    };

    /// A form, and three values of it; few different ones, so that they often agree.
    fn three() -> impl Strategy<Value = (Form, [Value; 3])> {
        let list = || prop::collection::btree_set(0u8..5, 0..4).prop_map(|items| json!(items));
        let text = || prop::sample::select(vec![Value::Null, json!("én"), json!("to"), json!("tre")]);
        prop_oneof![
            [list(), list(), list()].prop_map(|values| (Form::List, values)),
            [text(), text(), text()].prop_map(|values| (Form::Text, values)),
            [text(), text(), text()].prop_map(|values| (Form::Value, values)),
        ]
    }

    fn decision() -> impl Strategy<Value = Option<Decision>> {
        prop::sample::select(vec![None, Some(Decision::Take), Some(Decision::Keep)])
    }

    fn at<'v>(form: Form, base: &'v Value, theirs: &'v Value, mine: &'v Value) -> ThreeWay<'v> {
        ThreeWay { form, base, theirs, mine }
    }

    proptest! {
        #[test]
        fn merging_what_is_identical_changes_nothing((form, [base, mine, _]) in three(), decision in decision()) {
            let merged = at(form, &base, &mine, &mine).merged(decision);
            prop_assert_eq!(merged, Some(mine));
        }

        #[test]
        fn taking_all_equals_theirs_where_mine_is_untouched((form, [base, theirs, _]) in three()) {
            let merged = at(form, &base, &theirs, &base).merged(Some(Decision::Take)).unwrap();
            prop_assert!(same(form, &merged, &theirs));
        }

        #[test]
        fn keeping_all_leaves_mine((form, [base, theirs, mine]) in three()) {
            let merged = at(form, &base, &theirs, &mine).merged(Some(Decision::Keep));
            prop_assert_eq!(merged, Some(mine));
        }

        #[test]
        fn a_merge_twice_is_a_merge_once((form, [base, theirs, mine]) in three(), decision in decision()) {
            let Some(once) = at(form, &base, &theirs, &mine).merged(decision) else { return Ok(()) };
            // The base is what was merged, and what is merged again is the same.
            let twice = at(form, &theirs, &theirs, &once).merged(decision);
            prop_assert_eq!(twice, Some(once));
        }

        #[test]
        fn only_a_conflict_needs_a_decision((form, [base, theirs, mine]) in three()) {
            let three = at(form, &base, &theirs, &mine);
            prop_assert_eq!(three.merged(None).is_none(), three.state() == FieldState::Conflict);
        }

        #[test]
        fn a_list_has_what_either_added_and_not_what_either_removed((form, [base, theirs, mine]) in three()) {
            prop_assume!(form == Form::List);
            let merged = at(form, &base, &theirs, &mine).merged(None).unwrap();
            for item in (0u8..5).map(|item| json!(item)) {
                let (was, there, here) =
                    (items(&base).contains(&item), items(&theirs).contains(&item), items(&mine).contains(&item));
                let expected = if was { there && here } else { there || here };
                prop_assert_eq!(items(&merged).contains(&item), expected);
            }
        }

        #[test]
        fn either_side_may_be_called_mine((form, [base, theirs, mine]) in three()) {
            let (one, other) = (at(form, &base, &theirs, &mine), at(form, &base, &mine, &theirs));
            match (one.merged(None), other.merged(None)) {
                (Some(one), Some(other)) => prop_assert!(same(form, &one, &other)),
                (one, other) => prop_assert_eq!(one, other),
            }
        }
    }
}
