//! How things stand.

use crate::platform::closed::closed;

closed! {
    /// How a publication stands towards a site.
    pub enum LinkState {
        /// It is to be sent.
        Pending = "pending",
        /// It was sent, and the answer is not known yet.
        InFlight = "in_flight",
        /// It is there, as it is here.
        Synced = "synced",
        /// Both sides changed a field, and a person must choose.
        Conflict = "conflict",
        /// KOMINN does not take it as it is; a new version is tried.
        Rejected = "rejected",
        /// Somebody deleted it there, or what has its number is not ours.
        Gone = "gone",
        /// It failed too often; it is tried again when somebody says so.
        Dead = "dead",
    }
}

/// The error of a link whose item's number is not ours any more.
pub(in crate::kominn) const ANOTHERS: &str = "what has its number there does not bear its mark";

closed! {
    /// Whether it was sent to KS.
    pub enum InductState {
        /// It is to be sent.
        Asked = "asked",
        /// It was sent, and the answer is not known yet.
        InFlight = "in_flight",
        Sent = "sent",
        /// The answer was lost: look there before asking again.
        Unknown = "unknown",
        Refused = "refused",
    }
}

closed! {
    /// How far a run has come.
    pub enum RunState {
        /// Somebody asked for it; the next node that is free takes it.
        Asked = "asked",
        Running = "running",
        Done = "done",
        /// It stopped before its end; the next goes on where it stopped.
        Failed = "failed",
        /// Its process ended; the next goes on where it stopped.
        Interrupted = "interrupted",
    }
}
