//! A stand-in for KOMINN: a list of suggestions, spoken to over HTTP as the real service is, with everything that can
//! go wrong on the way, and with a strict eye on what a client does.

mod auth;
mod call;
mod check;
mod describe;
mod dialect;
mod entra;
mod faults;
mod files;
mod http;
mod induct;
mod items;
mod list;
mod paging;
mod percent;
mod query;
mod render;
mod schema;
mod server;
mod state;
mod streams;
mod time;
mod token;

use std::{
    collections::BTreeMap,
    io,
    net::{TcpListener, TcpStream},
    str::FromStr,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Instant,
};

use serde_json::{Map, Value, json};

pub(crate) use self::faults::Fault;
use self::{faults::Chance, list::Row, server::Shared, state::SOMEBODY};

/// Which generation of the list there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    V1_0,
    V1_1,
    Climate,
    V2,
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "v1_0" => Ok(Self::V1_0),
            "v1_1" => Ok(Self::V1_1),
            "climate" => Ok(Self::Climate),
            "v2" => Ok(Self::V2),
            _ => Err("one of v1_0, v1_1, climate, v2".to_owned()),
        }
    }
}

/// Which shapes of JSON the service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// As on premises.
    Verbose,
    Light,
    /// By the `Accept` header, as in the cloud.
    Both,
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "verbose" => Ok(Self::Verbose),
            "light" => Ok(Self::Light),
            "both" => Ok(Self::Both),
            _ => Err("one of verbose, light, both".to_owned()),
        }
    }
}

/// How clients show who they are.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    Open,
    /// This token, and no other.
    Bearer(String),
    /// A form digest with everything that is posted, and nothing else.
    Digest,
    /// Tokens, given to who has the certificate of this key.
    Entra {
        client_id: String,
        public_key_pem: Vec<u8>,
        tenant: String,
    },
}

/// What the service is like.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Any that is free when it is 0.
    pub(crate) port: u16,
    pub(crate) profile: Profile,
    pub(crate) dialect: Dialect,
    /// The most items in an answer, whatever the client asks for.
    pub(crate) page: usize,
    /// How many items a query may have to look at.
    pub(crate) threshold: usize,
    pub(crate) auth: Auth,
    /// It is built less well than `SharePoint`: the order and the columns of answers are its own, next pages are told by their path,
    /// entity tags come out weak, nobody may ask for more than the threshold at once, and only KOMINN's own columns are described.
    pub(crate) coarse: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let (profile, dialect, auth) = (Profile::V2, Dialect::Both, Auth::Open);
        Self { port: 0, profile, dialect, page: 5000, threshold: 5000, auth, coarse: false }
    }
}

/// Where the service is, and what it is like.
pub(crate) struct Place {
    pub(crate) settings: Settings,
    pub(crate) origin: String,
    pub(crate) site: String,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Decoded, without the query.
    pub(crate) path: String,
    /// Decoded.
    pub(crate) query: String,
    /// Whether it changes a part of an item.
    pub(crate) merge: bool,
    pub(crate) at: Instant,
}

/// The service, which runs until this is dropped.
pub(crate) struct StandIn {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl StandIn {
    pub(crate) fn start(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", settings.port))?;
        let origin = format!("http://{}", listener.local_addr()?);
        let site = format!("{origin}/sites/kominn");
        let shared = Arc::new(Shared::new(Place { settings, origin, site }));
        let accepting = Arc::clone(&shared);
        let accepting = Some(thread::spawn(move || server::accept(&listener, &accepting)));
        Ok(Self { shared, accepting })
    }

    /// Such as `http://127.0.0.1:8090/sites/kominn`.
    pub(crate) fn site(&self) -> String {
        self.shared.place.site.clone()
    }

    /// The part of it before the path.
    pub(crate) fn origin(&self) -> String {
        self.shared.place.origin.clone()
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        self.shared.state().suggestions.rows.values().map(flat).collect()
    }

    pub(crate) fn item(&self, id: i64) -> Option<Value> {
        self.shared.state().suggestions.rows.get(&id).map(flat)
    }

    /// Somebody over there creates an item, which nobody checks.
    pub(crate) fn add(&self, fields: Value) -> i64 {
        let mut state = self.shared.state();
        let now = state.now();
        state.suggestions.create(object(fields), &now, SOMEBODY)
    }

    /// Somebody over there edits an item.
    pub(crate) fn edit(&self, id: i64, changes: Value) {
        let mut state = self.shared.state();
        let now = state.now();
        state.suggestions.change(id, object(changes), &now, SOMEBODY);
    }

    /// Somebody over there deletes an item.
    pub(crate) fn remove(&self, id: i64) {
        let mut state = self.shared.state();
        let now = state.now();
        state.suggestions.delete(id, &now);
    }

    /// Somebody over there takes an item out of the bin.
    pub(crate) fn restore(&self, id: i64) {
        self.shared.state().suggestions.restore(id);
    }

    /// Somebody over there changes what a column may hold.
    pub(crate) fn set_choices(&self, field: &str, choices: &[&str]) {
        let mut state = self.shared.state();
        for known in state.suggestions.fields.iter_mut().filter(|known| known.name == field) {
            known.choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        }
    }

    /// The next requests go wrong, each in one of these ways.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.state().faults.queue.extend(faults);
    }

    /// From now on, one in so many requests goes wrong.
    pub(crate) fn fail_randomly(&self, seed: u64, one_in: u64, faults: Vec<Fault>) {
        self.shared.state().faults.chance = Some(Chance::new(seed, one_in, faults));
    }

    /// From now on, nothing goes wrong.
    pub(crate) fn heal(&self) {
        let mut state = self.shared.state();
        state.faults.queue.clear();
        state.faults.chance = None;
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.shared.state().requests.clone()
    }

    pub(crate) fn forget_requests(&self) {
        self.shared.state().requests.clear();
    }

    /// What a right client would not have done.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.shared.state().violations.clone()
    }

    /// The pictures, by their names.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.shared.state().files.clone()
    }

    /// What was sent to the platform of ideas.
    pub(crate) fn ideas(&self) -> Vec<Value> {
        self.shared.state().ideas.clone()
    }

    /// Whatever clients were given to come in with is no longer good.
    pub(crate) fn expire_tokens(&self) {
        let mut state = self.shared.state();
        state.tokens.clear();
        state.digests.clear();
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.stop();
        // Wakes the thread that waits for connections.
        let address = self.shared.place.origin.trim_start_matches("http://");
        let _ = TcpStream::connect(address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn flat(row: &Row) -> Value {
    let mut fields = row.flat.clone();
    fields.insert("etag".to_owned(), json!(row.etag()));
    Value::Object(fields)
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(fields) = value { fields } else { Map::new() }
}
