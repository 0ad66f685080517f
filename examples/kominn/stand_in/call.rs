//! One request: what it is addressed to.

use super::{
    Dialect, Fault, Place,
    dialect::{Problem, Shape},
    http::{Request, Response},
    list::List,
    percent::{after, quoted},
    state::State,
};

/// A request that is being answered.
pub(crate) struct Call<'a> {
    pub(crate) place: &'a Place,
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Request,
    /// What goes wrong with the content of the answer.
    pub(crate) fault: Option<&'a Fault>,
    pub(crate) shape: Shape,
}

/// Does what a request asks for.
pub(crate) fn respond(
    place: &Place,
    state: &mut State,
    request: &Request,
    fault: Option<&Fault>,
) -> Response {
    let mut call = Call { place, state, request, fault, shape: Shape::Verbose };
    let measured =
        request.header("content-length").is_some() || request.header("transfer-encoding").is_some();
    if request.method == "POST" && !measured {
        return Response::new(411);
    }
    match request.path.strip_prefix("/sites/kominn/") {
        Some(path) => call.site(path),
        None => call.elsewhere(),
    }
}

impl Call<'_> {
    pub(crate) fn blame(&mut self, what: &str) {
        self.state.blame(self.request, what);
    }

    /// What is not part of the site: tokens, and the platform of ideas.
    fn elsewhere(&mut self) -> Response {
        let response = self.token().or_else(|| self.idea());
        response.unwrap_or_else(|| Response::new(404).body("text/html", "<html><body>404</body></html>"))
    }

    fn site(&mut self, path: &str) -> Response {
        if let Some(refusal) = self.refusal(path) {
            return refusal;
        }
        if let Some(name) = path.strip_prefix("Bilder/") {
            return self.picture(name);
        }
        let Some(api) = after(path, "_api/") else {
            return Response::new(404).body("text/html", "<html><body>404</body></html>");
        };
        let Some(shape) = self.negotiate(api) else {
            self.blame("missing or wrong Accept");
            let message = "The HTTP header ACCEPT is missing or its value is invalid.";
            return Shape::Verbose.problem(&Problem::client(406, message));
        };
        self.shape = shape;
        self.dispatch(api).unwrap_or_else(|problem| shape.problem(&problem))
    }

    /// The shape of the answer; pictures are taken in one dialect only.
    fn negotiate(&self, api: &str) -> Option<Shape> {
        let verbose = Shape::of(self.request)? == Shape::Verbose;
        let fits = if api.to_ascii_lowercase().contains("/files/add(") {
            verbose
        } else {
            match self.place.settings.dialect {
                Dialect::Both => true,
                Dialect::Verbose => verbose,
                Dialect::Light => !verbose,
            }
        };
        if fits { Shape::of(self.request) } else { None }
    }

    fn dispatch(&mut self, api: &str) -> Result<Response, Problem> {
        let verb = self.request.verb();
        if api.eq_ignore_ascii_case("contextinfo") && verb == "POST" {
            return Ok(self.context());
        }
        let nothing = || Problem::no_resource(api);
        if let Some(rest) = after(api, "web/getFolderByServerRelativePath(decodedUrl=") {
            let (folder, rest) = quoted(rest).ok_or_else(nothing)?;
            let rest = after(rest, ")/files/addUsingPath(decodedUrl=").ok_or_else(nothing)?;
            if folder != "/sites/kominn/Bilder" {
                return Err(Problem::new(
                    404,
                    "-2147024894, System.IO.FileNotFoundException",
                    "File Not Found.",
                ));
            }
            return self.upload(rest);
        }
        if let Some(rest) = after(api, "web/lists/getByTitle(") {
            let (title, rest) = quoted(rest).ok_or_else(nothing)?;
            let rest = rest.strip_prefix(')').ok_or_else(nothing)?;
            return self.in_list(|list| list.title.eq_ignore_ascii_case(&title), &title, &verb, rest);
        }
        if let Some(rest) = after(api, "web/lists(guid") {
            let (guid, rest) = quoted(rest).ok_or_else(nothing)?;
            let rest = rest.strip_prefix(')').ok_or_else(nothing)?;
            return self.in_list(|list| list.guid.eq_ignore_ascii_case(&guid), &guid, &verb, rest);
        }
        Err(nothing())
    }

    fn in_list(
        &mut self,
        is: impl Fn(&List) -> bool,
        called: &str,
        verb: &str,
        rest: &str,
    ) -> Result<Response, Problem> {
        let state = &*self.state;
        let lists = [&state.suggestions, &state.goals, &state.pictures];
        let Some(list) = lists.into_iter().find(|list| is(list)) else {
            let message = format!("List '{called}' does not exist at site with URL '{}'.", self.place.site);
            return Err(Problem::new(404, "-1, System.ArgumentException", message));
        };
        if verb == "GET" {
            return self.read(list, rest);
        }
        let title = list.title;
        if title == "Bilder"
            && let Some(rest) = after(rest, "/rootfolder/files/add(url=")
        {
            return self.upload(rest);
        }
        if title != "Forslag" {
            self.blame("a write to a list that is not ours");
            let code = "-2147024891, System.UnauthorizedAccessException";
            return Err(Problem::new(403, code, "Access denied."));
        }
        self.write(verb, rest)
    }

    fn read(&self, list: &List, rest: &str) -> Result<Response, Problem> {
        if rest.is_empty() {
            return Ok(self.describe(list));
        }
        if rest.eq_ignore_ascii_case("/fields") {
            return self.fields(list);
        }
        if let Some(name) = after(rest, "/fields/getByInternalNameOrTitle(").and_then(quoted) {
            return self.field(list, &name.0);
        }
        if rest.eq_ignore_ascii_case("/items") {
            return self.read_items(list);
        }
        match after(rest, "/items(").and_then(|id| id.strip_suffix(')')?.parse().ok()) {
            Some(id) => self.read_item(list, id),
            None => Err(Problem::no_resource(rest)),
        }
    }

    fn write(&mut self, verb: &str, rest: &str) -> Result<Response, Problem> {
        if rest.eq_ignore_ascii_case("/items") && verb == "POST" {
            return self.create_item();
        }
        let nothing = || Problem::no_resource(rest);
        let (id, rest) = after(rest, "/items(").and_then(|id| id.split_once(')')).ok_or_else(nothing)?;
        let Ok(id) = id.parse::<i64>() else { return Err(nothing()) };
        if rest.is_empty() {
            self.write_item(id, verb)
        } else if rest.eq_ignore_ascii_case("/recycle") {
            self.recycle_item(id)
        } else {
            Err(nothing())
        }
    }
}
