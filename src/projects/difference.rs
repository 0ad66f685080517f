//! How two values of a member differ, so that a person can read it.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use utoipa::ToSchema;

use super::fields::{Field, Form};
use crate::platform::closed::closed;

/// How long two texts are compared: a comparison of a project with eleven upstreams has up to 110 pairs. What is not found
/// by then is shown as one larger change.
const PATIENCE: Duration = Duration::from_millis(4);

closed! {
    /// What became of a piece of text.
    pub enum Fate {
        Kept = "kept",
        Removed = "removed",
        Added = "added",
    }
}

/// A piece of a text, of whole words.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Piece {
    pub fate: Fate,
    pub text: String,
}

/// How a member differs from what it was.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Difference {
    /// Of a text: its words in order. Without the removed ones it is the text after, without the added ones the text
    /// before.
    Text { words: Vec<Piece> },
    /// Of a list, which is compared as a set.
    List { added: Vec<Value>, removed: Vec<Value> },
    /// Of a value that is replaced whole.
    Value { before: Value, after: Value },
}

impl Difference {
    /// None when the two are the same.
    pub fn between(form: Form, before: &Value, after: &Value) -> Option<Self> {
        if same(form, before, after) {
            return None;
        }
        Some(match form {
            Form::Text => Self::Text { words: words(text(before), text(after)) },
            Form::List => Self::List { added: without(after, before), removed: without(before, after) },
            Form::Value => Self::Value { before: before.clone(), after: after.clone() },
        })
    }
}

impl Field {
    /// Whether two values of the member say the same; costs no comparison of words.
    pub fn is_same(self, one: &Value, other: &Value) -> bool {
        same(self.form(), one, other)
    }
}

/// Whether two values say the same.
pub(super) fn same(form: Form, one: &Value, other: &Value) -> bool {
    match form {
        Form::Text | Form::Value => one == other,
        Form::List => without(one, other).is_empty() && without(other, one).is_empty(),
    }
}

pub(super) fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What is in a list and not in another.
pub(super) fn without(list: &Value, other: &Value) -> Vec<Value> {
    items(list).iter().filter(|item| !items(other).contains(item)).cloned().collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn words(before: &str, after: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for change in TextDiff::configure().timeout(PATIENCE).diff_words(before, after).iter_all_changes() {
        let fate = match change.tag() {
            ChangeTag::Equal => Fate::Kept,
            ChangeTag::Delete => Fate::Removed,
            ChangeTag::Insert => Fate::Added,
        };
        match pieces.last_mut().filter(|last| last.fate == fate) {
            Some(last) => last.text.push_str(change.value()),
            None => pieces.push(Piece { fate, text: change.value().to_owned() }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{Difference, Fate, Form, words};

    #[test]
    fn a_text_differs_by_words() {
        let difference = Difference::between(Form::Text, &json!("Radar i taket"), &json!("Radar på veggen"));
        let expected = json!({ "form": "text", "words": [
            { "fate": "kept", "text": "Radar " },
            { "fate": "removed", "text": "i" },
            { "fate": "added", "text": "på" },
            { "fate": "kept", "text": " " },
            { "fate": "removed", "text": "taket" },
            { "fate": "added", "text": "veggen" },
        ] });
        assert_eq!(serde_json::to_value(difference).unwrap(), expected);
    }

    #[test]
    fn a_list_in_another_order_is_the_same() {
        assert_eq!(Difference::between(Form::List, &json!([1, 2]), &json!([2, 1])), None);
        let expected = Difference::List { added: vec![json!(3)], removed: vec![json!(1)] };
        assert_eq!(Difference::between(Form::List, &json!([1, 2]), &json!([3, 2])), Some(expected));
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_their_difference(before in "[a-cæ \n]{0,40}", after in "[a-cæ \n]{0,40}") {
            let pieces = words(&before, &after);
            let all_but = |fate| -> String {
                pieces.iter().filter(|piece| piece.fate != fate).map(|piece| piece.text.as_str()).collect()
            };
            prop_assert_eq!(all_but(Fate::Added), before);
            prop_assert_eq!(all_but(Fate::Removed), after);
        }
    }
}
