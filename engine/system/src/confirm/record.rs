//! What is written down of changes nobody has confirmed yet, and of those that were undone.
use super::step::Step;
use play_core::Fault;
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Holds private keys of interfaces among others: for root only.
const FOLDER: &str = "/var/lib/play/confirm";
const ORDER: &str = "order.json";
const UNDONE: &str = "undone.jsonl";

/// How one change is undone.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) token: String,
    /// The resources, in words.
    pub(super) what: String,
    /// Nanoseconds since 1970: later orders are undone first.
    pub(super) armed: u64,
    /// The process that armed it: one for each run.
    pub(super) process: u32,
    pub(super) steps: Vec<Step>,
}

/// A change that was undone because nobody confirmed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    pub token: String,
    /// The resources, in words.
    pub what: String,
    /// Seconds since 1970.
    pub at: u64,
    /// What could not be undone, in words; empty where all was.
    pub failures: Vec<String>,
}

impl Order {
    pub(super) fn new(what: String, steps: Vec<Step>) -> Self {
        let armed = u64::try_from(now().as_nanos()).unwrap_or(u64::MAX);
        let process = std::process::id();
        Self {
            token: format!("{armed:x}-{process:x}"),
            process,
            what,
            armed,
            steps,
        }
    }
}

impl Order {
    pub(super) fn age(&self) -> Duration {
        now().saturating_sub(Duration::from_nanos(self.armed))
    }
}

impl Undone {
    pub(super) fn new(order: Order, failures: Vec<String>) -> Self {
        Self {
            token: order.token,
            what: order.what,
            at: now().as_secs(),
            failures,
        }
    }
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// The folder all of it is kept in.
pub(super) struct Ledger {
    pub(super) folder: PathBuf,
}

impl Ledger {
    pub(super) fn open() -> Result<Self, Fault> {
        Self::at(Path::new(FOLDER))
    }

    fn at(folder: &Path) -> Result<Self, Fault> {
        let ledger = Self {
            folder: folder.to_owned(),
        };
        create(folder).map_err(|error| ledger.fault("create", &error))?;
        Ok(ledger)
    }

    /// Orders that were confirmed and may be needed once more: files come into force when a service reads them.
    pub(super) fn confirmed(&self) -> Result<Self, Fault> {
        Self::at(&self.folder.join("confirmed"))
    }

    /// One at a time: a confirmation and the timer can come together.
    pub(super) fn lock(&self) -> Result<File, Fault> {
        let file =
            File::create(self.folder.join("lock")).map_err(|error| self.fault("lock", &error))?;
        file.lock().map_err(|error| self.fault("lock", &error))?;
        Ok(file)
    }

    pub(super) fn write(&self, order: &Order) -> Result<(), Fault> {
        let folder = self.path(&order.token)?;
        let bytes = serde_json::to_vec(order).map_err(|error| self.fault("write", &error))?;
        create(&folder)
            .and_then(|()| durable(&folder.join(ORDER), &bytes, false))
            .and_then(|()| File::open(&self.folder)?.sync_all())
            .map_err(|error| self.fault("write", &error))
    }

    /// None where there is no such order: confirmed, or undone.
    pub(super) fn read(&self, token: &str) -> Result<Option<Order>, Fault> {
        match std::fs::read(self.path(token)?.join(ORDER)) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| self.fault("read", &error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fault("read", &error)),
        }
    }

    pub(super) fn all(&self) -> Result<Vec<Order>, Fault> {
        let mut orders = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(|error| self.fault("read", &error))? {
            let name = entry
                .map_err(|error| self.fault("read", &error))?
                .file_name();
            if let Some(order) = name
                .to_str()
                .map(|token| self.read(token))
                .transpose()
                .ok()
                .flatten()
            {
                orders.extend(order);
            }
        }
        Ok(orders)
    }

    pub(super) fn remove(&self, token: &str) -> Result<(), Fault> {
        std::fs::remove_dir_all(self.path(token)?)
            .and_then(|()| File::open(&self.folder)?.sync_all())
            .map_err(|error| self.fault("remove", &error))
    }

    pub(super) fn note(&self, undone: &Undone) -> Result<(), Fault> {
        let mut line = serde_json::to_vec(undone).map_err(|error| self.fault("write", &error))?;
        line.push(b'\n');
        durable(&self.folder.join(UNDONE), &line, true).map_err(|error| self.fault("write", &error))
    }

    pub(super) fn undone(&self) -> Result<Vec<Undone>, Fault> {
        match std::fs::read_to_string(self.folder.join(UNDONE)) {
            // A line that a power cut left half written is none.
            Ok(text) => Ok(text
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(self.fault("read", &error)),
        }
    }

    pub(super) fn forget_undone(&self) -> Result<(), Fault> {
        match std::fs::remove_file(self.folder.join(UNDONE)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.fault("remove", &error)),
            _ => Ok(()),
        }
    }

    fn path(&self, token: &str) -> Result<PathBuf, Fault> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
        if token.is_empty() || token.starts_with(['.', '-']) || !token.chars().all(plain) {
            return Err(Fault::arguments(format!("not a token: `{token}`")));
        }
        Ok(self.folder.join(token))
    }

    fn fault(&self, operation: &str, error: &dyn std::fmt::Display) -> Fault {
        Fault::file(operation, &self.folder.to_string_lossy(), error)
    }
}

fn create(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Mode 0600 from the first byte on; on the disk when it returns.
pub(super) fn durable(path: &Path, bytes: &[u8], append: bool) -> std::io::Result<()> {
    let how = if append {
        OFlags::APPEND
    } else {
        OFlags::TRUNC
    };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | how;
    let mut file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
    file.write_all(bytes)?;
    file.sync_all()?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn an_order_is_kept_for_root_only_until_it_is_removed() {
        let folder = std::env::temp_dir().join(format!("play-confirm-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        let ledger = Ledger::at(&folder).expect("made");
        let held = ledger.lock().expect("locked");
        let script = "table inet play\ndelete table inet play\n".to_owned();
        let order = Order::new(
            "nftables table inet play".into(),
            vec![Step::Table { script }],
        );
        ledger.write(&order).expect("written");
        let file = folder.join(&order.token).join(ORDER);
        assert_eq!(
            file.metadata().expect("there").permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(ledger.all().expect("read").len(), 1);
        ledger
            .confirmed()
            .and_then(|kept| kept.write(&order))
            .expect("kept");
        assert_eq!(
            ledger.all().expect("read").len(),
            1,
            "confirmed ones are not armed"
        );
        ledger.remove(&order.token).expect("removed");
        assert!(ledger.read(&order.token).expect("read").is_none());
        assert!(ledger.read("../x").is_err());
        ledger.note(&Undone::new(order, Vec::new())).expect("noted");
        assert_eq!(
            ledger.undone().expect("read")[0].what,
            "nftables table inet play"
        );
        ledger.forget_undone().expect("forgotten");
        assert!(ledger.undone().expect("read").is_empty());
        drop(held);
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
