//! How solutions spread.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{municipalities::MunicipalityRef, platform::id::ProjectId};

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

/// How the publications of one area, municipality and year spread. Those of the three that are not asked for are null; so is
/// the area of what was withdrawn.
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
    /// First uses elsewhere, on their day.
    pub put_to_use: i64,
    /// Other municipalities that are so far with a publication as of now, each once for each; counted on the day since which
    /// they are.
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
