//! The words of a `$filter`.

use super::percent::quoted;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Open,
    Close,
    Comma,
    /// A name, an operator or a number.
    Word(String),
    /// What stood between quotes.
    Text(String),
    /// What stood between the quotes of `datetime'…'`.
    Date(String),
}

/// Everything in the text, or nothing when a quote is left open.
pub(crate) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (value, behind) = quoted(rest)?;
            found.push(Token::Text(value));
            rest = behind.trim_start();
            continue;
        }
        let sign = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            _ => None,
        };
        if let Some(sign) = sign {
            found.push(sign);
            rest = rest.strip_prefix(first)?.trim_start();
            continue;
        }
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '(' | ')' | ',' | '\'');
        let (word, behind) = rest.split_at_checked(rest.find(ends).unwrap_or(rest.len()))?;
        let typed = if behind.starts_with('\'') { Some(quoted(behind)?) } else { None };
        let (token, behind) = match (word, typed) {
            ("datetime", Some((value, behind))) => (Token::Date(value), behind),
            ("guid", Some((value, behind))) => (Token::Text(value), behind),
            (_, Some(_)) => return None,
            (word, None) => (Token::Word(word.to_owned()), behind),
        };
        found.push(token);
        rest = behind.trim_start();
    }
    Some(found)
}
