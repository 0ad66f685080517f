//! The first client of all: the operator's.

use super::{model::Client, secret, store};
use crate::platform::{audit::Entry, clock::Clock, db::Db, error::Result};

/// Makes a client of the platform's operator; returns its id and its secret.
///
/// # Errors
/// When the record cannot be written.
pub async fn make_operator(db: &Db, name: &str) -> Result<(String, String)> {
    let (secret, hash) = secret::make().await?;
    let made = db.system(async |tx| {
        let client = store::insert_operator(tx, (name, &hash), Clock.now()).await?;
        tx.trail().tell(Entry::by_service("the command line", "glomma operator", Clock.now()));
        Ok(client)
    });
    let Client { id, .. } = made.await?;
    Ok((id.to_string(), secret))
}
