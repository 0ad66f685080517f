//! What the entries of a ledger come to.

use chrono::NaiveDate;

use super::{
    model::{Account, Entry},
    state::AdoptionState,
};

/// What a ledger comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Balance {
    pub(super) state: AdoptionState,
    pub(super) since: NaiveDate,
    pub(super) first_used_on: Option<NaiveDate>,
    pub(super) account: Account,
}

/// The balance of entries in their order; none of no entries.
///
/// A correction stands in the place of what it corrects, so that correcting an old entry does not make it the latest.
pub(super) fn balance(entries: &[Entry]) -> Option<Balance> {
    let mut standing: Vec<(i32, &Entry)> = Vec::with_capacity(entries.len());
    for entry in entries {
        let instead_of = standing.iter_mut().find(|(_, other)| Some(other.number) == entry.corrects);
        match instead_of {
            Some((_, corrected)) => *corrected = entry,
            None => standing.push((entry.number, entry)),
        }
    }
    let (_, last) = standing.last()?;
    let used = standing.iter().filter(|(_, entry)| entry.state.is_in_use());
    let account =
        standing.iter().fold(Account::default(), |before, (_, entry)| entry.account.clone().over(before));
    Some(Balance {
        state: last.state,
        since: last.occurred_on,
        first_used_on: used.map(|(_, entry)| entry.occurred_on).min(),
        account,
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use serde_json::json;

    use super::balance;
    use crate::{
        adoption::{
            AdoptionState::{self, Discontinued, Evaluated, InUse, Piloting, Planned},
            model::Entry,
        },
        platform::auth::permission::Role,
    };

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn entry(
        number: i32,
        state: AdoptionState,
        on: u32,
        corrects: Option<i32>,
        said: serde_json::Value,
    ) -> Entry {
        let account = serde_json::from_value(said).unwrap();
        let (role, recorded_at) = (Some(Role::Coordinator), DateTime::UNIX_EPOCH);
        Entry { number, state, occurred_on: day(on), corrects, corrected: false, role, recorded_at, account }
    }

    #[test]
    fn the_last_that_was_said_of_each_thing_stands() {
        let entries = [
            entry(1, Planned, 1, None, json!({ "reason": "Vedtatt", "cost_nok": 5 })),
            entry(2, InUse, 2, None, json!({ "advice": "Begynn smått", "cost_nok": 7 })),
            entry(3, Evaluated, 9, None, json!({ "did_not_work": "Nettet" })),
        ];
        let balance = balance(&entries).unwrap();
        assert_eq!((balance.state, balance.since, balance.first_used_on), (Evaluated, day(9), Some(day(2))));
        assert_eq!(balance.account.cost_nok, Some(7));
        assert!(balance.account.advice.is_some() && balance.account.did_not_work.is_some());
        assert_eq!(balance.account.reason, None, "the reason for an earlier state is not that for this one");
    }

    #[test]
    fn a_correction_stands_in_the_place_of_what_it_corrects() {
        let entries = [
            entry(1, InUse, 5, None, json!({ "cost_nok": 50 })),
            entry(2, Discontinued, 9, None, json!({ "reason": "Ingen brukte det" })),
            entry(3, Piloting, 4, Some(1), json!({ "cost_nok": 5 })),
            entry(4, Piloting, 3, Some(3), json!({})),
        ];
        let balance = balance(&entries).unwrap();
        assert_eq!((balance.state, balance.since), (Discontinued, day(9)));
        assert_eq!((balance.first_used_on, balance.account.cost_nok), (None, None));
    }
}
