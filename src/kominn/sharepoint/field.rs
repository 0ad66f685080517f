//! A field of the list.

use serde_json::Value;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A single line.
    Text,
    /// Text of any length.
    Note,
    /// One of the choices.
    Choice,
    /// Any of the choices.
    Choices,
    Number,
    Boolean,
    /// Ids of items of a list.
    Lookups,
    /// What we neither read nor write.
    Other,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) kind: Kind,
    pub(crate) choices: Vec<String>,
}

impl Field {
    /// Whether it takes a value: one of its choices, or several. `SharePoint` itself would take any.
    pub(crate) fn takes(&self, value: &Value) -> bool {
        let known = |value: &Value| {
            let named = |text: &str| self.choices.iter().any(|choice| choice == text);
            value.as_str().is_some_and(|text| self.choices.is_empty() || named(text))
        };
        match value {
            Value::Null => true,
            Value::Array(list) => self.takes_many() && list.iter().all(known),
            Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                !self.takes_many() && known(value)
            }
        }
    }

    pub(crate) fn takes_many(&self) -> bool {
        self.kind == Kind::Choices
    }
}

pub(super) fn kind(name: &str) -> Kind {
    match name {
        "Text" => Kind::Text,
        "Note" => Kind::Note,
        "Choice" => Kind::Choice,
        "MultiChoice" => Kind::Choices,
        "Number" | "Currency" | "Integer" => Kind::Number,
        "Boolean" => Kind::Boolean,
        "LookupMulti" => Kind::Lookups,
        _ => Kind::Other,
    }
}
