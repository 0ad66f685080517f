//! Reading and writing items.

use serde_json::{Map, Value, json};

use super::{
    call::Call,
    dialect::Problem,
    http::Response,
    list::{List, Row},
    render::Selection,
    state::APP,
};

impl Call<'_> {
    fn selection(&self, list: &List) -> Result<Selection, Problem> {
        if self.place.settings.coarse {
            return Ok(Selection::everything(list));
        }
        let select = self.request.param("$select").unwrap_or_default();
        Selection::parse(list, select, self.request.param("$expand").unwrap_or_default())
    }

    pub(crate) fn read_items(&self, list: &List) -> Result<Response, Problem> {
        let selection = self.selection(list)?;
        let page = self.page(list)?;
        let rows = page.rows.iter().map(|row| Value::Object(self.entity(list, &selection, row))).collect();
        let metadata = format!("{}/_api/$metadata#SP.ListData.{}Items", self.place.site, list.title);
        Ok(self.shape.answer(200, &self.shape.many(&metadata, rows, page.next)))
    }

    pub(crate) fn read_item(&self, list: &List, id: i64) -> Result<Response, Problem> {
        let selection = self.selection(list)?;
        let row = list.rows.get(&id).ok_or_else(Problem::no_item)?;
        let body = self.shape.one(self.entity(list, &selection, row));
        Ok(self.shape.answer(200, &body).with("ETag", self.tag(row)))
    }

    /// The entity tag of a row, as it arrives.
    fn tag(&self, row: &Row) -> String {
        if self.place.settings.coarse { format!("W/{}", row.etag()) } else { row.etag() }
    }

    pub(crate) fn create_item(&mut self) -> Result<Response, Problem> {
        let values = self.values(true)?;
        let now = self.state.now();
        let id = self.state.suggestions.create(values, &now, APP);
        let list = &self.state.suggestions;
        let row = list.rows.get(&id).ok_or_else(Problem::no_item)?;
        let body = self.shape.one(self.entity(list, &Selection::everything(list), row));
        let uri = format!("{}/_api/Web/Lists(guid'{}')/Items({id})", self.place.site, list.guid);
        Ok(self.shape.answer(201, &body).with("ETag", self.tag(row)).with("Location", uri))
    }

    pub(crate) fn write_item(&mut self, id: i64, verb: &str) -> Result<Response, Problem> {
        self.precondition(id)?;
        let changes = match verb {
            "MERGE" => self.values(false)?,
            "PUT" => {
                self.blame("PUT empties what it does not name");
                let mut whole: Map<String, Value> = self.state.suggestions.empty_values();
                whole.extend(self.values(false)?);
                whole
            }
            "DELETE" => {
                self.blame("DELETE");
                let now = self.state.now();
                self.state.suggestions.delete(id, &now);
                return Ok(Response::new(200));
            }
            _ => {
                self.blame("a write to an item without X-HTTP-Method");
                return Err(Problem::client(405, "The HTTP method is not supported for this resource."));
            }
        };
        let now = self.state.now();
        self.state.suggestions.change(id, changes, &now, APP);
        let row = self.state.suggestions.rows.get(&id).ok_or_else(Problem::no_item)?;
        Ok(Response::new(204).with("ETag", self.tag(row)))
    }

    pub(crate) fn recycle_item(&mut self, id: i64) -> Result<Response, Problem> {
        self.blame("recycle");
        if !self.state.suggestions.rows.contains_key(&id) {
            return Err(Problem::no_item());
        }
        let now = self.state.now();
        self.state.suggestions.delete(id, &now);
        let mut body = Map::new();
        body.insert("Recycle".to_owned(), json!("5e9d2c4b-7a11-4d0e-8b3f-2c6a9e1f4d70"));
        Ok(self.shape.answer(200, &self.shape.one(body)))
    }

    /// Whether the client has seen the item as it is.
    fn precondition(&mut self, id: i64) -> Result<(), Problem> {
        let row = self.state.suggestions.rows.get(&id).ok_or_else(Problem::no_item)?;
        let current = row.etag();
        match self.request.header("if-match") {
            None => {
                self.blame("no IF-MATCH");
                Err(Problem::client(400, "The request must have an IF-MATCH header."))
            }
            Some("*") => {
                self.blame("IF-MATCH: *, which overwrites what nobody has read");
                Ok(())
            }
            Some(seen) if seen == current => Ok(()),
            Some(seen) => {
                let what = format!("The request ETag value '{seen}' does not match the object's ETag value");
                Err(Problem::client(412, format!("{what} '{current}'.")))
            }
        }
    }
}
