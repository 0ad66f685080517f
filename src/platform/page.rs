//! Pages of a list: keyset cursors, and links that keep every parameter.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use crate::platform::limit::Limit;

/// Where a list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many items a page holds.
    #[serde(default)]
    #[param(inline)]
    pub limit: Limit,
    /// From `page.next`; opaque.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub page: PageLinks,
}

/// Where the list goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageLinks {
    /// The next page, with every parameter of this one; null on the last. The same stands in the header `Link`.
    pub next: Option<String>,
    /// The first page.
    pub first: String,
    /// How many items a page holds.
    pub limit: Limit,
}

impl PageLinks {
    pub fn new(request: &HttpRequest, limit: Limit, next: Option<&str>) -> Self {
        Self { next: next.map(|cursor| link(request, Some(cursor))), first: link(request, None), limit }
    }

    /// The header `Link` (RFC 8288) that says the same.
    pub fn header(&self) -> String {
        let first = format!("<{}>; rel=\"first\"", self.first);
        match &self.next {
            Some(next) => format!("<{next}>; rel=\"next\", {first}"),
            None => first,
        }
    }
}

/// This request's own path and parameters, with another cursor.
fn link(request: &HttpRequest, cursor: Option<&str>) -> String {
    let kept =
        request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let cursor = cursor.map(|cursor| format!("cursor={cursor}"));
    let query = kept.map(ToOwned::to_owned).chain(cursor).collect::<Vec<_>>().join("&");
    if query.is_empty() { request.path().to_owned() } else { format!("{}?{query}", request.path()) }
}

impl<T> Page<T> {
    /// A page of `rows`, of which one more was fetched than the page holds; `seal` makes the cursor of the
    /// last item.
    ///
    /// # Errors
    /// As `seal`.
    pub fn new<E>(
        request: &HttpRequest,
        limit: Limit,
        mut rows: Vec<T>,
        seal: impl FnOnce(&T) -> Result<String, E>,
    ) -> Result<Self, E> {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let next = rows.last().filter(|_| more).map(seal).transpose()?;
        Ok(Self { items: rows, page: PageLinks::new(request, limit, next.as_deref()) })
    }
}

impl<T: Serialize> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().insert_header((header::LINK, self.page.header())).json(self)
    }
}
