//! Keeps a file as an exact mirror of the publications that a reader may see:
//!
//! ```sh
//! cargo run --example mirror -- http://127.0.0.1:8080 mirror.json [--token-file FILE] [--once]
//! ```
//!
//! `--once` catches up and ends, for a scheduled job; otherwise it follows until it is stopped. Stopped at any moment,
//! it goes on from where the file is.
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a client outside the service, which has no platform")]

mod mirror;

use std::{fs, path::PathBuf, time::Duration};

use clap::Parser;
use mirror::{Mirror, Source};

/// How long to leave a service alone that is busy or cannot be reached.
const PAUSE: Duration = Duration::from_secs(5);

/// Keeps a file as a mirror of publications.
#[derive(Parser)]
struct Options {
    /// The service, such as <http://127.0.0.1:8080>
    base: String,
    /// The file to keep
    file: PathBuf,
    /// A file with a token; read anew for each request, because tokens expire
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// Catch up and end
    #[arg(long)]
    once: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut kept = match fs::read(&options.file) {
        Ok(text) => Some(serde_json::from_slice::<Mirror>(&text)?),
        Err(_) => None,
    };
    loop {
        match step(&options, &mut kept).await {
            Ok(idle) if idle && options.once => return Ok(()),
            Ok(_) => {}
            Err(cause) if options.once => return Err(cause),
            Err(cause) => {
                println!("trying again: {cause:#}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Goes one step on and writes the file; says whether there was nothing to do.
async fn step(options: &Options, kept: &mut Option<Mirror>) -> anyhow::Result<bool> {
    let token = options.token_file.as_ref().map(fs::read_to_string).transpose()?;
    let token = token.map(|token| token.trim().to_owned());
    let source = Source { http: reqwest::Client::new(), base: options.base.clone(), token };
    let Some(mirror) = kept else {
        let mirror = Mirror::snapshot(&source).await?;
        println!("began with {} publications at position {}", mirror.publications.len(), mirror.position);
        write(options, kept.insert(mirror))?;
        return Ok(false);
    };
    let before = mirror.position;
    for change in mirror.follow(&source, if options.once { 0 } else { 30 }).await? {
        println!("{} {} {}", change.position, change.kind, change.publication_id);
    }
    let idle = mirror.position == before;
    if !idle {
        write(options, mirror)?;
    }
    Ok(idle)
}

/// Beside the file first, so that a stop in the middle leaves the old one whole.
fn write(options: &Options, mirror: &Mirror) -> anyhow::Result<()> {
    let new = options.file.with_extension("new");
    fs::write(&new, serde_json::to_vec(mirror)?)?;
    Ok(fs::rename(new, &options.file)?)
}
