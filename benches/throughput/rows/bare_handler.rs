//! An actix-web server that answers what it was given: the least that serving these bytes can cost.

use std::{collections::BTreeMap, net::SocketAddr};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::header::{HeaderName, HeaderValue},
    web::{self, Bytes, Data, Path},
};
use anyhow::Result;
use tokio::task::JoinSet;

use crate::{client::Answer, service::free_address};

/// Headers that actix-web writes by itself.
const OWN: [&str; 2] = ["content-length", "date"];

/// An answer to give again.
pub(crate) struct Kept {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Kept {
    pub(crate) fn of(answer: &Answer<'_>) -> Result<Self> {
        let headers = answer.headers().filter(|(name, _)| !OWN.contains(name));
        let headers = headers.map(|(name, value)| {
            anyhow::Ok((HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?))
        });
        Ok(Self { headers: headers.collect::<Result<_>>()?, body: Bytes::copy_from_slice(answer.body) })
    }
}

/// By the last segment of their paths.
type Answers = BTreeMap<String, Kept>;

pub(crate) struct BareHandler {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
    _server: JoinSet<std::io::Result<()>>,
}

impl BareHandler {
    pub(crate) fn serve(answers: Vec<(String, Kept)>) -> Result<Self> {
        let by_id =
            answers.into_iter().filter_map(|(path, kept)| Some((path.rsplit('/').next()?.to_owned(), kept)));
        let answers: Data<Answers> = Data::new(by_id.collect());
        let server = HttpServer::new(move || {
            App::new().app_data(answers.clone()).route("/v1/publications/{id}", web::get().to(answer))
        });
        let address = free_address()?;
        let server = server.disable_signals().bind(address)?.run();
        let (handle, mut task) = (server.handle(), JoinSet::new());
        task.spawn(server);
        Ok(Self { address, handle, _server: task })
    }

    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn answer(id: Path<String>, answers: Data<Answers>) -> HttpResponse {
    let Some(kept) = answers.get(id.as_str()) else { return HttpResponse::NotFound().finish() };
    let mut response = HttpResponse::Ok();
    for (name, value) in &kept.headers {
        response.append_header((name.clone(), value.clone()));
    }
    response.body(kept.body.clone())
}
