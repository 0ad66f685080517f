//! Answers that do not end, or that are larger than they look.

use std::{
    io::{self, Write},
    thread,
    time::Duration,
};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json;odata=nometadata;charset=utf-8\r\n\
                       Transfer-Encoding: chunked\r\n\r\n";

/// How often the packed zeros come: over ten million bytes, which are 1.6 thousand million when unpacked.
const MEMBERS: usize = 200;

/// How often the period comes in one packed member.
const PERIODS: usize = 4000;

/// A gzip member of 8 256 001 zeros: its header and the bits of the first zero, then the bits of eight repetitions
/// of 258 zeros again and again, then the end, the checksum and the length.
const HEAD: [u8; 11] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 0x63];
const PERIOD: [u8; 13] = [0x18, 0x05, 0xa3, 0x60, 0x14, 0x8c, 0x82, 0x51, 0x30, 0x0a, 0x46, 0xc1, 0x28];
const TAIL: [u8; 10] = [0, 0, 235, 236, 216, 130, 1, 250, 125, 0];

/// A byte a second until the client goes, or until the stand-in stops.
pub(crate) fn drip(mut out: impl Write, stopping: impl Fn() -> bool) -> io::Result<()> {
    out.write_all(CHUNKED.as_bytes())?;
    while !stopping() {
        out.write_all(b"1\r\n \r\n")?;
        thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}

/// A list that never ends.
pub(crate) fn huge(mut out: impl Write, stopping: impl Fn() -> bool) -> io::Result<()> {
    out.write_all(CHUNKED.as_bytes())?;
    let start = "{\"value\":[0";
    out.write_all(format!("{:x}\r\n{start}\r\n", start.len()).as_bytes())?;
    let more = ",0".repeat(32_768);
    let chunk = format!("{:x}\r\n{more}\r\n", more.len());
    while !stopping() {
        out.write_all(chunk.as_bytes())?;
    }
    Ok(())
}

/// Zeros, packed as well as they can be.
pub(crate) fn bomb(mut out: impl Write) -> io::Result<()> {
    let member = [HEAD.as_slice(), &PERIOD.repeat(PERIODS), TAIL.as_slice()].concat();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json;odata=nometadata;charset=utf-8\r\n\
         Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        member.len() * MEMBERS
    );
    out.write_all(head.as_bytes())?;
    for _ in 0..MEMBERS {
        out.write_all(&member)?;
    }
    Ok(())
}
