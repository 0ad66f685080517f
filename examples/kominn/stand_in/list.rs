//! A list with its rows: what the service keeps.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Profile,
    schema::{self, Field, Kind},
};

/// The titles of the goals, exactly as they are installed.
const GOALS: [&str; 17] = [
    "Mål 1 - Utrydde fattigdom",
    "Mål 2 - Utrydde sult",
    "Mål 3 - God helse",
    "Mål 4 - God utdanning",
    "Mål 5 - Likestilling mellom kjønnene",
    "Mål 6 - Rent vann og gode sanitærforhold",
    "Mål 7 - Ren energi for alle",
    "Mål 8 - Anstendig arbeid og økonomisk vekst",
    "Mål 9 - Innovasjon og infrastruktur",
    "Mål 10 - Mindre ulikhet",
    "Mål 11 - Bærekraftige byer og samfunn",
    "Mål 12 - Ansvarlig forbruk og produksjon",
    "Mål 13 - Stoppe klimaendringene",
    "Mål 14 - Liv under vann",
    "Mål 15 - Liv på land",
    "Mål 16 - Fred og rettferdighet",
    "Mål 17 - Samarbeid for å nå målene",
];

/// When the lists were installed.
const INSTALLED: &str = "2026-01-05T08:00:00Z";

/// One row, with every property of its columns.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) version: u64,
    pub(crate) flat: Map<String, Value>,
}

impl Row {
    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

/// A list of the site.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) title: &'static str,
    pub(crate) guid: &'static str,
    pub(crate) entity: &'static str,
    pub(crate) fields: Vec<Field>,
    pub(crate) rows: BTreeMap<i64, Row>,
    bin: BTreeMap<i64, Row>,
    pub(crate) last_modified: String,
    next: i64,
}

impl List {
    pub(crate) fn suggestions(profile: Profile) -> Self {
        let entity = if profile == Profile::V2 { "SP.Data.ForslagListItem" } else { "SP.Data.ForslagItem" };
        Self::empty("Forslag", "2f1c7f30-6c5b-4c83-9c43-5d6b8f3f2a10", entity, schema::suggestions(profile))
    }

    /// The goals, under ids that nobody can guess from their numbers.
    pub(crate) fn goals(profile: Profile) -> Self {
        let (name, kind) = if profile == Profile::V2 {
            ("KmiIconFileName", Kind::Text(255))
        } else {
            ("IkonId", Kind::Number)
        };
        let mut fields = schema::standard();
        fields.push(Field::standard(name, kind, true));
        let entity = "SP.Data.BaerekraftsmaalListItem";
        let mut list = Self::empty("Baerekraftsmaal", "bc3203f8-4c1e-4a55-8f0e-1d2b6a7c9e31", entity, fields);
        for (number, title) in (1_i64..).zip(GOALS) {
            list.next = 101 + 3 * number;
            let icon =
                if profile == Profile::V2 { json!(format!("Goal-{number:02}.png")) } else { json!(number) };
            let mut fields = Map::new();
            fields.insert("Title".to_owned(), json!(title));
            fields.insert(name.to_owned(), icon);
            list.create(fields, INSTALLED, 1);
        }
        list
    }

    /// The library of pictures, of which only the description is a list.
    pub(crate) fn pictures() -> Self {
        Self::empty(
            "Bilder",
            "9d8e1b77-35f2-4f0a-8a44-6e0c9b1d5f22",
            "SP.Data.BilderItem",
            schema::standard(),
        )
    }

    fn empty(title: &'static str, guid: &'static str, entity: &'static str, fields: Vec<Field>) -> Self {
        let last_modified = INSTALLED.to_owned();
        Self {
            title,
            guid,
            entity,
            fields,
            rows: BTreeMap::new(),
            bin: BTreeMap::new(),
            last_modified,
            next: 1,
        }
    }

    /// The column whose value has this name in JSON.
    pub(crate) fn property(&self, name: &str) -> Option<&Field> {
        let name = if name == "ID" { "Id" } else { name };
        self.fields.iter().find(|field| field.shows_as(name))
    }

    /// The lookup of this name.
    pub(crate) fn lookup(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name && field.kind.is_lookup())
    }

    pub(crate) fn create(&mut self, fields: Map<String, Value>, now: &str, author: i64) -> i64 {
        let id = self.next;
        self.next += 1;
        let mut flat: Map<String, Value> =
            self.fields.iter().map(|field| (field.property(), field.default.clone())).collect();
        let guid = format!("{id:08x}-51c0-4a7e-9b1e-0123456789ab");
        flat.insert("ContentTypeId".to_owned(), json!("0x010063D756B686FA90498E2CB193C077DEA000"));
        flat.insert("Created".to_owned(), json!(now));
        flat.insert("Modified".to_owned(), json!(now));
        flat.insert("AuthorId".to_owned(), json!(author));
        flat.insert("EditorId".to_owned(), json!(author));
        flat.insert("Attachments".to_owned(), json!(false));
        flat.insert("GUID".to_owned(), json!(guid));
        flat.extend(fields);
        flat.insert("Id".to_owned(), json!(id));
        self.rows.insert(id, Row { id, version: 1, flat });
        now.clone_into(&mut self.last_modified);
        id
    }

    /// What a row holds of which nothing is said.
    pub(crate) fn empty_values(&self) -> Map<String, Value> {
        let own = self.fields.iter().filter(|field| field.writable);
        own.map(|field| (field.property(), field.default.clone())).collect()
    }

    /// Changes a row, if it is there.
    pub(crate) fn change(&mut self, id: i64, changes: Map<String, Value>, now: &str, editor: i64) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.version += 1;
        row.flat.insert("Modified".to_owned(), json!(now));
        row.flat.insert("EditorId".to_owned(), json!(editor));
        row.flat.extend(changes);
        now.clone_into(&mut self.last_modified);
    }

    /// Takes a row out of the bin again, as it was; what other rows said of it does not come back.
    pub(crate) fn restore(&mut self, id: i64) {
        self.rows.extend(self.bin.remove(&id).map(|row| (id, row)));
    }

    /// Takes a row away, and what other rows say of it; they do not count as changed by that.
    pub(crate) fn delete(&mut self, id: i64, now: &str) {
        self.bin.extend(self.rows.remove(&id).map(|row| (id, row)));
        now.clone_into(&mut self.last_modified);
        let links: Vec<String> =
            self.fields.iter().filter(|field| field.kind == Kind::Items).map(Field::property).collect();
        for row in self.rows.values_mut() {
            for link in &links {
                if let Some(ids) = row.flat.get_mut(link).and_then(Value::as_array_mut) {
                    ids.retain(|other| other.as_i64() != Some(id));
                }
            }
        }
    }
}
