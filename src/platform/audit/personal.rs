//! National identity numbers: eleven digits, sometimes parted after the sixth. None is kept, wherever one turns up.

use uuid::Uuid;

/// What stands in the place of one.
pub(crate) const WITHHELD: &str = "(withheld)";

/// Whether there is one in a text. An id of ours may have as many digits in a row.
pub(crate) fn is_personal(text: &str) -> bool {
    if text.parse::<Uuid>().is_ok() {
        return false;
    }
    let mut digits = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            _ if character.is_ascii_digit() => digits += 1,
            ' ' | '-' if digits == 6 => {}
            _ => digits = 0,
        }
        let goes_on = characters.peek().is_some_and(char::is_ascii_digit);
        if digits == 11 && !goes_on {
            return true;
        }
    }
    false
}

/// A path as it may be kept: without control characters, which an encoded one may have and the record has no place for; and
/// each part of it that has a number is withheld.
pub(super) fn path(path: &str) -> String {
    let path: String = path.chars().filter(|character| !character.is_control()).collect();
    let parts = path.split('/').map(|part| if is_personal(part) { WITHHELD } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::{is_personal, path};

    #[test]
    fn a_national_identity_number_is_known_wherever_it_stands() {
        for personal in
            ["12345678901", "no12345678901", "urn:person:12345678901", "123456 78901", "x-123456-78901"]
        {
            assert!(is_personal(personal), "{personal}");
        }
        for other in
            ["0192:940039541", "0f8fad5b-d9cb-469f-a165-708677289501", "123456789012", "klient-1", ""]
        {
            assert!(!is_personal(other), "{other}");
        }
        assert_eq!(path("/v1/pro\0jects\n"), "/v1/projects");
        assert_eq!(path("/v1/projects/12345678901/upstream"), "/v1/projects/(withheld)/upstream");
    }
}
