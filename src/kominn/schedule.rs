//! When a target is due.

use anyhow::ensure;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Europe::Oslo;
use serde::Deserialize;

/// Every so often, or at times of the day as clocks show them in Norway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum Schedule {
    Every { every_minutes: u16 },
    At { at: Vec<HourMinute> },
}

/// `06:30`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourMinute(NaiveTime);

impl<'de> Deserialize<'de> for HourMinute {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        NaiveTime::parse_from_str(&text, "%H:%M")
            .map(Self)
            .map_err(|_cause| serde::de::Error::custom("a time must be like 06:30"))
    }
}

impl Schedule {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        match self {
            Self::Every { every_minutes } => ensure!(*every_minutes > 0, "`every_minutes` must be 1 or more"),
            Self::At { at } => ensure!((1..=24).contains(&at.len()), "`at` must name 1 to 24 times"),
        }
        Ok(())
    }

    /// When it is due after a time at which it began; at once when it never did.
    pub(super) fn due(&self, began: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let Some(began) = began else { return DateTime::UNIX_EPOCH };
        match self {
            Self::Every { every_minutes } => began + TimeDelta::minutes(i64::from(*every_minutes)),
            Self::At { at } => {
                let day = began.with_timezone(&Oslo).date_naive();
                let days = [Some(day), day.checked_add_days(Days::new(1))];
                let times =
                    days.into_iter().flatten().flat_map(|day| at.iter().map(move |at| moment(day, at.0)));
                times.filter(|time| *time > began).min().unwrap_or(began + TimeDelta::days(1))
            }
        }
    }
}

/// A time that the clock shows twice is the first; one that it skips is the next that it shows.
fn moment(day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = day.and_time(time);
    let shown = |local: chrono::NaiveDateTime| local.and_local_timezone(Oslo).earliest();
    let time = shown(local).or_else(|| shown(local + TimeDelta::hours(1)));
    time.map_or_else(|| local.and_utc(), |time| time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    fn due(schedule: &str, began: &str) -> String {
        let schedule: Schedule = serde_json::from_str(schedule).unwrap();
        schedule.check().unwrap();
        schedule.due(Some(began.parse().unwrap())).to_rfc3339()
    }

    #[test]
    fn an_interval_counts_from_the_beginning_of_the_run_before() {
        assert_eq!(due(r#"{"every_minutes": 90}"#, "2026-03-01T10:00:00Z"), "2026-03-01T11:30:00+00:00");
    }

    #[test]
    fn times_of_the_day_are_those_of_norwegian_clocks_in_winter_and_in_summer() {
        let twice = r#"{"at": ["18:00", "06:30"]}"#;
        assert_eq!(due(twice, "2026-01-15T05:29:00Z"), "2026-01-15T05:30:00+00:00");
        assert_eq!(due(twice, "2026-01-15T05:30:00Z"), "2026-01-15T17:00:00+00:00");
        assert_eq!(due(twice, "2026-07-15T16:00:00Z"), "2026-07-16T04:30:00+00:00");
    }

    #[test]
    fn an_hour_that_is_skipped_comes_late_and_one_that_comes_twice_comes_once() {
        let night = r#"{"at": ["02:30"]}"#;
        assert_eq!(due(night, "2026-03-28T12:00:00Z"), "2026-03-29T01:30:00+00:00");
        assert_eq!(due(night, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00+00:00");
        assert_eq!(due(night, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00+00:00");
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for wrong in [r#"{"at": ["25:00"]}"#, r#"{"every_minutes": -1}"#, "{}", r#"{"at": ["6.30"]}"#] {
            assert!(serde_json::from_str::<Schedule>(wrong).is_err(), "{wrong}");
        }
        for wrong in [r#"{"at": []}"#, r#"{"every_minutes": 0}"#] {
            assert!(serde_json::from_str::<Schedule>(wrong).unwrap().check().is_err(), "{wrong}");
        }
    }
}
