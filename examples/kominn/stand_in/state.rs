//! Everything that the stand-in remembers.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use super::{
    Fault, Place, Profile, Seen,
    faults::Faults,
    http::Request,
    list::List,
    time::{iso, seconds},
};

/// The account in whose name applications write.
pub(crate) const APP: i64 = 11;

/// The account of somebody over there.
pub(crate) const SOMEBODY: i64 = 7;

/// How much too early a client may come back.
const TOLERANCE: Duration = Duration::from_millis(50);

pub(crate) struct State {
    pub(crate) suggestions: List,
    pub(crate) goals: List,
    pub(crate) pictures: List,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) ideas: Vec<Value>,
    pub(crate) requests: Vec<Seen>,
    pub(crate) violations: Vec<String>,
    pub(crate) faults: Faults,
    /// Tokens that are good.
    pub(crate) tokens: BTreeSet<String>,
    /// Form digests that are good.
    pub(crate) digests: BTreeSet<String>,
    /// Until when clients were told to stay away.
    not_before: Option<Instant>,
    /// The last moment that was written anywhere.
    clock: i64,
}

impl State {
    pub(crate) fn new(profile: Profile) -> Self {
        Self {
            suggestions: List::suggestions(profile),
            goals: List::goals(profile),
            pictures: List::pictures(),
            files: BTreeMap::new(),
            ideas: Vec::new(),
            requests: Vec::new(),
            violations: Vec::new(),
            faults: Faults::default(),
            tokens: BTreeSet::new(),
            digests: BTreeSet::new(),
            not_before: None,
            clock: 0,
        }
    }

    /// The present, which never goes back.
    pub(crate) fn now(&mut self) -> String {
        self.clock = self.clock.max(seconds());
        iso(self.clock)
    }

    /// Notes what a right client would not have done.
    pub(crate) fn blame(&mut self, request: &Request, what: &str) {
        self.violations.push(format!("{what} ({} {})", request.verb(), request.path));
    }

    /// Notes a request, and says what goes wrong with it.
    pub(crate) fn arrive(&mut self, _: &Place, request: &Request) -> Option<Fault> {
        let at = Instant::now();
        let on_site = request.path.starts_with("/sites/kominn/");
        if on_site {
            if self.not_before.is_some_and(|until| at + TOLERANCE < until) {
                self.blame(request, "a request before Retry-After has passed");
            }
            if request.header("user-agent").is_none_or(|agent| !agent.starts_with("NONISV|")) {
                self.blame(request, "no User-Agent that begins with NONISV|");
            }
        }
        self.requests.push(Seen {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query_text(),
            merge: request.verb() == "MERGE",
            at,
        });
        let fault = self.faults.draw(request)?;
        if on_site && let Some(wait) = fault.wait() {
            self.not_before = self.not_before.max(Some(at + wait));
        }
        Some(fault)
    }
}

/// What people see of an account.
pub(crate) fn person(id: i64) -> Map<String, Value> {
    let (name, mail) = match id {
        SOMEBODY => ("Kari Nordmann".to_owned(), "kari.nordmann@example.no".to_owned()),
        APP => ("Innovasjonsdeling".to_owned(), String::new()),
        20 => ("Per Saksbehandler".to_owned(), "per.saksbehandler@example.no".to_owned()),
        _ => (format!("Bruker {id}"), format!("bruker{id}@example.no")),
    };
    let mut person = Map::new();
    person.insert("Id".to_owned(), json!(id));
    person.insert("Title".to_owned(), json!(name));
    person.insert("EMail".to_owned(), json!(mail));
    person.insert("Name".to_owned(), json!(format!("i:0#.f|membership|{mail}")));
    person
}
