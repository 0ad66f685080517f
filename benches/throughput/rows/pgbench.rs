//! The same SQL through `pgbench`: the least that the database can cost.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::{load::CONNECTIONS, table::Limit};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/throughput/rows");

pub(crate) struct Pgbench {
    /// The folder of PostgreSQL's programs.
    pub(crate) programs: PathBuf,
    /// Where the service connects to, by its own login.
    pub(crate) url: String,
    pub(crate) seconds: u64,
}

impl Pgbench {
    /// Runs a script with as many clients as there are connections.
    pub(crate) async fn run(&self, script: &str, variables: &[(&str, String)]) -> Result<Limit> {
        let mut pgbench = Command::new(self.programs.join("pgbench"));
        pgbench.args(["-n", "-j", "2", "-M", "prepared", "-c", &CONNECTIONS.to_string()]);
        pgbench.args(["-T", &self.seconds.to_string(), "-f", &format!("{SCRIPTS}/{script}")]);
        for (name, value) in variables {
            pgbench.args(["-D", &format!("{name}={value}")]);
        }
        let output = pgbench.arg(&self.url).kill_on_drop(true).output().await.context("running pgbench")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench -f {script}: {}\n{complaint}", output.status);
        let rate = rate(&String::from_utf8_lossy(&output.stdout)).context("pgbench tells no rate")?;
        Ok(Limit { name: "pgbench", rate })
    }
}

fn rate(report: &str) -> Option<f64> {
    let line = report.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}
