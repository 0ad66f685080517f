//! Writing the corpus into the database, as its superuser and by COPY.

use std::{path::PathBuf, time::Duration};

use actix_web::web::Bytes;
use anyhow::{Context, Result};
use futures_util::SinkExt;
use tokio::task::JoinSet;
use tokio_postgres::{Client, CopyInSink, NoTls};

use crate::{
    corpus::{Corpus, Publication},
    progress::Progress,
};

/// Publications that are written at once.
const BATCH: usize = 5_000;
/// Different contents among drafts.
const DRAFT_CONTENTS: usize = 500;
/// What the id of a draft begins with; a number of twelve digits follows.
pub(crate) const DRAFT: &str = "01980000-0000-7000-8000-";

const TABLES: [&str; 5] = [
    "project (id, municipality_id, revision, content, created_at, updated_at)",
    "publication (id, municipality_id, audience, version, shown_from, project_revision, first_published_at, \
     published_at)",
    "publication_version (publication_id, version, municipality_id, content, published_at)",
    "imitation (project_id, parent_id, parent_version, parent_municipality_id, municipality_id, rank, mode, intent, \
     reason, imitated_at)",
    "change (position, kind, publication_id, municipality_id, version, audience, occurred_at)",
];

pub(crate) struct Record {
    client: Client,
    /// Moves the bytes of `client`, as long as this lives.
    _connection: JoinSet<Result<(), tokio_postgres::Error>>,
}

impl Record {
    /// Connects as superuser. Its rows are consistent, so neither foreign keys nor triggers look at them.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let (client, connection) =
            tokio_postgres::connect(url, NoTls).await.context("connecting as superuser")?;
        let mut task = JoinSet::new();
        task.spawn(connection);
        client.batch_execute("SET session_replication_role = replica").await?;
        Ok(Self { client, _connection: task })
    }

    pub(crate) async fn version(&self) -> Result<String> {
        self.ask("SHOW server_version").await
    }

    /// The folder of the server's programs.
    pub(crate) async fn programs(&self) -> Result<PathBuf> {
        self.ask("SELECT setting FROM pg_config WHERE name = 'BINDIR'").await.map(PathBuf::from)
    }

    pub(crate) async fn ask(&self, question: &str) -> Result<String> {
        Ok(self.client.query_one(question, &[]).await?.try_get(0)?)
    }

    /// How many entries of the audit trail are not in their chains yet.
    pub(crate) async fn unsealed(&self) -> Result<u32> {
        let pending: i64 =
            self.client.query_one("SELECT count(*) FROM audit_pending", &[]).await?.try_get(0)?;
        Ok(u32::try_from(pending)?)
    }

    /// Waits until the sealer has nothing left to do.
    pub(crate) async fn wait_until_sealed(&self) -> Result<()> {
        while self.unsealed().await? > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Runs statements.
    pub(crate) async fn write(&self, statements: &str) -> Result<()> {
        Ok(self.client.batch_execute(statements).await?)
    }

    /// Writes every publication, with its project, version, imitation and change.
    pub(crate) async fn fill(&self, corpus: &Corpus, progress: &Progress) -> Result<()> {
        for first in (0..corpus.size).step_by(BATCH) {
            let mut tables = <[String; 5]>::default();
            for nth in first..corpus.size.min(first + BATCH) {
                let lines = lines(nth + 1, &corpus.publication(nth));
                tables.iter_mut().zip(lines).for_each(|(table, line)| table.push_str(&line));
            }
            for (table, lines) in TABLES.iter().zip(tables) {
                self.copy(table, lines).await?;
            }
            progress.share(first, corpus.size);
        }
        let head =
            format!("UPDATE change_log SET head = {0}; UPDATE notified SET position = {0}", corpus.size);
        self.client.batch_execute(&head).await?;
        self.settle().await
    }

    /// Writes `count` drafts of the corpus' home, numbered from 0.
    pub(crate) async fn add_drafts(&self, corpus: &Corpus, count: usize) -> Result<()> {
        const PROJECT: &str = "project (id, municipality_id, content, created_at, updated_at)";
        let contents: Vec<String> =
            corpus.contents(DRAFT_CONTENTS).iter().map(|content| escaped(content)).collect();
        let home = corpus.home;
        for first in (0..count).step_by(BATCH) {
            let drafts = (first..count.min(first + BATCH)).zip(contents.iter().cycle());
            let lines = drafts.map(|(nth, content)| {
                format!("{DRAFT}{nth:012}\t{home}\t{content}\t2025-01-01\t2025-01-01\n")
            });
            self.copy(PROJECT, lines.collect::<Vec<_>>().concat()).await?;
        }
        self.settle().await
    }

    async fn copy(&self, table: &str, lines: String) -> Result<()> {
        let copy: CopyInSink<Bytes> = self.client.copy_in(&format!("COPY {table} FROM STDIN")).await?;
        let mut copy = std::pin::pin!(copy);
        copy.send(Bytes::from(lines)).await?;
        copy.finish().await.with_context(|| format!("writing {table}"))?;
        Ok(())
    }

    /// Does at once what PostgreSQL would do by itself in the middle of the measurements.
    async fn settle(&self) -> Result<()> {
        for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
            self.client.batch_execute(statement).await?;
        }
        Ok(())
    }
}

/// A line for each of the tables; nothing for the imitation that a publication is not.
fn lines(position: usize, publication: &Publication) -> [String; 5] {
    let Publication { id, owner, audience, published_at: at, content, origin } = publication;
    let content = escaped(content);
    let imitation = origin.as_ref().map(|(parent, parents_owner)| {
        format!(
            "{id}\t{parent}\t1\t{parents_owner}\t{owner}\t0\tadapted\twill_do\tVi har samme behov.\t{at}\n"
        )
    });
    [
        format!("{id}\t{owner}\t2\t{content}\t{at}\t{at}\n"),
        format!("{id}\t{owner}\t{audience}\t1\t1\t2\t{at}\t{at}\n"),
        format!("{id}\t1\t{owner}\t{content}\t{at}\n"),
        imitation.unwrap_or_default(),
        format!("{position}\tpublished\t{id}\t{owner}\t1\t{audience}\t{at}\n"),
    ]
}

/// JSON as COPY takes it. It has no tabs and no line breaks.
fn escaped(json: &str) -> String {
    json.replace('\\', r"\\")
}
