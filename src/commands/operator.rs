//! The first operator.

use std::io::Write;

use anyhow::Context;

use crate::{clients, config::Operator, node::Record};

/// Makes an API client of the operator, and prints its id and secret.
///
/// # Errors
/// When the record cannot be written.
pub async fn operator(options: Operator) -> anyhow::Result<()> {
    let Operator { name, database } = options;
    let made = async |record: &Record| Ok(clients::make_operator(&record.db, &name).await?);
    let (id, secret) = Record::with(database, made).await?;
    writeln!(std::io::stdout(), "client_id={id}\nclient_secret={secret}").context("printing")
}
