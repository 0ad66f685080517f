//! The ledger of an adoption, and what becomes known of it.

use chrono::{DateTime, Months, NaiveDate, Utc};
use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::state::AdoptionState;
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        auth::permission::Role,
        closed::closed,
        db::jsonb,
        error::{Code, Error, Fault, Result},
        id::ProjectId,
        page::PageLinks,
        respond::Entity,
        set::Set,
        text::Text,
    },
};

closed! {
    /// What kind of value a benefit is of, as the strategy tells them apart.
    pub enum Basis {
        Quality = "quality",
        Efficiency = "efficiency",
        Economy = "economy",
    }
}

/// A benefit, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Benefit {
    /// How much: 40.
    pub quantity: f64,
    /// Of what, in which time: "timer i måneden".
    #[schema(inline)]
    pub unit: Text<1, 60>,
    pub basis: Basis,
    /// What it is measured by, or guessed from.
    #[serde(default)]
    #[schema(inline)]
    pub description: Option<Text<1, 500>>,
}

/// What is said of an adoption; the last that was said of each thing stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
pub struct Account {
    /// Why it is in this state. A discontinued one cannot be without.
    #[serde(default)]
    #[schema(inline)]
    pub reason: Option<Text<1, 2000>>,
    #[serde(default)]
    #[schema(inline)]
    pub expected_benefits: Set<Benefit, 10>,
    #[serde(default)]
    #[schema(inline)]
    pub realised_benefits: Set<Benefit, 10>,
    /// What it cost, in whole kroner.
    #[serde(default)]
    #[schema(maximum = 1_000_000_000_000_i64)]
    pub cost_nok: Option<u64>,
    /// How much work it took, in days of one person.
    #[serde(default)]
    pub effort_days: Option<u32>,
    /// What was done otherwise than the original says.
    #[serde(default)]
    #[schema(inline)]
    pub changed: Option<Text<1, 5000>>,
    /// What did not work.
    #[serde(default)]
    #[schema(inline)]
    pub did_not_work: Option<Text<1, 5000>>,
    /// Advice to those who come after.
    #[serde(default)]
    #[schema(inline)]
    pub advice: Option<Text<1, 5000>>,
}

jsonb!(Account);

impl Account {
    /// What is said here, and elsewhere what was said before. A reason is of its own state and does not outlive it.
    #[must_use]
    pub(super) fn over(self, before: Self) -> Self {
        let list = |now: Set<Benefit, 10>, before| if now.is_empty() { before } else { now };
        Self {
            reason: self.reason,
            expected_benefits: list(self.expected_benefits, before.expected_benefits),
            realised_benefits: list(self.realised_benefits, before.realised_benefits),
            cost_nok: self.cost_nok.or(before.cost_nok),
            effort_days: self.effort_days.or(before.effort_days),
            changed: self.changed.or(before.changed),
            did_not_work: self.did_not_work.or(before.did_not_work),
            advice: self.advice.or(before.advice),
        }
    }
}

/// An entry to be added.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct EntryRequest {
    pub state: AdoptionState,
    /// The day; today unless named.
    #[serde(default)]
    pub occurred_on: Option<NaiveDate>,
    /// The number of the entry that this one is instead of, when that was wrong.
    #[serde(default)]
    pub corrects: Option<i32>,
    /// What there is to say.
    #[serde(default)]
    pub account: Account,
}

/// What a sum of money may not exceed, in kroner.
const MOST_NOK: u64 = 1_000_000_000_000;

/// How many years ago something can have happened at most.
const LONG_AGO: u32 = 50;

impl EntryRequest {
    /// Whether the entry keeps to the rules that concern several members, as of today.
    pub(super) fn check(&self, today: NaiveDate) -> Result<()> {
        let stopped = self.state == AdoptionState::Discontinued;
        let unexplained = stopped && self.account.reason.is_none();
        let reason = unexplained
            .then(|| Fault::missing("account/reason", "say why it was discontinued: others learn from it"));
        let dear = self.account.cost_nok.is_some_and(|cost| cost > MOST_NOK);
        let cost = dear.then(|| Fault::invalid("#/account/cost_nok", format!("must be at most {MOST_NOK}")));
        let oldest = today.checked_sub_months(Months::new(12 * LONG_AGO)).unwrap_or(today);
        let day = self
            .occurred_on
            .filter(|day| *day < oldest || (*day > today && self.state != AdoptionState::Planned));
        let day = day.map(|_| {
            let rule = format!("must be from {oldest} to today; only what is planned can be later");
            Fault::invalid("#/occurred_on", rule)
        });
        let faults: Vec<Fault> = reason.into_iter().chain(cost).chain(day).collect();
        if faults.is_empty() {
            return Ok(());
        }
        Err(Error::faults(Code::InvalidBody, "The entry breaks a rule.", faults))
    }
}

/// An entry of a ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    /// The place in the ledger, from 1.
    pub number: i32,
    pub state: AdoptionState,
    pub occurred_on: NaiveDate,
    /// The number of the entry that this one is instead of.
    pub corrects: Option<i32>,
    /// Whether a later entry stands instead of this one.
    pub corrected: bool,
    /// In which role somebody recorded it; null when that was not asked for yet.
    pub role: Option<Role>,
    pub recorded_at: DateTime<Utc>,
    pub account: Account,
}

/// What became of a project here, with the whole history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ledger {
    /// Your own project, or the publication that you use without a copy.
    pub id: ProjectId,
    /// Null before the first entry.
    pub state: Option<AdoptionState>,
    /// The day of the entry that the state is from.
    pub since: Option<NaiveDate>,
    pub first_used_on: Option<NaiveDate>,
    pub account: Account,
    /// Newest first; 500 at most.
    pub entries: Vec<Entry>,
    #[serde(skip)]
    pub path: String,
}

impl Entity for Ledger {
    fn etag(&self) -> String {
        format!("\"a-{}\"", self.entries.len())
    }

    fn location(&self) -> String {
        self.path.clone()
    }
}

/// How many other municipalities are how far with a publication now. Each is counted once; one with several imitations of it
/// by the one that is farthest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Tally {
    pub planned: i64,
    pub piloting: i64,
    pub in_use: i64,
    pub evaluated: i64,
    pub discontinued: i64,
}

/// What became of a publication, as far as you may see that. Elsewhere means with its direct imitations, or without a copy:
/// an imitation of an imitation counts for that one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Adoptions {
    /// How many imitations of it are published now: the number that search shows.
    pub copied: i64,
    pub tally: Tally,
    /// At the municipality whose publication it is; null when nothing was recorded there.
    pub own: Option<Adoption>,
    /// The ledgers behind the tally, last recorded first.
    pub items: Vec<Adoption>,
    pub page: PageLinks,
}

/// What became of a publication at a municipality.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Adoption {
    pub municipality: MunicipalityRef,
    /// Its imitation; null when it uses the publication without a copy.
    pub imitation_id: Option<ProjectId>,
    pub state: AdoptionState,
    /// The day of the entry that the state is from.
    pub since: NaiveDate,
    pub first_used_on: Option<NaiveDate>,
    pub account: Account,
    /// What was learnt, as the imitation says in its latest version; null without one.
    pub lessons: Option<String>,
    pub recorded_at: DateTime<Utc>,
    #[serde(skip)]
    pub subject: ProjectId,
}
