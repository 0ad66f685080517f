//! What is asked of a site.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicI64, Ordering},
};

use anyhow::Context;
use reqwest::{Method, Url};
use serde_json::Value;

use super::{
    dialect::Dialect,
    failure::Failure,
    field::Kind,
    item::{Fields, Item, id},
    pace::Pace,
    schema::{Schema, goal},
    url::{literal, query, within},
    wire::{Answer, Request, Wire},
};
use crate::kominn::config::Target;

/// The most pages that are read of anything.
const MOST_PAGES: usize = 2000;

/// The most pages of a list that is short: of fields, or of goals.
const SHORT: usize = 100;
/// The most items of a list that are read.
const MOST_ITEMS: usize = 1_000_000;
/// The most pages in a row that may tell nothing new.
const IDLE: usize = 20;

pub(crate) struct Site {
    wire: Wire,
    root: Url,
    dialect: Dialect,
    /// Nothing is written, and what it would make is imagined.
    dry: bool,
    /// The id of what was imagined last: there is no item below 1.
    imagined: AtomicI64,
}

/// What to read of a list.
pub(crate) struct Asked<'a> {
    pub(crate) names: &'a [&'static str],
    pub(crate) filter: Option<String>,
    pub(crate) order: &'static str,
    pub(crate) top: usize,
}

impl Site {
    pub(crate) fn new(target: &Target, pace: Pace, dry: bool) -> anyhow::Result<Self> {
        let root = Url::parse(target.site.trim_end_matches('/')).context("`site` is no address")?;
        let wire = Wire::new(target, root.clone(), pace)?;
        Ok(Self { wire, root, dialect: target.dialect(), dry, imagined: AtomicI64::new(0) })
    }

    /// Reads what the list of projects looks like; only fields of `names`.
    pub(crate) async fn discover(&self, names: &[&str]) -> Result<Schema, Failure> {
        let select = "Id,Title,ItemCount,ListItemEntityTypeFullName".to_owned();
        let list = self.read(&list("Forslag"), &[("$select", select)]).await.map_err(misplaced)?;
        let list = Dialect::open(list.body);
        let entity = list.get("ListItemEntityTypeFullName").and_then(Value::as_str);
        if entity.is_none() && self.dialect == Dialect::Verbose {
            return Err(Failure::Stop("its list of projects has no type".to_owned()));
        }
        let select = "InternalName,TypeAsString,Required,Choices,Id".to_owned();
        let fields = self.address(&format!("{}/fields", list_path()), &[("$select", select)])?;
        let fields = Schema::read(&self.all_rows(fields).await?, names);
        let items = list.get("ItemCount").and_then(Value::as_i64);
        Ok(Schema { entity: entity.map(ToOwned::to_owned), fields, items, goals: self.goals().await? })
    }

    /// A site without a list of goals has none.
    async fn goals(&self) -> Result<BTreeMap<u8, i64>, Failure> {
        let parameters = [("$select", "Id,Title".to_owned()), ("$top", "100".to_owned())];
        let url = self.address(&format!("{}/items", list("Baerekraftsmaal")), &parameters)?;
        let rows = match self.all_rows(url).await {
            Err(Failure::Gone(_) | Failure::Rejected(_)) => return Ok(BTreeMap::new()),
            rows => rows?,
        };
        let of = |row: &Value| Some((goal(row.get("Title")?.as_str()?)?, id(row)?));
        Ok(rows.iter().filter_map(of).collect())
    }

    pub(crate) async fn item(&self, schema: &Schema, id: i64, names: &[&str]) -> Result<Item, Failure> {
        if id < 0 {
            return Ok(Item::imagined(id));
        }
        let url = self.address(&item(id), &selection(schema, names))?;
        let read = self.read_item(schema, self.get(url.clone())).await?;
        if read.etag.is_some() || self.dialect == Dialect::Verbose {
            return Ok(read);
        }
        // Who tells no entity tag in a header tells it in the other dialect.
        self.read_item(schema, Request { accept: Dialect::Verbose, ..self.get(url) }).await
    }

    async fn read_item(&self, schema: &Schema, request: Request) -> Result<Item, Failure> {
        let answer = self.wire.repeat(&request).await?;
        let unreadable = || Failure::Again("its item has no id".to_owned());
        let item = Item::read(schema, &Dialect::open(answer.body)).ok_or_else(unreadable)?;
        Ok(Item { etag: item.etag.or(answer.etag), ..item })
    }

    /// Waits until the site may be asked and we can show who we are.
    pub(crate) async fn ready(&self) -> Result<(), Failure> {
        self.wire.ready().await
    }

    /// Creates an item: never sent twice, because each time would make another.
    pub(crate) async fn create(&self, schema: &Schema, fields: &Fields) -> Result<Item, Failure> {
        if self.dry {
            return Ok(Item::imagined(self.imagined.fetch_sub(1, Ordering::Relaxed) - 1));
        }
        let url = self.address(&format!("{}/items", list_path()), &[])?;
        let answer = self.wire.attempt(&self.write(url, schema, fields)).await?;
        let unreadable = || Failure::Lost("its answer to a creation has no id".to_owned());
        let item = Item::read(schema, &Dialect::open(answer.body)).ok_or_else(unreadable)?;
        Ok(Item { etag: item.etag.or(answer.etag), ..item })
    }

    /// Changes fields of an item that is as it was read, by its entity tag; answers the new one.
    pub(crate) async fn update(
        &self,
        schema: &Schema,
        (id, etag): (i64, Option<&str>),
        fields: &Fields,
    ) -> Result<Option<String>, Failure> {
        if self.dry {
            return Ok(None);
        }
        let etag = etag.ok_or_else(|| Failure::Stop("it gives items no entity tag".to_owned()))?;
        let mut request = self.write(self.address(&item(id), &[])?, schema, fields);
        request.headers = vec![("X-HTTP-Method", "MERGE".to_owned()), ("IF-MATCH", etag.to_owned())];
        // Not again: when its answer is lost, a second would be refused as stale, and the item is compared anew.
        Ok(self.wire.once(&request).await?.etag)
    }

    /// Puts a file into the library of pictures, or the same file again.
    pub(crate) async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        if self.dry {
            return Ok(());
        }
        let path = format!("{}/rootfolder/files/add(url={},overwrite=true)", list("Bilder"), literal(name));
        let request = Request {
            method: Method::POST,
            // The light dialect is refused here.
            accept: Dialect::Verbose,
            body: bytes,
            content_type: "application/octet-stream",
            ..self.get(self.address(&path, &[])?)
        };
        self.wire.repeat(&request).await.map(drop)
    }

    /// A page of the list; the first, or the one that followed another.
    pub(crate) async fn page(
        &self,
        schema: &Schema,
        asked: &Asked<'_>,
        next: Option<Url>,
    ) -> Result<(Vec<Item>, Option<Url>), Failure> {
        let url = if let Some(url) = next {
            url
        } else {
            let mut parameters = selection(schema, asked.names);
            parameters.extend(asked.filter.clone().map(|filter| ("$filter", filter)));
            parameters.extend([("$orderby", asked.order.to_owned()), ("$top", asked.top.to_string())]);
            self.address(&format!("{}/items", list_path()), &parameters)?
        };
        let (rows, next) = self.rows(url).await?;
        Ok((rows.iter().filter_map(|row| Item::read(schema, row)).collect(), next))
    }

    /// Everything that is asked for, page by page. What goes round in circles is cut off.
    pub(crate) async fn pages(
        &self,
        schema: &Schema,
        asked: &Asked<'_>,
        mut each: impl AsyncFnMut(Vec<Item>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (mut next, mut seen, mut idle) = (None, BTreeSet::new(), 0);
        for _ in 0..MOST_PAGES {
            let (items, following) = self.page(schema, asked, next).await?;
            let known = seen.len();
            seen.extend(items.iter().map(|item| item.id));
            idle = if seen.len() > known { 0 } else { idle + 1 };
            if idle > IDLE {
                return Err(Failure::Stop("its pages do not go on".to_owned()));
            }
            if seen.len() > MOST_ITEMS {
                return Err(Failure::Stop("it has more items than we read".to_owned()));
            }
            each(items).await?;
            match following {
                Some(url) => next = Some(url),
                None => return Ok(()),
            }
        }
        Err(Failure::Stop("it has more pages than we read".to_owned()))
    }

    /// The rows of a short list, whatever the size of its pages.
    async fn all_rows(&self, url: Url) -> Result<Vec<Value>, Failure> {
        let (mut all, mut next) = (Vec::new(), Some(url));
        for _ in 0..SHORT {
            let Some(url) = next.take() else { return Ok(all) };
            let (rows, following) = self.rows(url).await?;
            all.extend(rows);
            next = following;
        }
        Err(Failure::Stop("a short list has no end".to_owned()))
    }

    async fn rows(&self, url: Url) -> Result<(Vec<Value>, Option<Url>), Failure> {
        let answer = self.wire.repeat(&self.get(url)).await?;
        let (rows, next) =
            Dialect::rows(answer.body).ok_or_else(|| Failure::Again("its answer is no list".to_owned()))?;
        Ok((rows, next.map(|next| within(&self.root, &next)).transpose()?))
    }

    async fn read(&self, path: &str, parameters: &[(&str, String)]) -> Result<Answer, Failure> {
        self.wire.repeat(&self.get(self.address(path, parameters)?)).await
    }

    fn address(&self, path: &str, parameters: &[(&str, String)]) -> Result<Url, Failure> {
        let mut url = format!("{}/_api/web/{path}", self.root.as_str().trim_end_matches('/'));
        if !parameters.is_empty() {
            url = format!("{url}?{}", query(parameters));
        }
        Url::parse(&url).map_err(|cause| Failure::Stop(format!("{url}: {cause}")))
    }

    fn get(&self, url: Url) -> Request {
        let (accept, content_type) = (self.dialect, self.dialect.media_type());
        Request { method: Method::GET, url, accept, headers: Vec::new(), body: Vec::new(), content_type }
    }

    fn write(&self, url: Url, schema: &Schema, fields: &Fields) -> Request {
        let body = self.dialect.write(schema, fields).to_string().into_bytes();
        Request { method: Method::POST, body, ..self.get(url) }
    }
}

fn list(title: &str) -> String {
    format!("lists/getbytitle({})", literal(title))
}

fn list_path() -> String {
    list("Forslag")
}

fn item(id: i64) -> String {
    format!("{}/items({id})", list_path())
}

/// A list that is not there is a wrong address or profile.
fn misplaced(failure: Failure) -> Failure {
    match failure {
        Failure::Gone(why) | Failure::Rejected(why) => {
            Failure::Stop(format!("no list of projects is there: {why}"))
        }
        Failure::Again(_)
        | Failure::Busy
        | Failure::Expired
        | Failure::Moved
        | Failure::Lost(_)
        | Failure::Stale
        | Failure::Threshold
        | Failure::Throttled(_)
        | Failure::Stop(_)
        | Failure::Record(_) => failure,
    }
}

/// What to select: lookups by the ids that they point to.
fn selection(schema: &Schema, names: &[&str]) -> Vec<(&'static str, String)> {
    let (mut select, mut expand) = (vec!["Id".to_owned(), "Modified".to_owned()], Vec::new());
    for name in names {
        match schema.fields.get(*name).map(|field| field.kind) {
            Some(Kind::Lookups) => {
                select.extend([format!("{name}/Id"), format!("{name}/Title")]);
                expand.push((*name).to_owned());
            }
            Some(Kind::Text | Kind::Note | Kind::Choice | Kind::Choices | Kind::Number | Kind::Boolean) => {
                select.push((*name).to_owned());
            }
            Some(Kind::Other) | None => {}
        }
    }
    let mut parameters = vec![("$select", select.join(","))];
    if !expand.is_empty() {
        parameters.push(("$expand", expand.join(",")));
    }
    parameters
}
