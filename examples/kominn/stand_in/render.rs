//! Rows as the service shows them: what `$select` and `$expand` ask for, in the dialect of the request.

use serde_json::{Map, Value, json};

use super::{
    call::Call,
    dialect::{Problem, Shape},
    list::{List, Row},
    schema::{Field, Kind},
    state::person,
};

/// What of a row is to be shown.
pub(crate) struct Selection {
    /// Properties, with the kinds of their columns.
    names: Vec<(String, Kind)>,
    /// Lookups, with what of their targets is to be shown.
    expanded: Vec<(Field, Vec<String>)>,
    /// Whether everything was asked for.
    all: bool,
}

impl Selection {
    pub(crate) fn everything(list: &List) -> Self {
        let names = list.fields.iter().map(|field| (field.property(), field.kind)).collect();
        Self { names, expanded: Vec::new(), all: true }
    }

    pub(crate) fn parse(list: &List, select: &str, expand: &str) -> Result<Self, Problem> {
        let mut selection = Self { names: Vec::new(), expanded: Vec::new(), all: false };
        for name in parts(expand) {
            let field = list.lookup(name).ok_or_else(|| Problem::unknown_field(name))?;
            selection.expanded.push((field.clone(), Vec::new()));
        }
        for name in parts(if select.is_empty() { "*" } else { select }) {
            selection.add(list, name)?;
        }
        match selection.expanded.iter().find(|(_, shown)| shown.is_empty()) {
            Some((field, _)) => Err(Problem::not_expanded(&field.name)),
            None => Ok(selection),
        }
    }

    fn add(&mut self, list: &List, name: &str) -> Result<(), Problem> {
        if name == "*" {
            self.names.extend(Self::everything(list).names);
            self.all = true;
        } else if let Some((lookup, of)) = name.split_once('/') {
            let known = list.lookup(lookup).ok_or_else(|| Problem::unknown_field(lookup))?;
            if !shows(list, known.kind, of) {
                return Err(Problem::unknown_field(name));
            }
            let expanded = self.expanded.iter_mut().find(|(field, _)| field.name == lookup);
            let (_, shown) = expanded.ok_or_else(|| Problem::not_expanded(lookup))?;
            shown.push(of.to_owned());
        } else if let Some(field) = list.property(name) {
            self.names.push((field.property(), field.kind));
        } else if list.lookup(name).is_some() {
            return Err(Problem::not_expanded(name));
        } else {
            return Err(Problem::unknown_field(name));
        }
        Ok(())
    }
}

/// Whether the target of a lookup has something of this name to show.
fn shows(list: &List, kind: Kind, name: &str) -> bool {
    match name {
        "Id" | "Title" => true,
        "EMail" | "Name" if kind == Kind::User => true,
        _ => kind == Kind::Items && list.property(name).is_some_and(|field| !field.kind.is_several()),
    }
}

pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Of an object, what `$select` asks for; everything when it asks for nothing.
pub(crate) fn pick(object: Map<String, Value>, select: &str) -> Map<String, Value> {
    let wanted: Vec<&str> = parts(select).collect();
    let keep = |name: &str| wanted.is_empty() || wanted.contains(&"*") || wanted.contains(&name);
    object.into_iter().filter(|(name, _)| keep(name)).collect()
}

impl Call<'_> {
    pub(crate) fn entity(&self, list: &List, selection: &Selection, row: &Row) -> Map<String, Value> {
        let mut shown = self.metadata(list, selection, row);
        for (field, names) in &selection.expanded {
            let value = row.flat.get(&field.property()).unwrap_or(&Value::Null);
            shown.insert(field.name.clone(), self.expanded(list, field, names, row.id, value));
        }
        for (name, kind) in &selection.names {
            let value = row.flat.get(name).cloned().unwrap_or_default();
            let value = if *kind == Kind::MultiChoice {
                // Of choices, none is empty; of lookups, none is an empty list.
                let none = value.as_array().is_none_or(Vec::is_empty);
                if none { Value::Null } else { self.shape.several("Edm.String", value) }
            } else if kind.is_several() {
                self.shape.several("Edm.Int32", value)
            } else {
                value
            };
            if name == "Id" {
                shown.insert("ID".to_owned(), value.clone());
            }
            shown.insert(name.clone(), value);
        }
        shown
    }

    fn metadata(&self, list: &List, selection: &Selection, row: &Row) -> Map<String, Value> {
        let mut shown = Map::new();
        let link = format!("Web/Lists(guid'{}')/Items({})", list.guid, row.id);
        let uri = format!("{}/_api/{link}", self.place.site);
        if self.shape == Shape::Verbose {
            let metadata = json!({"id": link, "uri": uri, "etag": row.etag(), "type": list.entity});
            shown.insert("__metadata".to_owned(), metadata);
            if selection.all {
                let deferred = json!({"__deferred": {"uri": format!("{uri}/ContentType")}});
                shown.insert("ContentType".to_owned(), deferred);
            }
        } else if self.shape == Shape::Minimal {
            shown.insert("odata.type".to_owned(), json!(list.entity));
            shown.insert("odata.id".to_owned(), json!(uri));
            shown.insert("odata.etag".to_owned(), json!(row.etag()));
            shown.insert("odata.editLink".to_owned(), json!(link));
        }
        shown
    }

    fn expanded(&self, list: &List, field: &Field, names: &[String], id: i64, value: &Value) -> Value {
        if field.kind == Kind::User {
            let person = value.as_i64().map(person);
            return match person {
                Some(person) => self.target("SP.Data.UserInfoItem", names, &person),
                None if self.shape == Shape::Verbose => {
                    let uri = format!("{}/_api/Web/Lists(guid'{}')/Items({id})", self.place.site, list.guid);
                    json!({"__deferred": {"uri": format!("{uri}/{}", field.name)}})
                }
                None => Value::Null,
            };
        }
        let target = if field.kind == Kind::Goals { &self.state.goals } else { list };
        let ids = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let rows = ids.iter().filter_map(|id| target.rows.get(&id.as_i64()?));
        self.shape.nested(rows.map(|row| self.target(target.entity, names, &row.flat)).collect())
    }

    /// The object at which a lookup points.
    fn target(&self, entity: &str, names: &[String], flat: &Map<String, Value>) -> Value {
        let mut shown = Map::new();
        if self.shape == Shape::Verbose {
            let id = format!("{}/_api/{entity}({})", self.place.site, flat.get("Id").unwrap_or(&Value::Null));
            shown.insert("__metadata".to_owned(), json!({"id": id, "type": entity}));
        }
        for name in names {
            shown.insert(name.clone(), flat.get(name).cloned().unwrap_or_default());
        }
        Value::Object(shown)
    }
}
