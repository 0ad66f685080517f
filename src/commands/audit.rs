//! Verifying the audit trail.

use anyhow::{Context, bail};

use crate::{
    audit::{self, Verified},
    config::AuditVerify,
    node::Record,
};

/// Follows every chain of the record, or one that was exported; fails with what is wrong and where.
///
/// # Errors
/// When a chain is not whole, or cannot be read.
pub async fn verify_audit(options: AuditVerify) -> anyhow::Result<()> {
    let AuditVerify { database, export, known } = options;
    let verified = match export {
        Some(path) => {
            let known = known.as_deref().map(noted).transpose()?;
            audit::verify_export(&path, known)?
        }
        None => Record::with(database, async |record: &Record| Ok(audit::verify(&record.db).await?)).await?,
    };
    let Verified { entries, chains, faults } = verified;
    if faults.is_empty() {
        tracing::info!(entries, chains, "the audit trail is whole");
        return Ok(());
    }
    bail!("the audit trail is not whole:\n{}", faults.join("\n"))
}

fn noted(known: &str) -> anyhow::Result<(i64, &str)> {
    let (position, hash) = known.split_once(':').context("--known is a position, a colon, and a hash")?;
    Ok((position.parse().context("the position of --known")?, hash))
}
