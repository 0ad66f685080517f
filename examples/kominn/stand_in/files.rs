//! The library of pictures.

use serde_json::{Map, json};

use super::{
    call::Call,
    dialect::{Problem, Shape},
    http::Response,
    percent::quoted,
};

impl Call<'_> {
    /// Takes the body as a file; `rest` begins with the quoted name.
    pub(crate) fn upload(&mut self, rest: &str) -> Result<Response, Problem> {
        let (name, options) = quoted(rest).ok_or_else(|| Problem::no_resource(rest))?;
        if name.is_empty() || name.contains(['"', '*', ':', '<', '>', '?', '/', '\\', '|']) {
            let message = format!("The file or folder name \"{name}\" contains invalid characters.");
            return Err(Problem::new(400, "-2130575245, Microsoft.SharePoint.SPException", message));
        }
        let overwrite = options.to_ascii_lowercase().replace(' ', "").contains("overwrite=true");
        let before = self.state.files.get(&name);
        let exists = before.is_some();
        let other = before.is_some_and(|bytes| *bytes != self.request.body);
        if exists && !overwrite {
            let message = format!("A file with the name Bilder/{name} already exists.");
            return Err(Problem::new(400, "-2130575257, Microsoft.SharePoint.SPException", message));
        }
        if other {
            self.blame(&format!("the picture {name} was overwritten with another"));
        }
        self.state.files.insert(name.clone(), self.request.body.clone());
        Ok(self.uploaded(&name))
    }

    fn uploaded(&self, name: &str) -> Response {
        let path = format!("/sites/kominn/Bilder/{name}");
        let mut file = Map::new();
        if self.shape == Shape::Verbose {
            let uri =
                format!("{}/_api/Web/GetFileByServerRelativePath(decodedurl='{path}')", self.place.site);
            file.insert("__metadata".to_owned(), json!({"id": uri, "uri": uri, "type": "SP.File"}));
        }
        file.insert("Name".to_owned(), json!(name));
        file.insert("ServerRelativeUrl".to_owned(), json!(path));
        file.insert("Length".to_owned(), json!(self.request.body.len().to_string()));
        file.insert("UniqueId".to_owned(), json!("b7c1d2e3-0f4a-4b5c-8d6e-7f8091a2b3c4"));
        self.shape.answer(200, &self.shape.one(file))
    }

    /// A file as people see it.
    pub(crate) fn picture(&self, name: &str) -> Response {
        match self.state.files.get(name) {
            Some(bytes) if self.request.method == "GET" => {
                Response::new(200).body("application/octet-stream", bytes.clone())
            }
            _ => Response::new(404).body("text/html", "<html><body>404</body></html>"),
        }
    }
}
