//! The two ways in which `SharePoint` writes JSON.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{field::Kind, item::Fields, schema::Schema};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `application/json;odata=verbose`: every version of `SharePoint` knows it.
    Verbose,
    /// `application/json;odata=nometadata`: `SharePoint` Online.
    Light,
}

impl Dialect {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Verbose => "application/json;odata=verbose",
            Self::Light => "application/json;odata=nometadata",
        }
    }

    /// The object of an answer, without its envelope.
    pub(super) fn open(mut body: Value) -> Value {
        match body.get_mut("d") {
            Some(inner) => inner.take(),
            None => body,
        }
    }

    /// The rows of an answer, and the address of the next, in either dialect.
    pub(super) fn rows(mut body: Value) -> Option<(Vec<Value>, Option<String>)> {
        let next = |body: &Value, name: &str| {
            let next = body.get(name).and_then(Value::as_str).filter(|next| !next.is_empty());
            next.map(ToOwned::to_owned)
        };
        let (rows, following) = if let Some(inner) = body.get_mut("d") {
            let following = next(inner, "__next");
            (inner.get_mut("results").map(Value::take).unwrap_or_else(|| inner.take()), following)
        } else {
            let following = next(&body, "odata.nextLink").or_else(|| next(&body, "@odata.nextLink"));
            (body.get_mut("value")?.take(), following)
        };
        let Value::Array(rows) = rows else { return None };
        Some((rows, following))
    }

    /// Fields as they are sent.
    pub(super) fn write(self, schema: &Schema, fields: &Fields) -> Value {
        let mut body = Map::new();
        if self == Self::Verbose {
            body.insert("__metadata".to_owned(), json!({ "type": schema.entity }));
        }
        for (name, value) in fields {
            let kind = schema.fields.get(name).map_or(Kind::Text, |field| field.kind);
            let name = if kind == Kind::Lookups { format!("{name}Id") } else { name.clone() };
            body.insert(name, self.value(kind, value));
        }
        Value::Object(body)
    }

    fn value(self, kind: Kind, value: &Value) -> Value {
        match (self, kind) {
            (Self::Verbose, Kind::Choices) if value.is_array() => {
                json!({ "__metadata": { "type": "Collection(Edm.String)" }, "results": value })
            }
            (Self::Verbose, Kind::Lookups) => json!({ "results": value }),
            _ => value.clone(),
        }
    }
}
