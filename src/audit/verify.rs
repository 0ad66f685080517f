//! Verifying chains: those of the record, or one that was exported.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, ensure};

use super::{
    check::Check,
    export::AuditLine,
    store::{self, Head},
};
use crate::platform::{db::Db, error::Result, hex::unhex};

const PAGE: i64 = 1000;
/// How many faults are told of one chain.
const MOST: usize = 100;

/// What was found.
#[derive(Debug, Default)]
pub struct Verified {
    pub entries: usize,
    pub chains: usize,
    /// In words that name the place.
    pub faults: Vec<String>,
}

/// Follows every chain of the record from its checkpoint to its head. Reads a page at a time.
///
/// # Errors
/// When the record cannot be read.
pub async fn verify(db: &Db) -> Result<Verified> {
    let chains = db.system(async |tx| store::chains(tx).await).await?;
    let mut verified = Verified { chains: chains.len(), ..Verified::default() };
    for chain in &chains {
        verify_chain(db, chain, &mut verified).await?;
    }
    Ok(verified)
}

async fn verify_chain(db: &Db, chain: &str, verified: &mut Verified) -> Result<()> {
    // The head first: what is sealed meanwhile lies behind it.
    let head = db.system(async |tx| store::heads(tx, &[chain.to_owned()].into()).await).await?;
    let head = head.into_values().next().unwrap_or_default();
    let Head { position: end, hash, dropped_through, dropped_hash, .. } = head;
    let mut check = Check::from(dropped_through, dropped_hash);
    let (mut at, mut faults) = (dropped_through, Vec::new());
    loop {
        let page = db.system(async |tx| store::after(tx, chain, at, PAGE).await).await?;
        let Some(last) = page.last() else { break };
        at = last.position;
        let here = page.iter().filter(|entry| entry.position <= end);
        faults.extend(here.clone().filter_map(|entry| check.next(entry)));
        verified.entries += here.count();
    }
    faults.extend(check.end(chain, end, &hash));
    let misplaced = db.system(async |tx| store::misplaced(tx, chain, dropped_through).await).await?;
    if misplaced > 0 {
        faults.push(format!("{chain}: {misplaced} entries stand before its beginning"));
    }
    let head = db.system(async |tx| store::heads(tx, &[chain.to_owned()].into()).await).await?;
    let sealed = head.get(chain).map_or(0, |head| head.position);
    if at > sealed {
        faults.push(format!("{chain}: entries {} to {at} were added behind the end", sealed + 1));
    }
    faults.truncate(MOST);
    verified.faults.extend(faults);
    Ok(())
}

/// Follows the chain of an export (`GET /v1/audit/export`). `known` is an entry that was noted before: a position and its
/// hash in hex, which the export must have.
///
/// # Errors
/// When the file cannot be read, or is no export.
pub fn verify_export(path: &Path, known: Option<(i64, &str)>) -> anyhow::Result<Verified> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut verified = Verified { chains: 1, ..Verified::default() };
    let (mut check, mut ended, mut seen) = (Check::default(), false, known.is_none());
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line?;
        let line = serde_json::from_str(&line).with_context(|| format!("line {}", number + 1))?;
        match line {
            AuditLine::Begin { checkpoint: Some(mark), .. } => {
                check = Check::from(mark.position, unhex(&mark.hash).unwrap_or_default());
            }
            AuditLine::Begin { checkpoint: None, .. } => {}
            AuditLine::Entry { entry } => {
                seen |= known
                    .is_some_and(|(at, hash)| entry.position == at && entry.hash.as_deref() == Some(hash));
                verified.faults.extend(check.next(&entry));
                verified.entries += 1;
            }
            AuditLine::End { entries } => {
                ensure!(entries == verified.entries, "the export says that it has {entries} entries");
                ended = true;
            }
        }
    }
    ensure!(ended, "the export was cut off");
    if !seen {
        verified.faults.push("the noted entry is not there, or has another hash".to_owned());
    }
    verified.faults.truncate(MOST);
    Ok(verified)
}
