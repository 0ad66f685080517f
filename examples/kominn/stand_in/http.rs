//! Just enough HTTP/1.1, by hand: a fault decides over every byte that goes out.

use std::{
    fmt::Write as _,
    io::{self, BufRead, Read as _},
};

use super::percent::{decode, pairs};

/// The longest line and the largest body that are read; no right client sends more.
const LINE: u64 = 65_536;
const BODY: u64 = 64 * 1024 * 1024;

/// What a client sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Decoded, without the query.
    pub(crate) path: String,
    /// Decoded, in the order given.
    pub(crate) query: Vec<(String, String)>,
    /// By names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The next request of a connection, or nothing when the client has hung up.
    pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let first = line(reader)?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let mut headers = Vec::new();
        loop {
            let text = line(reader)?;
            if text.is_empty() {
                break;
            }
            let (name, value) = text.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.to_ascii_uppercase(),
            path: decode(path, false),
            query: pairs(query),
            headers,
            body: Vec::new(),
        };
        request.body = request.read_body(reader)?;
        Ok(Some(request))
    }

    fn read_body(&self, reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
        if self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return chunks(reader);
        }
        match self.header("content-length") {
            Some(text) => exactly(reader, text.parse::<u64>().map_err(invalid)?),
            None => Ok(Vec::new()),
        }
    }

    /// The value of a header, whose name is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header's value in lower case without spaces, as media types are compared.
    pub(crate) fn media(&self, name: &str) -> String {
        self.header(name).unwrap_or_default().to_ascii_lowercase().replace(' ', "")
    }

    /// The value of a query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// What the request means to do: a POST may stand for another method.
    pub(crate) fn verb(&self) -> String {
        let verb = if self.method == "POST" { self.header("x-http-method") } else { None };
        let verb = verb.map_or_else(|| self.method.clone(), str::to_ascii_uppercase);
        if verb == "PATCH" { "MERGE".to_owned() } else { verb }
    }

    /// The query as decoded text.
    pub(crate) fn query_text(&self) -> String {
        let parts: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        parts.join("&")
    }
}

/// What goes back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("Content-Type", kind)
    }

    /// The status line and the headers, with the length that the whole body has.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.status != 204 {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        head.push_str("\r\n");
        head
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        411 => "Length Required",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}

/// A line without its end; empty at the end of the headers and at the end of the connection.
fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(LINE).read_until(b'\n', &mut bytes)?;
    let text = String::from_utf8(bytes).map_err(invalid)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn exactly(reader: &mut impl BufRead, length: u64) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    reader.take(length.min(BODY)).read_to_end(&mut body)?;
    if u64::try_from(body.len()) == Ok(length) { Ok(body) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let text = line(reader)?;
        let digits = text.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(invalid)?;
        if size == 0 {
            while !line(reader)?.is_empty() {}
            return Ok(body);
        }
        body.extend(exactly(reader, size)?);
        line(reader)?;
    }
}

fn invalid(cause: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause)
}
