//! Time as a parameter: the only place that reads the clock.

use chrono::{DateTime, SubsecRound, Utc};

/// The clock of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// Now, in the microseconds that PostgreSQL keeps, so that what is written equals what is read back.
    #[expect(clippy::disallowed_methods, reason = "this is the Clock")]
    pub fn now(self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}
