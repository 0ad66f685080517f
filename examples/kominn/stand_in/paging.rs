//! Which rows an answer holds, in which order, and where to read on.

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    Fault,
    call::Call,
    dialect::Problem,
    list::{List, Row},
    percent::{decode, encode},
    query::{Filter, askable, canonical},
};

/// How many rows there are in an answer when the client does not say.
const USUAL: usize = 100;

/// A part of `$orderby`.
struct Order {
    name: String,
    descending: bool,
}

/// The rows of one answer.
pub(crate) struct Page<'a> {
    pub(crate) rows: Vec<&'a Row>,
    pub(crate) next: Option<String>,
}

/// Where the page before ended.
#[derive(Default)]
struct Position {
    keys: Vec<Value>,
    id: Option<i64>,
    /// The pages that there have been of an endless list.
    endless: Option<u64>,
}

impl Position {
    fn parse(token: &str) -> Self {
        let mut position = Self::default();
        for (name, value) in token.split('&').filter_map(|part| part.split_once('=')) {
            match name {
                "p_ID" => position.id = value.parse().ok(),
                "p_Endless" => position.endless = value.parse().ok(),
                "p_Sort" => position.keys = serde_json::from_str(&decode(value, false)).unwrap_or_default(),
                _ => {}
            }
        }
        position
    }
}

impl Call<'_> {
    /// The rows that the query of the request asks for.
    pub(crate) fn page<'a>(&self, list: &'a List) -> Result<Page<'a>, Problem> {
        let filter = self.request.param("$filter").map(Filter::parse).transpose()?;
        if let Some(filter) = &filter {
            filter.check(list)?;
        }
        let mut orders = orders(list, self.request.param("$orderby").unwrap_or_default())?;
        self.threshold(list, filter.as_ref(), &orders)?;
        if self.place.settings.coarse {
            orders.clear();
        }
        let size = self.size()?;
        let mut position = Position::parse(self.request.param("$skiptoken").unwrap_or_default());
        if matches!(self.fault, Some(Fault::EndlessPaging)) {
            position.endless = Some(0);
        }
        let chosen =
            list.rows.values().filter(|row| filter.as_ref().is_none_or(|filter| filter.holds(&row.flat)));
        let mut keyed: Vec<(Vec<Value>, &Row)> = chosen.map(|row| (keys(&orders, row), row)).collect();
        keyed.sort_by(|(a, first), (b, second)| compare(&orders, a, b).then(first.id.cmp(&second.id)));
        if let (Some(id), None) = (position.id, position.endless) {
            keyed.retain(|(keys, row)| compare(&orders, keys, &position.keys).then(row.id.cmp(&id)).is_gt());
        }
        let more = keyed.len() > size;
        keyed.truncate(size);
        let token = keyed.last().filter(|_| more).map(|(keys, row)| {
            let sort = encode(&Value::Array(keys.clone()).to_string());
            format!("Paged=TRUE&p_Sort={sort}&p_ID={}", row.id)
        });
        let next = self.next(list, position.endless, token);
        Ok(Page { rows: keyed.into_iter().map(|(_, row)| row).collect(), next })
    }

    fn size(&self) -> Result<usize, Problem> {
        let Some(top) = self.request.param("$top") else { return Ok(USUAL.min(self.place.settings.page)) };
        let top: usize = top.parse().unwrap_or(0);
        if top == 0 {
            return Err(Problem::query("The value of $top must be a positive integer."));
        }
        Ok(top.min(self.place.settings.page))
    }

    /// Of a large list, the service reads only what its ids narrow down.
    fn threshold(&self, list: &List, filter: Option<&Filter>, orders: &[Order]) -> Result<(), Problem> {
        let top = self.request.param("$top").and_then(|top| top.parse::<usize>().ok());
        if self.place.settings.coarse && top > Some(self.place.settings.threshold) {
            return Err(Problem::throttled());
        }
        let easy = filter.is_none_or(Filter::by_id) && orders.iter().all(|order| order.name == "Id");
        if easy {
            return Ok(());
        }
        let narrowing = |row: &&Row| {
            let mut parts = filter.map(Filter::parts).unwrap_or_default().iter();
            parts.all(|part| !part.by_id() || part.holds(&row.flat))
        };
        let read = list.rows.values().filter(narrowing).count();
        if read > self.place.settings.threshold { Err(Problem::throttled()) } else { Ok(()) }
    }

    fn next(&self, list: &List, endless: Option<u64>, token: Option<String>) -> Option<String> {
        if matches!(self.fault, Some(Fault::OtherHost)) {
            return Some(
                "http://127.0.0.1:1/sites/kominn/_api/web/lists/getbytitle('Forslag')/items".to_owned(),
            );
        }
        let token = match endless {
            Some(pages) => format!("Paged=TRUE&p_Endless={}", pages + 1),
            None if token.is_none() && self.place.settings.coarse => return Some(String::new()),
            None => token?,
        };
        let mut parts = vec![format!("%24skiptoken={}", encode(&token))];
        let others = self.request.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"));
        parts.extend(others.map(|(name, value)| format!("{}={}", encode(name), encode(value))));
        let site = if self.place.settings.coarse { "/sites/kominn" } else { &self.place.site };
        Some(format!("{site}/_api/web/lists/getbytitle('{}')/items?{}", list.title, parts.join("&")))
    }
}

fn orders(list: &List, text: &str) -> Result<Vec<Order>, Problem> {
    let mut orders = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, direction) = part.split_once(' ').unwrap_or((part, "asc"));
        let name = canonical(name);
        askable(list, &name)?;
        let descending = match direction.trim().to_ascii_lowercase().as_str() {
            "asc" => false,
            "desc" => true,
            _ => return Err(Problem::query(format!("The expression \"{part}\" is not valid."))),
        };
        orders.push(Order { name, descending });
    }
    Ok(orders)
}

fn keys(orders: &[Order], row: &Row) -> Vec<Value> {
    orders.iter().map(|order| row.flat.get(&order.name).cloned().unwrap_or_default()).collect()
}

fn compare(orders: &[Order], a: &[Value], b: &[Value]) -> Ordering {
    for ((order, a), b) in orders.iter().zip(a).zip(b) {
        let found = values(a, b);
        if found.is_ne() {
            return if order.descending { found.reverse() } else { found };
        }
    }
    Ordering::Equal
}

/// What is empty comes first.
fn values(a: &Value, b: &Value) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return a.total_cmp(&b);
    }
    let text = |value: &Value| if value.is_null() { None } else { Some(value.to_string().to_lowercase()) };
    text(a).cmp(&text(b))
}
