//! The writer's side of the index: a folder within the data folder, with one process at a time to write it.

use serde::{Deserialize, Serialize};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Term};

use super::{document::Record, engine::Engine, fields::Fields};
use crate::platform::id::ProjectId;

/// How far an index has read, and in which database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) position: i64,
    pub(super) database: String,
}

/// An index that is written.
pub(super) struct IndexFile {
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
}

impl IndexFile {
    /// To be written; `memory` is what may be held before a segment is written, in bytes.
    pub(super) fn new(index: &Index, memory: usize) -> anyhow::Result<Self> {
        let writer = index.writer_with_num_threads(1, memory)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { fields: Fields::schema().1, writer, reader })
    }

    /// Shows the last commit to every search from now on.
    pub(super) fn show(&self, engine: &Engine) -> anyhow::Result<()> {
        self.reader.reload()?;
        Ok(engine.show(self.fields, self.reader.searcher())?)
    }

    /// Puts, commits and shows. After a failure the index is to be opened anew: on the disk it is as it was.
    pub(super) fn replace(
        &mut self,
        (ids, records): (&[ProjectId], &[Record]),
        mark: &Mark,
        engine: &Engine,
    ) -> anyhow::Result<()> {
        self.put(ids, records)?;
        self.commit(mark)?;
        self.show(engine)
    }

    /// Replaces what the index holds of `ids` by `records`; a publication without a record leaves the index.
    pub(super) fn put(&mut self, ids: &[ProjectId], records: &[Record]) -> anyhow::Result<()> {
        for id in ids {
            self.writer.delete_term(Term::from_field_bytes(self.fields.id, id.uuid().as_bytes()));
        }
        for record in records {
            self.writer.add_document(self.fields.document(record)?)?;
        }
        Ok(())
    }

    /// Makes what was put durable, together with how far it was read.
    pub(super) fn commit(&mut self, mark: &Mark) -> anyhow::Result<()> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&serde_json::to_string(mark)?);
        commit.commit()?;
        Ok(())
    }

    /// Waits until merging is done.
    pub(super) fn close(self) -> anyhow::Result<()> {
        Ok(self.writer.wait_merging_threads()?)
    }
}
