//! Three sides of a field: what we sent last, what we say now, and what stands over there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{config::Rule, sharepoint::Fields, text::words};
use crate::platform::closed::closed;

closed! {
    /// A side of a conflict.
    pub enum Side {
        /// What the publication says.
        Ours = "ours",
        /// What stands in KOMINN.
        Theirs = "theirs",
    }
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct ItemChange {
    /// Its internal name in KOMINN's list.
    pub(super) field: String,
    /// What stands there.
    pub(super) from: Value,
    /// What it becomes.
    pub(super) to: Value,
}

/// A field that both sides changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct ItemConflict {
    /// Its internal name in KOMINN's list.
    pub(super) field: String,
    /// What was sent last.
    pub(super) base: Value,
    /// What the publication says now.
    pub(super) ours: Value,
    /// What stands in KOMINN now.
    pub(super) theirs: Value,
}

/// What is to be done to an item.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Merged {
    /// What is sent.
    pub(super) push: Fields,
    pub(super) conflicts: Vec<ItemConflict>,
    /// What counts as sent afterwards: where theirs was left standing, it is left until ours changes again.
    pub(super) base: Fields,
}

/// Compares field by field. Where only they changed one it stays as they have it; where both did, the choice of a person counts,
/// then the rule.
pub(super) fn merge(
    (base, ours, theirs): (&Fields, &Fields, &Fields),
    rule: Rule,
    choices: &BTreeMap<String, Side>,
) -> Merged {
    let mut merged = Merged { base: base.clone(), ..Merged::default() };
    let get = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or(Value::Null);
    for (name, ours) in ours {
        let (base, theirs) = (get(base, name), get(theirs, name));
        if same(ours, &theirs) || same(ours, &base) {
            merged.base.insert(name.clone(), ours.clone());
            continue;
        }
        let side = choices.get(name).copied().or(match rule {
            _ if same(&theirs, &base) => Some(Side::Ours),
            Rule::Ask => None,
            Rule::Ours => Some(Side::Ours),
            Rule::Theirs => Some(Side::Theirs),
        });
        match side {
            Some(Side::Ours) => {
                merged.push.insert(name.clone(), ours.clone());
                merged.base.insert(name.clone(), ours.clone());
            }
            Some(Side::Theirs) => {
                merged.base.insert(name.clone(), ours.clone());
            }
            None => {
                let conflict = ItemConflict { field: name.clone(), base, ours: ours.clone(), theirs };
                merged.conflicts.push(conflict);
            }
        }
    }
    merged
}

/// What stands there of what was sent and not answered.
pub(super) fn arrived(sending: &Fields, theirs: &Fields) -> Fields {
    let stands = |(name, value): &(&String, &Value)| same(value, theirs.get(*name).unwrap_or(&Value::Null));
    sending.iter().filter(stands).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The choices that were made of what stands on both sides now; what changed since was not chosen.
pub(super) fn standing_choices(
    choices: &BTreeMap<String, Side>,
    conflicts: &[ItemConflict],
    (ours, theirs): (&Fields, &Fields),
) -> BTreeMap<String, Side> {
    let is =
        |fields: &Fields, name: &str, value: &Value| same(fields.get(name).unwrap_or(&Value::Null), value);
    let stands = |name: &String| {
        conflicts.iter().any(|conflict| {
            conflict.field == *name && is(ours, name, &conflict.ours) && is(theirs, name, &conflict.theirs)
        })
    };
    choices.iter().filter(|(name, _)| stands(name)).map(|(name, side)| (name.clone(), *side)).collect()
}

/// A list to which both sides add and from which both take: what we added and took away is done to theirs.
pub(super) fn merge_list(base: &[i64], ours: &[i64], theirs: &[i64]) -> Vec<i64> {
    let [base, ours, theirs] =
        [base, ours, theirs].map(|list| list.iter().copied().collect::<BTreeSet<i64>>());
    let taken: BTreeSet<i64> = base.difference(&ours).copied().collect();
    theirs
        .difference(&taken)
        .chain(ours.difference(&base))
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Whether two values say the same: nothing is nothing in whatever form, and choices have no order.
pub(super) fn same(one: &Value, two: &Value) -> bool {
    bare(one) == bare(two)
}

fn bare(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(words(text)),
        Value::Array(list) if list.is_empty() => Value::Null,
        Value::Array(list) => json!(list.iter().map(ToString::to_string).collect::<BTreeSet<_>>()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}

/// What changes by sending, in words of the fields.
pub(super) fn changes(push: &Fields, theirs: &Fields) -> Vec<ItemChange> {
    let change = |(name, to): (&String, &Value)| {
        let from = theirs.get(name).cloned().unwrap_or(Value::Null);
        (!same(&from, to)).then(|| ItemChange { field: name.clone(), from, to: to.clone() })
    };
    push.iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Merged, Side, merge, merge_list, same};
    use crate::kominn::{config::Rule, sharepoint::Fields};

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            (0..4i32).prop_map(|n| json!(n)),
            "[a-c]{0,2}".prop_map(|text| json!(text))
        ]
    }

    fn fields() -> impl Strategy<Value = Fields> {
        proptest::collection::btree_map("[A-C]", value(), 3)
    }

    /// What stands over there afterwards.
    fn after(theirs: &Fields, merged: &Merged) -> Fields {
        let mut after = theirs.clone();
        after.extend(merged.push.clone());
        after
    }

    proptest! {
        #[test]
        fn a_second_merge_sends_nothing(base in fields(), ours in fields(), theirs in fields(), ask: bool) {
            let rule = if ask { Rule::Ask } else { Rule::Theirs };
            let merged = merge((&base, &ours, &theirs), rule, &BTreeMap::new());
            let theirs = after(&theirs, &merged);
            let again = merge((&merged.base, &ours, &theirs), rule, &BTreeMap::new());
            prop_assert!(again.push.is_empty(), "{:?}", again.push);
            prop_assert_eq!(again.conflicts, merged.conflicts);
        }

        #[test]
        fn what_only_one_side_changed_stands_and_nothing_is_lost(base in fields(), ours in fields(), theirs in fields()) {
            let merged = merge((&base, &ours, &theirs), Rule::Ask, &BTreeMap::new());
            let after = after(&theirs, &merged);
            let get = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or(Value::Null);
            for (name, mine) in &ours {
                let (base, theirs, after) = (get(&base, name), get(&theirs, name), get(&after, name));
                let asked = merged.conflicts.iter().any(|conflict| conflict.field == *name);
                if same(&theirs, &base) { prop_assert!(same(&after, mine)); }
                else if same(mine, &base) { prop_assert!(same(&after, &theirs)); }
                else { prop_assert_eq!(asked, !same(mine, &theirs)); }
            }
        }

        #[test]
        fn by_the_rule_of_ours_everything_of_ours_is_there_that_we_changed(base in fields(), ours in fields(), theirs in fields()) {
            let merged = merge((&base, &ours, &theirs), Rule::Ours, &BTreeMap::new());
            prop_assert!(merged.conflicts.is_empty());
            let after = after(&theirs, &merged);
            for (name, mine) in &ours {
                let get = |fields: &Fields| fields.get(name).cloned().unwrap_or(Value::Null);
                prop_assert!(same(mine, &get(&after)) || same(mine, &get(&base)));
            }
        }

        #[test]
        fn a_list_keeps_what_they_added(base: Vec<i64>, ours: Vec<i64>, theirs: Vec<i64>) {
            let merged = merge_list(&base, &ours, &theirs);
            prop_assert!(theirs.iter().all(|id| merged.contains(id) || (base.contains(id) && !ours.contains(id))));
            prop_assert!(ours.iter().all(|id| merged.contains(id) || (base.contains(id) && !theirs.contains(id))));
        }
    }

    #[test]
    fn a_person_chooses_each_field() {
        let [base, ours, theirs] =
            ["a", "b", "c"].map(|text| Fields::from([("Title".to_owned(), json!(text))]));
        let choose =
            |side| merge((&base, &ours, &theirs), Rule::Ask, &BTreeMap::from([("Title".to_owned(), side)]));
        assert_eq!(choose(Side::Ours).push, ours);
        assert_eq!(choose(Side::Theirs).push, Fields::new());
        assert_eq!(merge((&base, &ours, &theirs), Rule::Ask, &BTreeMap::new()).conflicts.len(), 1);
    }
}
