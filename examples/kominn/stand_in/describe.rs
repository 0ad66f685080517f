//! What the service says of a list and of its columns, and the digest that forms need.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    call::Call,
    dialect::{Problem, Shape},
    http::Response,
    list::List,
    query::Filter,
    render::pick,
    schema::{Field, Kind},
    time::digest_date,
};

impl Call<'_> {
    fn select(&self) -> &str {
        self.request.param("$select").unwrap_or_default()
    }

    pub(crate) fn describe(&self, list: &List) -> Response {
        let uri = format!("{}/_api/Web/Lists(guid'{}')", self.place.site, list.guid);
        let facts = [
            ("Id", json!(list.guid)),
            ("Title", json!(list.title)),
            ("ItemCount", json!(list.rows.len())),
            ("ListItemEntityTypeFullName", json!(list.entity)),
            ("LastItemModifiedDate", json!(list.last_modified)),
            ("LastItemUserModifiedDate", json!(list.last_modified)),
        ];
        let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let shown = self.typed("SP.List", &uri, pick(facts, self.select()));
        self.shape.answer(200, &self.shape.one(shown))
    }

    pub(crate) fn fields(&self, list: &List) -> Result<Response, Problem> {
        let filter = self.request.param("$filter").map(Filter::parse).transpose()?;
        let mut shown = Vec::new();
        for (number, field) in list.fields.iter().enumerate() {
            let facts = facts(field, number);
            let told = !self.place.settings.coarse || field.group == "KomInn";
            if told && filter.as_ref().is_none_or(|filter| filter.holds(&facts)) {
                shown.push(Value::Object(self.shown_field(list, field, facts)));
            }
        }
        let metadata = format!("{}/_api/$metadata#SP.ApiData.Fields", self.place.site);
        Ok(self.shape.answer(200, &self.shape.many(&metadata, shown, None)))
    }

    pub(crate) fn field(&self, list: &List, name: &str) -> Result<Response, Problem> {
        let Some((number, field)) = list.fields.iter().enumerate().find(|(_, field)| field.name == name)
        else {
            let message =
                format!("Column '{name}' does not exist. It may have been deleted by another user.");
            return Err(Problem::new(400, "-2147024809, System.ArgumentException", message));
        };
        let shown = self.shown_field(list, field, facts(field, number));
        Ok(self.shape.answer(200, &self.shape.one(shown)))
    }

    fn shown_field(&self, list: &List, field: &Field, facts: Map<String, Value>) -> Map<String, Value> {
        let id = facts.get("Id").and_then(Value::as_str).unwrap_or_default();
        let uri = format!("{}/_api/Web/Lists(guid'{}')/Fields(guid'{id}')", self.place.site, list.guid);
        let mut shown = pick(facts, self.select());
        if let Some(choices) = shown.get_mut("Choices") {
            *choices = self.shape.several("Edm.String", choices.take());
        }
        self.typed(if field.choices.is_empty() { "SP.Field" } else { "SP.FieldChoice" }, &uri, shown)
    }

    /// The object with the metadata that the dialect puts before it.
    fn typed(&self, kind: &str, uri: &str, object: Map<String, Value>) -> Map<String, Value> {
        let mut shown = Map::new();
        match self.shape {
            Shape::Verbose => {
                shown.insert("__metadata".to_owned(), json!({"id": uri, "uri": uri, "type": kind}));
            }
            Shape::Minimal => {
                shown.insert("odata.type".to_owned(), json!(kind));
                shown.insert("odata.id".to_owned(), json!(uri));
            }
            Shape::Light => {}
        }
        shown.extend(object);
        shown
    }

    /// Gives a digest, without which nothing can be written where people sign in by other means than a token.
    pub(crate) fn context(&mut self) -> Response {
        let digest = format!("0x{},{}", Uuid::now_v7().simple(), digest_date());
        self.state.digests.insert(digest.clone());
        let versions = json!(["14.0.0.0", "15.0.0.0"]);
        let facts = json!({
            "FormDigestTimeoutSeconds": 1800,
            "FormDigestValue": digest,
            "LibraryVersion": "16.0.10417.20018",
            "SiteFullUrl": self.place.site,
            "SupportedSchemaVersions": self.shape.several("Edm.String", versions),
            "WebFullUrl": self.place.site,
        });
        if self.shape == Shape::Verbose {
            return self.shape.answer(200, &json!({"d": {"GetContextWebInformation": facts}}));
        }
        self.shape.answer(200, &facts)
    }
}

fn facts(field: &Field, number: usize) -> Map<String, Value> {
    let id = match field.name.as_str() {
        "KmiAmount" => "c75f8f92-13d1-4995-b0dc-f5c8cd36efd0".to_owned(),
        "KmiApplyingFor" => "abd3c94e-048c-4730-8416-5b9c57b87784".to_owned(),
        _ => format!("5a0d{number:04x}-3b7e-4c19-9f26-8d41e07ab350"),
    };
    let mut facts = Map::new();
    facts.insert("Id".to_owned(), json!(id));
    facts.insert("InternalName".to_owned(), json!(field.name));
    facts.insert("Title".to_owned(), json!(field.name));
    facts.insert("TypeAsString".to_owned(), json!(field.kind.type_name()));
    facts.insert("Required".to_owned(), json!(field.required));
    facts.insert("Group".to_owned(), json!(field.group));
    facts.insert("Hidden".to_owned(), json!(false));
    facts.insert("ReadOnlyField".to_owned(), json!(!field.writable));
    if matches!(field.kind, Kind::Choice | Kind::MultiChoice) {
        facts.insert("FillInChoice".to_owned(), json!(field.fill_in));
        facts.insert("Choices".to_owned(), json!(field.choices));
    }
    facts
}
