//! Query parameters.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::{Deserialize, de::DeserializeOwned};

use super::{fault, pointer_path};
use crate::platform::error::{Code, Error, Result};

/// The query parameters, all of them known to `T`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse_query(request.query_string()).map(Self))
    }
}

/// Reads a query string: blank is absent, a repeated parameter is a list, an unknown one an error.
fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T> {
    let form = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(form).map_err(|error| {
        let detail = error.inner().to_string();
        let path = error.path().to_string();
        let named = detail.split('`').nth(1).filter(|_| path == ".").map(ToOwned::to_owned);
        let fault = fault(named.unwrap_or_else(|| pointer_path(&path)), detail);
        Error::faults(Code::InvalidParameter, "A query parameter breaks its rule.", vec![fault])
    })
}

/// For operations that take no parameter: any is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}
