//! How a request can fail, by what is to be done about it.

use std::fmt;

use chrono::{DateTime, Utc};

use super::message::said;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// It was not done, and may be tried again.
    Again(String),
    /// It was not done, and the site asks to wait before it is asked again.
    Busy,
    /// It was not done: what we show is too old.
    Expired,
    /// It was done or not, and the ledger was changed by a person meanwhile.
    Moved,
    /// Whether it was done is not known.
    Lost(String),
    /// It will never be done as it was asked.
    Rejected(String),
    /// What it is about is not there.
    Gone(String),
    /// Somebody changed it meanwhile.
    Stale,
    /// The list is too long for the question: only ids can be asked for.
    Threshold,
    /// Nothing more is to be asked now.
    Throttled(DateTime<Utc>),
    /// Something is set up wrongly, here or there; a person must look.
    Stop(String),
    /// The record does not answer.
    Record(String),
}

/// How a server says that a list is too long for a question: by its exception, by the exception's number, or in words.
const THRESHOLD: [&str; 3] = ["SPQueryThrottledException", "-2147024860", "list view threshold"];

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Again(why)
            | Self::Lost(why)
            | Self::Rejected(why)
            | Self::Gone(why)
            | Self::Stop(why)
            | Self::Record(why) => f.write_str(why),
            Self::Busy => f.write_str("it asks to wait"),
            Self::Expired => f.write_str("it does not know us"),
            Self::Moved => f.write_str("somebody decided something about it meanwhile"),
            Self::Stale => f.write_str("it was changed over there meanwhile, several times"),
            Self::Threshold => f.write_str("the list is too long to be asked like that"),
            Self::Throttled(until) => {
                write!(f, "it asked not to be asked again before {}", until.to_rfc3339())
            }
        }
    }
}

impl From<crate::platform::error::Error> for Failure {
    /// The cause is for the log: others read what a run says of its end.
    fn from(cause: crate::platform::error::Error) -> Self {
        tracing::error!(%cause, "the record did not do what a sync asked");
        Self::Record("the record did not answer; the log says more".to_owned())
    }
}

impl Failure {
    /// Something that only the operator should read: it is logged, and told in other words.
    pub(super) fn set_up(cause: &anyhow::Error) -> Self {
        tracing::error!(cause = format!("{cause:#}"), "a KOMINN target is not set up rightly");
        Self::Stop("it is not set up rightly; the log says more".to_owned())
    }

    /// Whether what was asked may have been done all the same: a conflict, or a list that is too long, may come of showing it.
    pub(crate) fn may_be_done(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Record(_) | Self::Stale | Self::Threshold)
    }

    /// Whether others may go on.
    pub(crate) fn is_of_one(&self) -> bool {
        match self {
            Self::Again(_) | Self::Lost(_) | Self::Rejected(_) | Self::Gone(_) | Self::Stale => true,
            Self::Busy
            | Self::Expired
            | Self::Moved
            | Self::Threshold
            | Self::Throttled(_)
            | Self::Stop(_)
            | Self::Record(_) => false,
        }
    }

    /// Of an answer that is no success and no throttling.
    pub(super) fn of(status: u16, body: &[u8]) -> Self {
        let why = format!("{status}: {}", said(body));
        let text = String::from_utf8_lossy(body);
        if THRESHOLD.iter().any(|sign| text.contains(sign)) {
            return Self::Threshold;
        }
        match status {
            300..=399 => Self::Stop(format!("{status}: it sends us elsewhere, and no redirect is followed")),
            401 | 403 | 406 => Self::Stop(why),
            404 | 410 => Self::Gone(why),
            409 | 412 => Self::Stale,
            408 => Self::Lost(why),
            423 | 425 | 429 => Self::Again(why),
            400..=499 => Self::Rejected(why),
            _ => Self::Lost(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn a_list_that_is_too_long_is_told_from_a_server_that_fails() {
        let body = r#"{"error":{"code":"-2147024860, Microsoft.SharePoint.SPQueryThrottledException","message":"x"}}"#;
        assert_eq!(Failure::of(500, body.as_bytes()), Failure::Threshold);
        assert!(matches!(Failure::of(500, b"{}"), Failure::Lost(_)));
    }
}
