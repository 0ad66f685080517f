//! Percent-encoding, and the two ways in which parts of an address are quoted.

use std::fmt::Write as _;

/// Decodes; in a query, a plus is a space.
pub(crate) fn decode(text: &str, query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let code =
                    str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                bytes.push(code.unwrap_or(b'%'));
            }
            b'+' if query => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The pairs of a query or of a form, decoded.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    let split = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    split.map(|(name, value)| (decode(name, true), decode(value, true))).collect()
}

/// Encodes everything but what never needs it.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02x}");
        }
    }
    encoded
}

/// What follows a beginning, whichever case its letters have.
pub(crate) fn after<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(beginning.len())?;
    head.eq_ignore_ascii_case(beginning).then_some(rest)
}

/// A text between single quotes, in which a quote is doubled, and what follows it.
pub(crate) fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (part, behind) = rest.split_once('\'')?;
        value.push_str(part);
        let Some(more) = behind.strip_prefix('\'') else { return Some((value, behind)) };
        value.push('\'');
        rest = more;
    }
}
