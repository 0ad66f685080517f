//! The folder of the index within the data folder.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use tantivy::{Index, IndexSettings, schema::Schema};

use super::{
    fields::Fields,
    files::Files,
    index::{IndexFile, Mark},
};
use crate::platform::lock;

/// The folder within the data folder; the number changes when the fields do not but their use does.
const FOLDER: &str = "index-4";
/// What the names of all such folders begin with.
const FOLDERS: &str = "index-";
/// Where an index is built beside the one that is searched.
const BUILDING: &str = "index.building";
/// Where the former one is on its way out.
const FORMER: &str = "index.former";

/// Stored texts are compressed in blocks of so many bytes. A hit reads one, so they are about as large as two hits.
const STORE_BLOCK: usize = 4096;

/// What Tantivy may hold before it writes a segment, in bytes: the least that it takes, as it is held all the time;
/// and while an index is built, so much that hardly anything is merged afterwards.
const FOLLOWING: usize = 15_000_000;
const BUILDING_MEMORY: usize = 80_000_000;

/// The place of the index in a data folder, for this process alone.
pub(super) struct Place {
    data: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the place; removes what an interrupted rebuild left.
    pub(super) fn take(data: &Path) -> anyhow::Result<Self> {
        // Before anything is judged or removed: what looks damaged may be another process at work.
        let lock = lock::exclusively(data, "index.lock")?;
        let place = Self { data: data.to_owned(), _lock: lock };
        // Killed between the two steps of `replace`: what was built may not be whole, what was put aside is.
        if !data.join(FOLDER).exists() && data.join(FORMER).exists() {
            fs::rename(data.join(FORMER), data.join(FOLDER)).context("taking the former index back")?;
        }
        place.remove(BUILDING)?;
        place.remove(FORMER)?;
        place.remove_outdated()?;
        Ok(place)
    }

    /// Removes the indexes of other versions: they are derived, and this version does not read them.
    fn remove_outdated(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.data)? {
            let name = entry?.file_name();
            let outdated = |name: &&str| name.starts_with(FOLDERS) && *name != FOLDER;
            if let Some(name) = name.to_str().filter(outdated) {
                self.remove(name)?;
            }
        }
        Ok(())
    }

    /// Opens the index; nothing when it is missing, damaged or of another schema.
    pub(super) fn open(&self) -> Option<(IndexFile, Mark)> {
        let opened = open_sound(&self.data).and_then(|(_, mark)| {
            let index = Index::open(Files::open(&self.data.join(FOLDER))?)?;
            Ok((IndexFile::new(&index, FOLLOWING)?, mark))
        });
        opened
            .inspect_err(|cause| tracing::info!(reason = format!("{cause:#}"), "the index cannot be used"))
            .ok()
    }

    /// Begins an index beside the one that is there.
    pub(super) fn build(&self) -> anyhow::Result<IndexFile> {
        self.remove(BUILDING)?;
        let folder = self.data.join(BUILDING);
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let settings = IndexSettings { docstore_blocksize: STORE_BLOCK, ..IndexSettings::default() };
        let builder = Index::builder().schema(Fields::schema().0).settings(settings);
        IndexFile::new(&builder.create_in_dir(folder)?, BUILDING_MEMORY)
    }

    /// Puts what was built in the place of what was there. Searches that run go on with the former files.
    pub(super) fn replace(&self) -> anyhow::Result<()> {
        let folder = self.data.join(FOLDER);
        self.remove(FORMER)?;
        if folder.exists() {
            fs::rename(&folder, self.data.join(FORMER)).context("putting the former index aside")?;
        }
        fs::rename(self.data.join(BUILDING), &folder).context("putting the index in its place")?;
        self.remove(FORMER)
    }

    fn remove(&self, name: &str) -> anyhow::Result<()> {
        let folder = self.data.join(name);
        if !folder.exists() {
            return Ok(());
        }
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))
    }
}

/// The index in a data folder, if it is whole and of this schema.
pub(super) fn open_sound(data: &Path) -> anyhow::Result<(Index, Mark)> {
    let index = Index::open_in_dir(data.join(FOLDER))?;
    let schema: Schema = Fields::schema().0;
    ensure!(index.schema() == schema, "it is of another schema");
    let damaged = index.validate_checksum()?;
    ensure!(damaged.is_empty(), "{} of its files are damaged", damaged.len());
    let payload = index.load_metas()?.payload.context("it was never completed")?;
    Ok((index, serde_json::from_str(&payload).context("reading how far it is")?))
}
