//! How solutions spread.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    municipalities::MunicipalityRef,
    platform::{
        closed::closed,
        error::{Error, Result},
        id::{MunicipalityId, ProjectId},
    },
};

closed! {
    /// What a report is broken down by.
    pub enum By {
        /// By strategic area; a publication of two areas counts for both.
        Area = "area",
        /// By whose publication it is.
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
        if !(0..LONGEST).contains(&(to - from).num_days()) {
            return Err(Error::parameter("from", format!("must be at most {LONGEST} days before `to`")));
        }
        Ok((from, to))
    }
}

/// How solutions spread in a period, as far as you may see.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SpreadReport {
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// In the order of what they are broken down by.
    pub rows: Vec<Spread>,
    /// The publications that were taken up most in the period: twenty at most.
    pub most_spread: Vec<Traveller>,
    /// Whether there are more than the 1000 rows that this shows.
    pub truncated: bool,
}

/// How the publications of one area, municipality and year spread; those of the three that are not asked for are null.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Spread {
    /// A code of the vocabulary `strategic_areas`.
    pub area: Option<String>,
    /// Whose publications.
    pub municipality: Option<MunicipalityRef>,
    pub year: Option<i32>,
    /// Publications that were published for the first time.
    pub published: i64,
    /// Imitations that were made, of those that are published.
    pub copied: i64,
    /// Other municipalities that came so far with a publication, each once for each, by the farthest it got; counted on
    /// the day of that.
    pub planned: i64,
    pub piloting: i64,
    pub in_use: i64,
    pub evaluated: i64,
    pub discontinued: i64,
    /// Half of those who put one to use did so within so many days of its publication; null when nobody did. Uses that are
    /// older than the publication are left out.
    pub median_days_to_first_use: Option<f64>,
    /// Why it was discontinued, the newest five.
    pub reasons_for_discontinuing: Vec<String>,
}

/// A publication that was taken up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Traveller {
    pub id: ProjectId,
    /// Null for a tombstone.
    pub title: Option<String>,
    pub municipality: MunicipalityRef,
    /// Imitations that were made in the period, of those that are published.
    pub copied: i64,
    /// Other municipalities that put it to use in the period.
    pub put_to_use: i64,
}
