//! The default database: a private PostgreSQL cluster in the data folder, so that one binary is the service.
//!
//! Nobody else reaches it: a Unix socket in a private folder, no network. Nothing committed is lost: a killed
//! service leaves it running, and the next start takes it over. Root runs it as `postgres`; it refuses root.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown, lchown};
use std::os::unix::{ffi::OsStrExt, net::UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::platform::lock;

const OLDEST: u32 = 15;
/// What crash recovery may take; `pg_ctl` is told the same.
const PATIENCE: Duration = Duration::from_mins(1);
const SOCKET: &str = ".s.PGSQL.5432";
/// Where packagers put versions side by side, as a line of shell, which knows such patterns best.
const PLACES: &str = r"printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/bin \
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
    /Applications/Postgres.app/Contents/Versions/*/bin";
/// Durability is said aloud; the log keeps no rows and no statements, which hold what people wrote.
const SETTINGS: &str = "# Rewritten by glomma at each start; ALTER SYSTEM overrides.\ncluster_name = glomma
listen_addresses = ''\nport = 5432\nmax_connections = 100\nshared_buffers = 128MB\nwal_compression = on
fsync = on\nfull_page_writes = on\nsynchronous_commit = on\njit = off\ntimezone = UTC\nlog_timezone = UTC
logging_collector = off\nlog_checkpoints = off\nlog_error_verbosity = terse\nlog_min_error_statement = panic";

/// A private PostgreSQL cluster, running. Dropped without [`Embedded::stop`] it runs on, as after a kill.
pub struct Embedded {
    bin: PathBuf,
    account: Account,
    folder: PathBuf,
    socket: PathBuf,
    /// Released by the operating system when the process dies, so a lock is never stale.
    _lock: File,
}

impl Embedded {
    /// Starts (or takes over) the cluster in `data/postgres`, and holds `data/lock` as long as it lives.
    pub async fn start(data: &Path) -> Result<Self> {
        let lock = lock::exclusively(data, "lock")?;
        let data = data.canonicalize()?;
        let (account, folder) = (Account::find()?, data.join("postgres"));
        let bin = binaries(account, &folder).await?;
        let cluster = Self { bin, account, folder, socket: socket_folder(&data)?, _lock: lock };
        cluster.prepare(&data).await?;
        let taken_over = cluster.take_over().await?;
        if !taken_over {
            cluster.launch().await?;
        }
        tracing::info!(folder = %cluster.folder.display(), taken_over, "PostgreSQL runs");
        Ok(cluster)
    }

    /// Connection string for `role` and `database`, which tokio-postgres and libpq read alike.
    pub fn url(&self, role: &str, database: &str) -> String {
        format!("host='{}' port=5432 user='{role}' dbname='{database}'", self.socket.display())
    }

    /// Stops the cluster cleanly and waits for it; if a service manager stopped it too, that is no error.
    pub async fn stop(self) -> Result<()> {
        if self.state().await.is_some() {
            self.halt().await?;
        }
        tracing::info!(folder = %self.folder.display(), "PostgreSQL stopped");
        Ok(())
    }

    async fn prepare(&self, data: &Path) -> Result<()> {
        self.check_reachable(data).await?;
        if !self.folder.join("PG_VERSION").exists() {
            self.create(data).await?;
        }
        self.private_folder(&self.folder)?;
        self.private_folder(&self.socket)
    }

    /// Asks the kernel as the user in question, for it knows of groups and access lists.
    async fn check_reachable(&self, data: &Path) -> Result<()> {
        const SCRIPT: &str = r#"for d; do [ -x "$d" ] || closed=$d; done; printf %s "$closed""#;
        let folders = self.socket.ancestors().skip(1).chain(data.ancestors());
        let closed = run(self.account.command("/bin/sh").args(["-c", SCRIPT, "sh"]).args(folders)).await?;
        let why = "PostgreSQL, which for root runs as the user `postgres`, may not enter";
        let how = "use another data folder, say /var/lib/glomma, or start glomma as an ordinary user, or";
        ensure!(closed.is_empty(), "{why} {closed}: {how} `chmod o+x '{closed}'`");
        Ok(())
    }

    /// Made beside its place and renamed, so that a kill in the middle never leaves half a cluster.
    async fn create(&self, data: &Path) -> Result<()> {
        for entry in fs::read_dir(data)?.flatten() {
            if entry.file_name().as_bytes().starts_with(b"postgres.new-") {
                let _ = fs::remove_dir_all(entry.path()); // an orphaned initdb may still write there
            }
        }
        let fresh = data.join(format!("postgres.new-{}", std::process::id()));
        self.private_folder(&fresh)?;
        let initdb = async |locale: &[&str]| {
            let mut initdb = self.account.command(self.bin.join("initdb"));
            initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--data-checksums"]).args(locale);
            run(initdb.arg("-D").arg(&fresh)).await
        };
        // All of them sort by code point; macOS may lack the first, and the last knows no `lower('Å')`.
        let second = ["--no-locale", "--lc-ctype=en_US.UTF-8"];
        if initdb(&["--locale=C.UTF-8"]).await.is_err() && initdb(&second).await.is_err() {
            initdb(&["--no-locale"]).await?;
        }
        let mut settings = OpenOptions::new().append(true).open(fresh.join("postgresql.conf"))?;
        settings.write_all(b"\ninclude 'glomma.conf' # rewritten by glomma at each start\n")?;
        settings.sync_all()?;
        fs::rename(&fresh, &self.folder)
            .with_context(|| format!("{} exists and is no PostgreSQL cluster", self.folder.display()))?;
        Ok(File::open(data)?.sync_all()?)
    }

    /// In a temporary folder someone may have been there first: such a folder is refused, not repaired.
    fn private_folder(&self, folder: &Path) -> Result<()> {
        if folder.symlink_metadata().is_err() {
            let made = DirBuilder::new().mode(0o700).create(folder);
            made.with_context(|| format!("cannot create {}", folder.display()))?;
            lchown(folder, self.account.0, self.account.1)?;
        }
        let us = self.account.0.unwrap_or_else(|| rustix::process::geteuid().as_raw());
        let (found, name) = (fs::symlink_metadata(folder)?, folder.display());
        let ours = found.is_dir() && found.uid() == us;
        ensure!(ours, "{name} should be a folder of user {us}: `chown -R {us} '{name}'` or remove it");
        Ok(fs::set_permissions(folder, Permissions::from_mode(0o700))?)
    }

    /// Waits for a postmaster that a killed service left behind; false when there is none.
    async fn take_over(&self) -> Result<bool> {
        let begun = Instant::now();
        while let Some(state) = self.state().await {
            if state == "ready" && self.answers().await {
                return Ok(true);
            }
            if state != "starting" {
                self.halt().await?; // it was stopping, or the data folder was moved and its socket with it
            }
            ensure!(begun.elapsed() < PATIENCE, "PostgreSQL does not become ready{}", self.log_tail());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // Whoever has the number in them now is not our postmaster, but PostgreSQL would believe it.
        let _ = fs::remove_file(self.folder.join("postmaster.pid"));
        let _ = fs::remove_file(self.socket.join(format!("{SOCKET}.lock")));
        Ok(false)
    }

    /// What the live postmaster does (`starting`, `ready`); the number in a file may be a stranger's by now.
    async fn state(&self) -> Option<String> {
        const CWD: &str = r#"readlink "/proc/$0/cwd" || lsof -a -d cwd -Fn -p "$0""#;
        let text = fs::read_to_string(self.folder.join("postmaster.pid")).ok()?;
        let pid = text.lines().next()?;
        let cwd = run(self.account.command("/bin/sh").args(["-c", CWD, pid])).await.unwrap_or_default();
        let folder = self.folder.to_string_lossy();
        let here = cwd.lines().any(|line| line.strip_prefix('n').unwrap_or(line) == folder);
        let alive = here || self.answers().await;
        alive.then(|| text.lines().nth(7).unwrap_or("starting").trim().to_owned())
    }

    /// Asks for TLS, which every server answers with one byte before it wants to know who asks.
    async fn answers(&self) -> bool {
        let socket = self.socket.join(SOCKET);
        let ask = move || -> io::Result<()> {
            let mut stream = UnixStream::connect(socket)?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47])?;
            stream.read_exact(&mut [0])
        };
        matches!(tokio::task::spawn_blocking(ask).await, Ok(Ok(())))
    }

    async fn launch(&self) -> Result<()> {
        self.configure().context("cannot write glomma.conf")?;
        let log = self.folder.join("log");
        if log.metadata().is_ok_and(|log| log.len() > 10 << 20) {
            fs::rename(&log, self.folder.join("log.old"))?;
        }
        let begun = Instant::now();
        while let Err(error) = self.pg_ctl(&["start", "-l", "log"]).await {
            // The backends of a killed postmaster end by themselves, a moment after it.
            let wait = begun.elapsed() < PATIENCE && self.log_tail().contains("is still in use");
            ensure!(wait, "PostgreSQL does not start: {error:#}{}", self.log_tail());
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    /// Removed and created anew, because root must not follow a link in a folder of the user `postgres`.
    fn configure(&self) -> io::Result<()> {
        let path = self.folder.join("glomma.conf");
        let _ = fs::remove_file(&path);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        writeln!(file, "{SETTINGS}\nunix_socket_directories = '{}'", self.socket.display())?;
        fchown(&file, self.account.0, self.account.1)
    }

    async fn halt(&self) -> Result<()> {
        match self.pg_ctl(&["stop", "-m", "fast"]).await {
            Err(error) if self.state().await.is_some() => Err(error.context(self.log_tail())),
            _ => Ok(()),
        }
    }

    /// No paths among the arguments, because `pg_ctl` pastes them into a line of shell.
    async fn pg_ctl(&self, arguments: &[&str]) -> Result<String> {
        let mut pg_ctl = self.account.command(self.bin.join("pg_ctl"));
        pg_ctl.args(arguments).args(["-w", "-t"]).arg(PATIENCE.as_secs().to_string());
        run(pg_ctl.env("PGDATA", &self.folder).current_dir(&self.folder)).await
    }

    fn log_tail(&self) -> String {
        let text = fs::read(self.folder.join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let start = text.rmatch_indices('\n').nth(15).map_or(0, |(at, _)| at);
        format!("\nlast lines of its log:\n{}", text.get(start..).unwrap_or_default().trim())
    }
}

/// User and group PostgreSQL runs as when the service is root; empty when it is not.
#[derive(Clone, Copy, Default)]
struct Account(Option<u32>, Option<u32>);

impl Account {
    fn find() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::default());
        }
        let users = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let user = users.lines().find_map(|line| line.strip_prefix("postgres:")).context(
            "PostgreSQL refuses to run as root, and there is no user `postgres` to run it as: \
             `useradd --system postgres`, or start glomma as an ordinary user",
        )?;
        let mut numbers = user.split(':').skip(1).map(str::parse);
        Ok(Self(numbers.next().transpose()?, numbers.next().transpose()?))
    }

    /// In a group of its own, so that Ctrl-C is the service's; without its environment, which has secrets.
    fn command(self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().env("LC_ALL", "C").env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.current_dir("/").stdin(std::process::Stdio::null()).process_group(0);
        if let Self(Some(uid), Some(gid)) = self {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// What the program printed, or an error that quotes it.
async fn run(command: &mut Command) -> Result<String> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let output =
        tokio::time::timeout(PATIENCE * 2, command.output()).await.map_err(io::Error::from).flatten();
    let output = output.with_context(|| format!("cannot run {name}"))?;
    let [text, complaint] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    ensure!(output.status.success(), "{name}: {}\n{text}{complaint}", output.status);
    Ok(text.into_owned())
}

/// In the data folder, unless that path is too long for a socket or has what settings would have to escape.
fn socket_folder(data: &Path) -> Result<PathBuf> {
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = data.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, fnv);
    let [mid, last] =
        [std::env::temp_dir(), "/tmp".into()].map(|tmp| tmp.join(format!("glomma-{hash:016x}")));
    let plain = |path: &str| path.starts_with('/') && !path.contains(['\'', '"', '\\', ',', '\n']);
    let fits = |path: &str| path.len() + SOCKET.len() < 99 && plain(path);
    let mut folders = [data.join("postgres-socket"), mid, last].into_iter();
    folders.find(|folder| folder.to_str().is_some_and(fits)).context("no path is short enough for a socket")
}

/// The newest PostgreSQL of this machine, or for an existing cluster the one that can open it.
async fn binaries(account: Account, folder: &Path) -> Result<PathBuf> {
    let mut found = BTreeMap::new();
    for bin in candidates(account).await?.into_iter().rev() {
        let version = run(account.command(bin.join("postgres")).arg("--version")).await.unwrap_or_default();
        // "postgres (PostgreSQL) 17.2 (Debian 17.2-1)", or "18beta1"
        let number = version.rsplit("(PostgreSQL) ").next().and_then(|text| text.get(..2)?.parse().ok());
        found.extend(number.map(|major: u32| (major, bin)));
    }
    let has = found.keys().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let made_by: Option<u32> = match fs::read_to_string(folder.join("PG_VERSION")) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        text => text.with_context(|| format!("cannot read {}", folder.display()))?.trim().parse().ok(),
    };
    let fits = |major: u32| major >= OLDEST && made_by.is_none_or(|wanted| wanted == major);
    let best = found.into_iter().rev().find(|(major, _)| fits(*major));
    best.map(|(_, bin)| bin).with_context(|| advice(&has, made_by, folder))
}

/// Links are resolved, because PostgreSQL finds the rest of itself beside the real file.
async fn candidates(account: Account) -> Result<Vec<PathBuf>> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = run(account.command("/bin/sh").args(["-c", PLACES])).await?;
    let folders = std::env::split_paths(&path).chain(places.lines().map(PathBuf::from));
    let initdbs = folders.filter_map(|folder| folder.join("initdb").canonicalize().ok());
    let bins = initdbs.filter_map(|initdb| initdb.parent().map(Path::to_owned));
    Ok(bins.filter(|bin| bin.join("postgres").is_file() && bin.join("pg_ctl").is_file()).collect())
}

fn advice(has: &str, made_by: Option<u32>, folder: &Path) -> String {
    let install = if cfg!(target_os = "macos") {
        "`brew install postgresql@17`"
    } else if Path::new("/usr/bin/apt-get").exists() {
        "`apt-get install postgresql` (which starts a cluster of its own, where the script prevents that)"
    } else {
        "`dnf install postgresql-server`, or what your system has with postgres, initdb and pg_ctl"
    };
    let has = if has.is_empty() { "none" } else { has };
    let Some(old) = made_by else {
        let how = "Run `scripts/ensure-postgres`, or set DATABASE_URL to a server elsewhere, or install it:";
        return format!("glomma needs PostgreSQL {OLDEST} or newer, this machine has {has}. {how} {install}");
    };
    let how = format!("install that version and start again, or bring the data to {OLDEST} or newer");
    let ways = "with pg_upgrade, or with pg_dumpall and a restore into a new data folder";
    format!("{} is of PostgreSQL {old}, this machine has {has}. Either {how} {ways}", folder.display())
}
