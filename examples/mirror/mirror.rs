//! The core of a mirror: an export to begin with, then the changes. Everything that a client has to get right is here.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, ensure};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where to mirror from, and as whom.
pub(crate) struct Source {
    pub(crate) http: reqwest::Client,
    /// Such as `https://glomma.example.no`.
    pub(crate) base: String,
    /// Without one, the mirror holds what is public.
    pub(crate) token: Option<String>,
}

/// The publications that its reader may see, by id, and the position of the change log up to which that is so. The
/// two belong together: keep them in one file, or in one transaction.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mirror {
    pub(crate) position: i64,
    pub(crate) publications: BTreeMap<String, Value>,
}

/// What happened to a publication. Members that are not used here need not be declared.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    pub(crate) position: i64,
    pub(crate) kind: String,
    pub(crate) publication_id: String,
    visible: bool,
    publication: Value,
}

/// An answer of `GET /v1/changes`.
#[derive(Deserialize)]
struct Changes {
    items: Vec<Change>,
    position: i64,
}

/// A line of `GET /v1/publications/export`.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Snapshot { position: i64 },
    Publication { publication: Value },
    End { publications: usize },
}

impl Source {
    fn get(&self, path: &str) -> RequestBuilder {
        let request = self.http.get(format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

impl Mirror {
    /// Begins, or begins again: reads everything, and the position to follow from.
    pub(crate) async fn snapshot(source: &Source) -> anyhow::Result<Self> {
        let mut response = source.get("/v1/publications/export").send().await?.error_for_status()?;
        let (mut mirror, mut unread, mut whole) = (Self::default(), Vec::new(), false);
        // Line by line as it arrives: an export can be larger than one wants to hold as text.
        while let Some(chunk) = response.chunk().await? {
            unread.extend_from_slice(&chunk);
            while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = unread.drain(..=end).collect();
                whole = mirror.read(serde_json::from_slice(&line)?)?;
            }
        }
        ensure!(whole, "the export was cut off");
        Ok(mirror)
    }

    /// Takes in a line of an export; says whether it was the last.
    fn read(&mut self, line: Line) -> anyhow::Result<bool> {
        match line {
            Line::Snapshot { position } => self.position = position,
            Line::Publication { publication } => {
                let id = publication.get("id").and_then(Value::as_str).context("a publication without id")?;
                self.publications.insert(id.to_owned(), publication);
            }
            Line::End { publications } => {
                ensure!(publications == self.publications.len(), "the export lacks publications");
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads on from where the mirror is, waiting at most `seconds` for something to happen; returns what did. When the
    /// log no longer reaches back so far, the mirror begins again, which shows itself by nothing else.
    pub(crate) async fn follow(&mut self, source: &Source, seconds: u8) -> anyhow::Result<Vec<Change>> {
        let path = format!("/v1/changes?limit=100&after={}&wait={seconds}", self.position);
        // The service answers within 30 s; a connection that is dead does not.
        let response: Response = source.get(&path).timeout(Duration::from_mins(1)).send().await?;
        if response.status() == StatusCode::GONE {
            *self = Self::snapshot(source).await?;
            return Ok(Vec::new());
        }
        let Changes { items, position } = response.error_for_status()?.json().await?;
        for change in &items {
            if change.visible {
                self.publications.insert(change.publication_id.clone(), change.publication.clone());
            } else {
                self.publications.remove(&change.publication_id);
            }
        }
        self.position = position;
        Ok(items)
    }
}
