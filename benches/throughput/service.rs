//! Glomma itself, in a process of its own: the binary that an installation would run.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::client::{Connection, request};

/// How long to wait before a service that starts is asked again whether it is ready.
const PAUSE: Duration = Duration::from_millis(2);

/// More than any of this asks for.
const MANY: &str = "1000000000";

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    child: Child,
    log: PathBuf,
}

/// What a process holds, in MiB.
pub(crate) struct Memory {
    /// All of it that is in memory, pages of the index that the kernel keeps for it included.
    pub(crate) resident: f64,
    /// What it allocated.
    pub(crate) allocated: f64,
}

impl Service {
    /// Starts it; says how long it took from there to the first 200 of `/health/ready`.
    pub(crate) async fn start(url: &str, data: &Path) -> Result<(Self, Duration)> {
        let (address, metrics, log) = (free_address()?, free_address()?, data.with_extension("log"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_glomma"));
        // As docs/operations.md installs it.
        command.env_clear().env("MIMALLOC_PURGE_DELAY", "0");
        command.args(["serve", "--dev", "--database-url", url, "--data"]).arg(data);
        command.args(["--listen", &address.to_string(), "--metrics-listen", &metrics.to_string()]);
        // Limits are counted, and never reached.
        command.args([
            "--client-limit",
            MANY,
            "--municipality-limit",
            MANY,
            "--address-limit",
            MANY,
            "--project-limit",
            MANY,
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?).kill_on_drop(true);
        let begun = Instant::now();
        let child = command.spawn().context("starting glomma")?;
        let mut service = Self { address, child, log };
        service.ready().await?;
        Ok((service, begun.elapsed()))
    }

    async fn ready(&mut self) -> Result<()> {
        while !self.is_ready().await.unwrap_or(false) {
            if let Some(status) = self.child.try_wait()? {
                bail!("glomma ended ({status}):\n{}", fs::read_to_string(&self.log)?);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// A service that builds its index serves everything else already, and searches when it is done.
    async fn is_ready(&self) -> Result<bool> {
        let mut connection = Connection::open(self.address).await?;
        for path in ["/health/ready", "/v1/publications?limit=1"] {
            if connection.send(&request("GET", path, "", "")).await?.status != 200 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Stops it as an operator would, and waits for it; says what it held at the end.
    pub(crate) async fn stop(mut self) -> Result<Option<Memory>> {
        let memory = self.memory();
        let pid =
            self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).context("glomma has ended")?;
        kill_process(pid, Signal::TERM)?;
        let status = self.child.wait().await?;
        if !status.success() {
            bail!("glomma did not stop well ({status}):\n{}", fs::read_to_string(&self.log)?);
        }
        Ok(memory)
    }

    /// Nothing where there is no `/proc`.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        Some(Memory { resident: mebibytes(&status, "VmRSS:")?, allocated: mebibytes(&status, "RssAnon:")? })
    }
}

fn mebibytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u32 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(f64::from(kibibytes) / 1024.0)
}

/// An address of this machine that nobody listens on.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
