//! What can go wrong with a request, and which request it goes wrong with.

use std::{collections::VecDeque, time::Duration};

use serde_json::json;

use super::{
    auth::unauthorized,
    http::{Request, Response},
    time::http_date,
};

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Refused, with so many seconds in `Retry-After`.
    TooManyRequests(u64),
    /// Refused, and nothing said of when to come back.
    TooManyRequestsUnsaid,
    /// Refused, with the date so many seconds ahead in `Retry-After`.
    TooManyRequestsUntil(u64),
    /// Down, with so many seconds in `Retry-After`.
    Unavailable(u64),
    /// An error of the service, which says nothing about when to come back.
    Broken,
    /// Nothing is done, and the connection ends without an answer.
    ResetBefore,
    /// The request is done, and the answer is that something else was done too.
    ConflictAfter,
    /// The request is done, and the connection ends without an answer.
    ResetAfter,
    /// The request is done, and the connection ends in the middle of the answer.
    Truncated,
    /// Nothing is done; the answer is the page of a login, with the status of a success.
    Html,
    /// The request is done, and the answer is such a page.
    HtmlAfter,
    ExpiredToken,
    /// The request is never right as it is.
    Refused,
    Forbidden,
    /// The answer is late by so much.
    Slow(Duration),
    /// A byte a second, for ever.
    Drip,
    /// An answer without end, as fast as it is read.
    Huge,
    /// A small answer that is unpacked to a huge one.
    Bomb,
    /// The next page of a list is said to be on another machine.
    OtherHost,
    /// The next page of a list is the same again, for ever.
    EndlessPaging,
    /// Another machine is said to know.
    Redirect,
}

impl Fault {
    /// How long a client is told to stay away.
    pub(crate) fn wait(&self) -> Option<Duration> {
        if let Self::TooManyRequests(seconds) | Self::Unavailable(seconds) = self {
            Some(Duration::from_secs(*seconds))
        } else if let Self::TooManyRequestsUntil(seconds) = self {
            Some(http_date(*seconds).1)
        } else if matches!(self, Self::TooManyRequestsUnsaid) {
            // Nobody says so, but nobody comes back at once.
            Some(Duration::from_secs(1))
        } else {
            None
        }
    }

    /// Whether it can happen to this request: some only happen to lists.
    fn concerns(&self, request: &Request) -> bool {
        if matches!(self, Self::ConflictAfter) {
            return request.method == "POST" && request.path.contains("/items");
        }
        if !matches!(self, Self::OtherHost | Self::EndlessPaging) {
            return true;
        }
        request.method == "GET" && request.path.to_ascii_lowercase().ends_with("/items")
    }
}

/// The faults that are still to happen.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) queue: VecDeque<Fault>,
    pub(crate) chance: Option<Chance>,
}

impl Faults {
    /// What happens to a request.
    pub(crate) fn draw(&mut self, request: &Request) -> Option<Fault> {
        if let Some(first) = self.queue.front() {
            return if first.concerns(request) { self.queue.pop_front() } else { None };
        }
        self.chance.as_mut()?.draw().filter(|fault| fault.concerns(request))
    }
}

/// Faults by chance: the same ones again for the same seed.
#[derive(Debug)]
pub(crate) struct Chance {
    state: u64,
    one_in: u64,
    faults: Vec<Fault>,
}

impl Chance {
    pub(crate) fn new(seed: u64, one_in: u64, faults: Vec<Fault>) -> Self {
        // Seeds that differ little are to give numbers that differ much, and zero would give zeros.
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, one_in, faults }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state >> 8
    }

    fn draw(&mut self) -> Option<Fault> {
        if self.next().checked_rem(self.one_in) != Some(0) {
            return None;
        }
        let count = u64::try_from(self.faults.len()).ok()?;
        let index = self.next().checked_rem(count)?;
        self.faults.get(usize::try_from(index).ok()?).cloned()
    }
}

pub(crate) fn throttled(retry_after: String) -> Response {
    busy(429, "-1, Microsoft.SharePoint.Client.ClientServiceException", retry_after)
}

pub(crate) fn throttled_unsaid() -> Response {
    refused(429, "-1, Microsoft.SharePoint.Client.ClientServiceException", "Too many requests.")
}

pub(crate) fn conflict() -> Response {
    refused(409, "-2130575305, Microsoft.SharePoint.SPException", "Save Conflict.")
}

pub(crate) fn unavailable(seconds: u64) -> Response {
    busy(503, "-1, System.ServiceUnavailable", seconds.to_string())
}

fn busy(status: u16, code: &str, retry_after: String) -> Response {
    refused(status, code, "The request has been throttled. Try again later.").with("Retry-After", retry_after)
}

pub(crate) fn broken() -> Response {
    refused(500, "-1, System.Exception", "An unexpected error has occurred.")
}

pub(crate) fn rejected() -> Response {
    refused(400, "-1, Microsoft.SharePoint.SPException", "One or more column values are not valid.")
}

pub(crate) fn forbidden() -> Response {
    let code = "-2147024891, System.UnauthorizedAccessException";
    refused(403, code, "Access denied. You do not have permission to perform this action.")
}

pub(crate) fn expired() -> Response {
    unauthorized()
}

pub(crate) fn redirect() -> Response {
    Response::new(302).with("Location", "http://127.0.0.1:1/")
}

/// The page of a login, as it comes when a session has ended on the way.
pub(crate) fn login() -> Response {
    let page = "<!DOCTYPE html><html><head><title>Logg på</title></head><body><form method=\"post\" \
                action=\"/common/login\"><input name=\"loginfmt\"></form></body></html>";
    Response::new(200).body("text/html; charset=utf-8", page)
}

fn refused(status: u16, code: &str, message: &str) -> Response {
    let body = json!({"error": {"code": code, "message": {"lang": "en-US", "value": message}}});
    Response::new(status).body("application/json;odata=verbose;charset=utf-8", body.to_string())
}
