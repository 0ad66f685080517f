//! The one binary: reads the configuration, and hands over to a command.

use clap::Parser;
use glomma::{
    commands,
    config::{Audit, Cli, Command, Kominn},
    platform::telemetry,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    telemetry::start_logs(&cli.log.filter, cli.log.format)?;
    match cli.command {
        Command::Serve(options) => commands::serve(*options).await,
        Command::Work(options) => commands::work(options).await,
        Command::Migrate(database) => commands::migrate(database).await,
        Command::Openapi => commands::openapi(),
        Command::Token(options) => commands::token(&options),
        Command::Demo(database) => commands::demo(database).await,
        Command::Operator(options) => commands::operator(options).await,
        Command::Kominn(Kominn::Sync(options)) => commands::kominn_sync(options).await,
        Command::Audit(Audit::Verify(options)) => commands::verify_audit(options).await,
        Command::Index(command) => commands::index(command).await,
    }
}
