//! A KOMINN to try things out with, filled with a few invented suggestions of two municipalities:
//!
//! ```sh
//! cargo run --example kominn -- --port 8090 --profile v2
//! ```
//!
//! It keeps everything in memory, prints a line for each write that it gets, and says when a client did what a right
//! client does not do.
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod demo;
#[expect(dead_code, reason = "the tests use what is left over here")]
mod stand_in;

use std::{thread, time::Duration};

use clap::Parser;
use stand_in::{Dialect, Profile, Settings, StandIn};

/// How often to look for news.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs a stand-in for KOMINN until it is stopped.
#[derive(Parser)]
struct Options {
    /// The port to listen on; 0 is any that is free
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// The generation of the list: `v1_0`, `v1_1`, `climate` or `v2`
    #[arg(long, default_value = "v2")]
    profile: Profile,
    /// The shapes of JSON to speak: `verbose`, `light` or `both`
    #[arg(long, default_value = "both")]
    dialect: Dialect,
}

fn main() -> anyhow::Result<()> {
    let Options { port, profile, dialect } = Options::parse();
    let kominn = StandIn::start(Settings { port, profile, dialect, ..Settings::default() })?;
    demo::fill(&kominn, profile);
    println!("KOMINN is at {} with {} suggestions", kominn.site(), kominn.items().len());
    let (mut requests, mut violations) = (0, 0);
    loop {
        thread::sleep(PAUSE);
        let seen = kominn.requests();
        for request in seen.iter().skip(requests).filter(|request| request.method != "GET") {
            let verb = if request.merge { "MERGE" } else { &request.method };
            println!("{verb} {}", request.path);
        }
        requests = seen.len();
        let wrong = kominn.violations();
        for violation in wrong.iter().skip(violations) {
            println!("not as it should be: {violation}");
        }
        violations = wrong.len();
    }
}
