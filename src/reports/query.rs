//! What a report is about.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::platform::{
    closed::closed,
    error::{Error, Result},
    id::MunicipalityId,
};

closed! {
    /// What a report is broken down by.
    pub enum By {
        /// By strategic area; a publication of two areas counts for both.
        Area = "area",
        /// By whose publication it is, not by who took it up.
        Municipality = "municipality",
        /// By the calendar year of what happened.
        Year = "year",
    }
}

/// What a report is about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SpreadQuery {
    /// What it is broken down by: `area`, `municipality`, `year` (repeat for several); one row for everything unless asked.
    #[serde(default)]
    #[param(inline)]
    pub by: Vec<By>,
    /// Only publications of these strategic areas (repeat for several).
    #[serde(default)]
    #[param(max_items = 20)]
    pub area: Vec<String>,
    /// Only publications of these municipalities, by organisation number (repeat for several).
    #[serde(default)]
    #[param(max_items = 100)]
    pub municipality: Vec<MunicipalityId>,
    /// The first day; a year before the last unless named.
    pub from: Option<NaiveDate>,
    /// The last day; today unless named.
    pub to: Option<NaiveDate>,
}

/// How many days a report covers at most: twenty years.
const LONGEST: i64 = 7_305;

impl SpreadQuery {
    /// The first and the last day.
    ///
    /// # Errors
    /// 400 when the one is not before the other, or too long before.
    pub(super) fn period(&self, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
        let to = self.to.unwrap_or(today);
        let year_before = to.checked_sub_days(chrono::Days::new(364)).unwrap_or(to);
        let from = self.from.unwrap_or(year_before);
        let known = |day: NaiveDate| (1900..2200).contains(&day.year());
        if let Some((name, _)) = [("from", from), ("to", to)].iter().find(|(_, day)| !known(*day)) {
            return Err(Error::parameter(name, "must be a day from 1900 to 2199"));
        }
        if !(0..LONGEST).contains(&(to - from).num_days()) {
            return Err(Error::parameter(
                "from",
                format!("must be less than {LONGEST} days before `to`, and not after it"),
            ));
        }
        Ok((from, to))
    }
}
