//! What every part of a run has at hand.

use std::sync::Mutex;

use tokio::sync::watch;

use super::told::Told;
use crate::{
    kominn::{
        config::Target,
        inbound::Inbound,
        model::{Counts, Key},
        names::Column,
        outbound::Outbound,
        sharepoint::{Failure, Fields, Schema, Site},
    },
    platform::{
        db::{Db, Session},
        directory::Directory,
        id::MunicipalityId,
    },
};

/// A run of a target.
pub(in crate::kominn) struct Context<'a> {
    /// With a ledger of its own, of a dry run.
    pub(in crate::kominn) db: Db,
    /// Holds the turn of the target.
    pub(in crate::kominn) turn: &'a Session,
    pub(in crate::kominn) target: &'a Target,
    pub(in crate::kominn) link: &'a str,
    pub(in crate::kominn) site: Site,
    pub(in crate::kominn) schema: Schema,
    pub(in crate::kominn) directory: Directory,
    /// Who owns here what is read there.
    pub(in crate::kominn) source: MunicipalityId,
    pub(in crate::kominn) run: Key,
    /// Nothing that anybody sees is written, here or there, but what would be.
    pub(in crate::kominn) dry: bool,
    /// What failed before is tried at once: somebody asked for the run.
    pub(in crate::kominn) at_once: bool,
    /// Also when an unusual share of what is shown would vanish.
    pub(in crate::kominn) unbraked: bool,
    pub(in crate::kominn) progress: watch::Sender<Counts>,
    pub(in crate::kominn) told: Mutex<Told>,
}

impl Context<'_> {
    pub(super) fn outbound(&self) -> Outbound<'_> {
        Outbound { target: self.target, schema: &self.schema, directory: &self.directory, link: self.link }
    }

    pub(super) fn inbound(&self) -> Inbound<'_> {
        Inbound { target: self.target, schema: &self.schema }
    }

    pub(super) fn name(&self, column: Column) -> &'static str {
        column.name(self.target.profile)
    }

    /// What is read of items of ours: what we write there, and a contact only where that is ours too.
    pub(super) fn own_names(&self, pushed: &Fields) -> Vec<&'static str> {
        let contact = [Column::Mail, Column::Department];
        let sent = |column: &Column| pushed.contains_key(self.name(*column));
        let ours = |column: &&Column| self.target.contact || !contact.contains(column) || sent(column);
        let own = Column::ALL.iter().filter(ours);
        own.map(|column| self.name(*column)).collect()
    }

    /// By which fields and choices, and by which words of the configuration, an item is written.
    pub(super) fn mapping(&self) -> String {
        let Target { benefits, contact, marker, .. } = self.target;
        self.schema.fingerprint(&format!("{benefits:?} {contact} {marker:?} {}", self.link))
    }

    /// Before every write to the site: that nobody else writes there now.
    pub(super) async fn check_turn(&self) -> Result<(), Failure> {
        Ok(self.turn.check().await?)
    }
}
