//! Keeping reference data fresh.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;

use super::{Directory, store::load};
use crate::platform::{db::Db, error::Result};

/// How often reference data is read anew: the bound on how long a node shows a region's old members.
const AGE: Duration = Duration::from_secs(5);

/// Reads the reference data for the first time.
///
/// # Errors
/// When the database cannot be read.
pub async fn read(db: &Db) -> Result<Arc<ArcSwap<Directory>>> {
    Ok(Arc::new(ArcSwap::from_pointee(fresh(db).await?)))
}

/// Reads it anew for ever; the old stays while the new cannot be read.
pub async fn follow(db: Db, directory: Arc<ArcSwap<Directory>>) {
    loop {
        tokio::time::sleep(AGE).await;
        match fresh(&db).await {
            // What was rendered by it is kept as long as it is the same.
            Ok(fresh) if fresh == **directory.load() => {}
            Ok(fresh) => directory.store(Arc::new(fresh)),
            Err(cause) => tracing::warn!(%cause, "reference data is not fresh"),
        }
    }
}

/// The reference data as it is now.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn fresh(db: &Db) -> Result<Directory> {
    db.public(None, async |tx| load(tx).await).await
}
