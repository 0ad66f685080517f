//! An item as it is read: the same values, whichever dialect they came in.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{field::Kind, schema::Schema};

/// Values by the internal names of their fields: text, numbers and booleans as they are, choices as a list of texts, lookups as
/// a list of ids, and null for nothing.
pub(crate) type Fields = BTreeMap<String, Value>;

#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) etag: Option<String>,
    pub(crate) modified: String,
    pub(crate) fields: Fields,
}

impl Item {
    /// One that a dry run would have made: as it was sent, and nobody there has touched it.
    pub(super) fn imagined(id: i64) -> Self {
        Self { id, etag: Some(String::new()), ..Self::default() }
    }

    /// None when it has no id.
    pub(super) fn read(schema: &Schema, row: &Value) -> Option<Self> {
        let id = id(row)?;
        let etag = row.pointer("/__metadata/etag").or_else(|| row.get("odata.etag"));
        let etag = etag.or_else(|| row.get("@odata.etag"));
        let modified = row.get("Modified").and_then(Value::as_str).unwrap_or_default().to_owned();
        let fields = schema.fields.iter().filter_map(|(name, field)| {
            let value = match field.kind {
                Kind::Lookups => ids(row, name)?,
                Kind::Choices => json!(texts(row.get(name)?)),
                Kind::Text | Kind::Note | Kind::Choice => text(row.get(name)?),
                Kind::Number | Kind::Boolean | Kind::Other => row.get(name)?.clone(),
            };
            Some((name.clone(), value))
        });
        let etag = etag.and_then(Value::as_str).map(ToOwned::to_owned);
        Some(Self { id, etag, modified, fields: fields.collect() })
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn ids(&self, name: &str) -> Vec<i64> {
        let list = self.fields.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_i64).collect()
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let list = self.fields.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }
}

/// The longest text of an item that is read, in characters.
const LONGEST: usize = 100_000;

/// The record has no place for a NUL; one line break is as good as another, and no text is no value.
fn text(value: &Value) -> Value {
    match value.as_str() {
        None if value.is_number() => json!(value.to_string()),
        None => texts(value).into_iter().next().map_or(Value::Null, Value::from),
        Some("") => Value::Null,
        Some(text) => {
            let kept = text.replace("\r\n", "\n");
            json!(kept.chars().filter(|c| *c != '\0').take(LONGEST).collect::<String>())
        }
    }
}

/// Of a collection, an array, one text, texts that are joined by `;#`, or null.
fn texts(value: &Value) -> Vec<String> {
    let value = value.get("results").unwrap_or(value);
    match (value.as_array(), value.as_str()) {
        (Some(list), _) => list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        (None, Some(text)) => {
            text.split(";#").filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect()
        }
        (None, None) => Vec::new(),
    }
}

/// The id of a row, under either of its names.
pub(super) fn id(row: &Value) -> Option<i64> {
    row.get("Id").or_else(|| row.get("ID")).and_then(Value::as_i64)
}

/// Of `XId`, or of `X` when it was expanded.
fn ids(row: &Value, name: &str) -> Option<Value> {
    let expanded = row.get(name).filter(|value| !value.is_null() && value.get("__deferred").is_none());
    let found = expanded.or_else(|| row.get(format!("{name}Id"))).or_else(|| row.get(name))?;
    let list = found.get("results").unwrap_or(found);
    let one = |value: &Value| id(value).or_else(|| value.as_i64());
    let mut ids: Vec<i64> = match list.as_array() {
        Some(list) => list.iter().filter_map(one).collect(),
        None => one(list).into_iter().collect(),
    };
    ids.sort_unstable();
    Some(json!(ids))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::schema::Schema, Item};

    #[test]
    fn an_item_is_the_same_in_every_form_that_it_comes_in() {
        let schema =
            Schema::of(&[("KmiTags", "MultiChoice"), ("KmiInspiredBy", "LookupMulti"), ("Title", "Text")]);
        let rows = [
            json!({ "Id": 4, "Title": "a\r\nå", "KmiTags": { "results": ["Skole"] }, "KmiInspiredById": { "results": [3, 1] } }),
            json!({ "ID": 4, "Title": "a\nå", "KmiTags": "Skole", "KmiInspiredBy": [{ "Id": 3 }, { "Id": 1 }] }),
            json!({ "Id": 4, "Title": "a\nå", "KmiTags": ";#Skole;#", "KmiInspiredBy": { "__deferred": {} }, "KmiInspiredById": [1, 3] }),
        ];
        for row in rows {
            let item = Item::read(&schema, &row).unwrap();
            assert_eq!(item.id, 4);
            assert_eq!(
                json!(item.fields),
                json!({ "KmiInspiredBy": [1, 3], "KmiTags": ["Skole"], "Title": "a\nå" })
            );
        }
        assert!(Item::read(&schema, &json!({ "Title": "x" })).is_none());
    }
}
