//! Connections: a thread for each, and one request after the other.

use std::{
    collections::BTreeMap,
    io::{self, BufReader, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use super::{
    Fault, Place, call, faults,
    http::{Request, Response},
    state::State,
    streams,
    time::http_date,
};

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) place: Place,
    state: Mutex<State>,
    stopping: AtomicBool,
    /// Kept so that they can be ended from outside.
    connections: Mutex<BTreeMap<u64, TcpStream>>,
    opened: AtomicU64,
}

/// Accepts connections until the stand-in stops.
pub(crate) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping() {
            return;
        }
        if let Ok(stream) = stream {
            let shared = Arc::clone(shared);
            thread::spawn(move || shared.serve(&stream));
        }
    }
}

impl Shared {
    pub(crate) fn new(place: Place) -> Self {
        let state = Mutex::new(State::new(place.settings.profile));
        let connections = Mutex::new(BTreeMap::new());
        Self { place, state, stopping: AtomicBool::new(false), connections, opened: AtomicU64::new(0) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connections(&self) -> MutexGuard<'_, BTreeMap<u64, TcpStream>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Ends every connection; whoever waits for the next one has to be woken besides.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        for stream in self.connections().values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn serve(&self, stream: &TcpStream) {
        let number = self.opened.fetch_add(1, Ordering::SeqCst);
        if let Ok(copy) = stream.try_clone() {
            self.connections().insert(number, copy);
        }
        // Whether the client or a fault ended it makes no difference here.
        let _ = self.converse(stream);
        let _ = stream.shutdown(Shutdown::Both);
        self.connections().remove(&number);
    }

    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while let Some(request) = Request::read(&mut reader)? {
            let last = request.media("connection") == "close";
            if self.stopping() || !self.answer(stream, &request)? || last {
                break;
            }
        }
        Ok(())
    }

    fn respond(&self, request: &Request, fault: Option<&Fault>) -> Response {
        call::respond(&self.place, &mut self.state(), request, fault)
    }

    /// Answers a request, well or badly; says whether the connection goes on.
    fn answer(&self, stream: &TcpStream, request: &Request) -> io::Result<bool> {
        let drawn = self.state().arrive(&self.place, request);
        let Some(fault) = drawn else { return send(stream, &self.respond(request, None)) };
        match &fault {
            Fault::TooManyRequests(seconds) => send(stream, &faults::throttled(seconds.to_string())),
            Fault::TooManyRequestsUnsaid => send(stream, &faults::throttled_unsaid()),
            Fault::TooManyRequestsUntil(seconds) => send(stream, &faults::throttled(http_date(*seconds).0)),
            Fault::Unavailable(seconds) => send(stream, &faults::unavailable(*seconds)),
            Fault::Broken => send(stream, &faults::broken()),
            Fault::ExpiredToken => send(stream, &faults::expired()),
            Fault::Refused => send(stream, &faults::rejected()),
            Fault::Forbidden => send(stream, &faults::forbidden()),
            Fault::Redirect => send(stream, &faults::redirect()),
            Fault::Html => send(stream, &faults::login()),
            Fault::ResetBefore => Ok(false),
            Fault::ResetAfter => {
                self.respond(request, None);
                Ok(false)
            }
            Fault::ConflictAfter => {
                self.respond(request, None);
                send(stream, &faults::conflict())
            }
            Fault::HtmlAfter => {
                self.respond(request, None);
                send(stream, &faults::login())
            }
            Fault::Truncated => half(stream, &self.respond(request, None)),
            Fault::Slow(wait) => {
                thread::sleep(*wait);
                send(stream, &self.respond(request, None))
            }
            Fault::OtherHost | Fault::EndlessPaging => send(stream, &self.respond(request, Some(&fault))),
            Fault::Drip => streams::drip(stream, || self.stopping()).map(|()| false),
            Fault::Huge => streams::huge(stream, || self.stopping()).map(|()| false),
            Fault::Bomb => streams::bomb(stream).map(|()| true),
        }
    }
}

fn send(mut stream: &TcpStream, response: &Response) -> io::Result<bool> {
    let mut bytes = response.head().into_bytes();
    bytes.extend_from_slice(&response.body);
    stream.write_all(&bytes)?;
    Ok(true)
}

/// All of the head, half of the body, and no more.
fn half(mut stream: &TcpStream, response: &Response) -> io::Result<bool> {
    let mut bytes = response.head().into_bytes();
    bytes.extend(response.body.iter().take(response.body.len() / 2));
    stream.write_all(&bytes)?;
    Ok(false)
}
