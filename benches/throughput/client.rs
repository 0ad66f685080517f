//! HTTP/1.1 on one kept connection, one request at a time: as little as there can be between what is measured and
//! the clock.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What is read at once; most answers fit.
const READ: usize = 64 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, whole.
pub(crate) struct Answer<'b> {
    pub(crate) status: u16,
    head: &'b str,
    pub(crate) body: &'b [u8],
}

/// A request; `headers` are lines, each with its end.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let about_body = if method == "GET" {
        String::new()
    } else {
        format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len())
    };
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}{about_body}\r\n{body}").into_bytes()
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ) })
    }

    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = self.read_head().await?;
        let length = length(self.text(head)?)?;
        while self.buffer.len() < head + length {
            self.read().await?;
        }
        let body = self.buffer.get(head..head + length).unwrap_or_default();
        let head = self.text(head)?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .context("an answer without status")?;
        Ok(Answer { status, head, body })
    }

    /// Reads on until the end of the head; says where that is.
    async fn read_head(&mut self) -> Result<usize> {
        loop {
            let end = self.buffer.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD);
            match end {
                Some(at) => return Ok(at + END_OF_HEAD.len()),
                None => self.read().await?,
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        self.buffer.reserve(READ);
        ensure!(
            self.stream.read_buf(&mut self.buffer).await? > 0,
            "the connection was closed within an answer"
        );
        Ok(())
    }

    fn text(&self, end: usize) -> Result<&str> {
        std::str::from_utf8(self.buffer.get(..end).unwrap_or_default()).context("a head that is no text")
    }
}

fn length(head: &str) -> Result<usize> {
    let mut headers = headers(head);
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let (_, length) = length.context("an answer without content-length")?;
    Ok(length.parse()?)
}

fn headers(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.lines().skip(1).filter_map(|line| line.split_once(": "))
}

impl<'b> Answer<'b> {
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'b str, &'b str)> {
        headers(self.head)
    }

    /// Refuses an answer that is not of success, and quotes it.
    pub(crate) fn check(&self) -> Result<()> {
        let (status, body) = (self.status, self.body);
        ensure!((200..300).contains(&status), "answered with {status}: {}", String::from_utf8_lossy(body));
        Ok(())
    }
}
