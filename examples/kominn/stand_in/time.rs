//! Moments as the service writes them: whole seconds of UTC.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

/// Seconds since 1970, now.
pub(crate) fn seconds() -> i64 {
    DateTime::<Utc>::from(SystemTime::now()).timestamp()
}

/// A moment as it stands in `Modified`.
pub(crate) fn iso(seconds: i64) -> String {
    let moment = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment as it stands in a form digest.
pub(crate) fn digest_date() -> String {
    DateTime::<Utc>::from(SystemTime::now()).format("%d %b %Y %H:%M:%S -0000").to_string()
}

/// The date of a header so many seconds ahead, and how long it really is until then: a date has no fractions.
pub(crate) fn http_date(ahead: u64) -> (String, Duration) {
    let now = SystemTime::now();
    let then = DateTime::<Utc>::from(now + Duration::from_secs(ahead));
    let fraction = Duration::from_nanos(u64::from(then.timestamp_subsec_nanos()));
    let text = then.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    (text, Duration::from_secs(ahead).saturating_sub(fraction))
}

/// The milliseconds of a date as it is written in JSON and in filters; without a zone it is UTC.
pub(crate) fn millis(text: &str) -> Option<i64> {
    let parsed = DateTime::parse_from_rfc3339(text);
    let parsed = parsed.or_else(|_| DateTime::parse_from_rfc3339(&format!("{text}Z")));
    let parsed = parsed.or_else(|_| DateTime::parse_from_rfc3339(&format!("{text}T00:00:00Z")));
    parsed.ok().map(|moment| moment.timestamp_millis())
}
