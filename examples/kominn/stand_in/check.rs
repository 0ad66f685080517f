//! What the service checks of values that are written, and what a right client never writes.

use serde_json::{Map, Value};

use super::{
    Dialect,
    call::Call,
    dialect::Problem,
    schema::{Field, Kind},
    time::millis,
};

/// How the markers begin that tell whose project an item is.
const MARKER: &str = "NGI:";

impl Call<'_> {
    /// The values in the body as they are kept, if the service takes them.
    pub(crate) fn values(&mut self, create: bool) -> Result<Map<String, Value>, Problem> {
        let verbose = self.verbose_body()?;
        let parsed: Result<Value, _> = serde_json::from_slice(&self.request.body);
        let Ok(Value::Object(mut body)) = parsed else {
            self.blame("a body that is no JSON object");
            return Err(Problem::query("Invalid JSON. A token was not recognized in the JSON content."));
        };
        self.check_type(&mut body, verbose)?;
        let mut values = Map::new();
        for (name, value) in body {
            if !verbose && name.starts_with("odata.") {
                continue;
            }
            let value = self.value(&name, value, verbose, create)?;
            values.insert(name, value);
        }
        if create {
            self.check_required(&values)?;
            self.check_marker(&values);
        }
        Ok(values)
    }

    /// Whether the body is in the verbose dialect, by its type.
    fn verbose_body(&mut self) -> Result<bool, Problem> {
        let media = self.request.media("content-type");
        let verbose = media.contains("odata=verbose");
        let fits = match self.place.settings.dialect {
            Dialect::Both => true,
            Dialect::Verbose => verbose,
            Dialect::Light => !verbose,
        };
        if fits && media.starts_with("application/json") {
            return Ok(verbose);
        }
        self.blame("missing or wrong Content-Type");
        Err(Problem::client(400, "The HTTP header Content-Type is missing or its value is invalid."))
    }

    fn check_type(&mut self, body: &mut Map<String, Value>, verbose: bool) -> Result<(), Problem> {
        if !verbose {
            return Ok(()); // There, the metadata is a property that nobody knows.
        }
        let metadata = body.remove("__metadata");
        let named = metadata.as_ref().and_then(|metadata| metadata.get("type")).and_then(Value::as_str);
        if named == Some(self.state.suggestions.entity) {
            return Ok(());
        }
        self.blame("missing or wrong __metadata.type");
        Err(match named {
            Some(name) => Problem::query(format!(
                "A type named '{name}' could not be resolved by the model. When a model is available, each type \
                 name must resolve to a valid type."
            )),
            None => {
                Problem::query("An entry without a type name was found, but no expected type was specified.")
            }
        })
    }

    fn value(&mut self, name: &str, value: Value, verbose: bool, create: bool) -> Result<Value, Problem> {
        let list = &self.state.suggestions;
        let Some(field) = list.property(name).filter(|field| field.writable).cloned() else {
            let message = format!(
                "The property '{name}' does not exist on type '{}'. Make sure to only use property names that are \
                 defined by the type.",
                list.entity
            );
            self.blame(&format!("unknown property {name}"));
            return Err(Problem::query(message));
        };
        let Some(value) = fitting(field.kind, value, verbose) else {
            self.blame(&format!("wrong type of {name}"));
            return Err(Problem::query(format!(
                "Cannot convert the value of the property '{name}' to the expected type. See the inner exception \
                 for more details."
            )));
        };
        if owned(name, &value, create) {
            self.blame(&format!("a write to {name}, which belongs to KOMINN"));
        }
        self.check_choice(&field, &value);
        self.check_range(&field, &value)?;
        Ok(value)
    }

    /// The service takes what is no choice, and shows it to people who cannot choose it.
    fn check_choice(&mut self, field: &Field, value: &Value) {
        if field.fill_in || !matches!(field.kind, Kind::Choice | Kind::MultiChoice) {
            return;
        }
        let several = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let chosen = several.iter().chain(std::iter::once(value)).filter_map(Value::as_str);
        for text in chosen.filter(|text| !field.choices.iter().any(|known| known == text)) {
            self.blame(&format!("'{text}' is no choice of {}", field.name));
        }
    }

    fn check_range(&self, field: &Field, value: &Value) -> Result<(), Problem> {
        let code = "-2130575155, Microsoft.SharePoint.SPException";
        if let (Kind::Text(longest), Some(text)) = (field.kind, value.as_str())
            && text.encode_utf16().count() > longest
        {
            let message = format!("Invalid text value. The text of '{}' is too long.", field.name);
            return Err(Problem::new(400, code, message));
        }
        if field.name == "KmiAmount" && value.as_f64().is_some_and(|amount| amount < 0.0) {
            return Err(Problem::new(400, code, "The value must be at least 0."));
        }
        let rows = match field.kind {
            Kind::Goals => &self.state.goals.rows,
            Kind::Items => &self.state.suggestions.rows,
            Kind::Text(_)
            | Kind::Note
            | Kind::Choice
            | Kind::MultiChoice
            | Kind::Number
            | Kind::Boolean
            | Kind::DateTime
            | Kind::User
            | Kind::System(_) => return Ok(()),
        };
        let mut ids = value.as_array().map(Vec::as_slice).unwrap_or_default().iter();
        if ids.all(|id| id.as_i64().is_some_and(|id| rows.contains_key(&id))) {
            return Ok(());
        }
        let message = format!("A lookup of '{}' points at an item that does not exist.", field.name);
        Err(Problem::new(400, "-2130575338, System.ArgumentException", message))
    }

    fn check_required(&self, values: &Map<String, Value>) -> Result<(), Problem> {
        let given = |field: &Field| values.get(&field.name).is_some_and(|value| !value.is_null());
        match self.state.suggestions.fields.iter().find(|field| field.required && !given(field)) {
            Some(field) => {
                let message = format!("You must specify a value for the required column '{}'.", field.name);
                Err(Problem::new(400, "-2130575163, Microsoft.SharePoint.SPException", message))
            }
            None => Ok(()),
        }
    }

    /// A marker on two items says that one project was sent twice.
    fn check_marker(&mut self, values: &Map<String, Value>) {
        for name in ["KmiCompRef", "CompRef"] {
            let Some(marker) = values.get(name).and_then(Value::as_str) else { continue };
            let mut rows = self.state.suggestions.rows.values();
            let twice = rows.any(|row| row.flat.get(name).and_then(Value::as_str) == Some(marker));
            if twice && marker.starts_with(MARKER) {
                self.blame(&format!("a second item with the marker {marker}"));
            }
        }
    }
}

/// The value as it is kept, if its JSON type is right.
fn fitting(kind: Kind, value: Value, verbose: bool) -> Option<Value> {
    let fits = match kind {
        Kind::Text(_) | Kind::Note | Kind::Choice => value.is_string(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::DateTime => value.as_str().is_some_and(|text| millis(text).is_some()),
        Kind::User => value.is_i64(),
        Kind::MultiChoice if value.is_null() => return Some(Value::Array(Vec::new())),
        Kind::MultiChoice => return several(value, verbose, Value::is_string),
        Kind::Goals | Kind::Items => return several(value, verbose, Value::is_i64),
        Kind::System(_) => return None,
    };
    if value.as_str() == Some("") {
        return Some(Value::Null); // An empty text is kept as none at all.
    }
    (fits || value.is_null()).then_some(value)
}

fn several(value: Value, verbose: bool, fits: fn(&Value) -> bool) -> Option<Value> {
    let values = if verbose { value.get("results")?.clone() } else { value };
    values.as_array()?.iter().all(fits).then_some(values)
}

/// Whether the value is for the other side alone to write.
fn owned(name: &str, value: &Value, create: bool) -> bool {
    let base = name.strip_prefix("Kmi").unwrap_or(name);
    match base {
        "Status" | "CaseWorkerStatus" => !create,
        "Likes" | "NumberOfComments" => !(create && (value.is_null() || value.as_i64() == Some(0))),
        "Telephone" | "Address" | "Zipcode" => !value.is_null(),
        "CaseWorkerId" | "ManagerId" | "MonthlyStartDate" | "MonthlyEndDate" => !(create && value.is_null()),
        _ => false,
    }
}
