//! Development tokens.

use std::{io::Write, time::Duration};

use anyhow::Context;

use crate::{
    config::Token,
    platform::{auth::development::DevelopmentKey, clock::Clock, directory, id::MunicipalityId},
};

/// Prints a token that a server in development mode on the same data folder accepts.
///
/// # Errors
/// When the municipality is unknown, or the data folder cannot be used.
pub fn token(options: &Token) -> anyhow::Result<()> {
    let now = Clock.now();
    let until = now + Duration::from_secs(u64::from(options.minutes) * 60);
    let key = DevelopmentKey::of(&options.data)?;
    let token = match &options.municipality {
        Some(named) => {
            key.sign(municipality(named)?, &options.roles, options.scope.as_deref(), (now, until))?
        }
        None => key.sign_operator((now, until))?,
    };
    writeln!(std::io::stdout(), "{token}").context("printing")
}

/// By organisation number, or by the name that the reference data gives it.
fn municipality(named: &str) -> anyhow::Result<MunicipalityId> {
    if let Ok(number) = named.parse() {
        return Ok(number);
    }
    directory::seeded(named)?.with_context(|| format!("no municipality is called {named}"))
}
