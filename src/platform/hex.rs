//! Bytes as text.

use std::fmt::Write;

/// In lower case, two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of such a text, in either case.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits?;
    let bytes = digits.chunks_exact(2).filter_map(|pair| Some((pair.first()? << 4) | pair.last()?));
    digits.len().is_multiple_of(2).then(|| bytes.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{hex, unhex};

    proptest! {
        #[test]
        fn bytes_come_back(bytes: Vec<u8>) {
            prop_assert_eq!(unhex(&hex(&bytes)).unwrap(), bytes);
        }
    }

    #[test]
    fn what_is_no_text_of_bytes_is_none() {
        assert!(unhex("abc").is_none() && unhex("xy").is_none() && unhex("é").is_none());
    }
}
