//! For whom and under what limits a step acts.
use play_core::Fault;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Where content comes from that is too large to travel with a step.
pub trait Blobs: Send + Sync {
    /// The content with this SHA-256, as a file on this machine that only we can read.
    fn fetch(&self, sha256: &str) -> Result<PathBuf, Fault>;
}

/// What one step acts under.
#[derive(Clone)]
pub struct Context {
    /// Commands run as this account, and what is created without an owner belongs to it. None is who we are.
    pub acts_as: Option<String>,
    /// Added to the environment of programs.
    pub environment: Vec<(String, String)>,
    /// A limit on every program the step runs.
    pub timeout: Option<Duration>,
    pub blobs: Arc<dyn Blobs>,
    /// Lines a long-running program prints, for whoever watches.
    pub output: crate::program::Lines,
    /// Set from outside: start no further change.
    pub interrupted: Arc<AtomicBool>,
}

impl Context {
    /// A fault once the run was interrupted.
    pub fn proceed(&self) -> Result<(), Fault> {
        if self.interrupted.load(Ordering::Relaxed) {
            Err(Fault::Interrupted)
        } else {
            Ok(())
        }
    }
}

impl Default for Context {
    fn default() -> Self {
        Self {
            acts_as: None,
            environment: Vec::new(),
            timeout: None,
            blobs: Arc::new(NoBlobs),
            output: Arc::new(|_| {}),
            interrupted: Arc::new(AtomicBool::new(false)),
        }
    }
}

struct NoBlobs;

impl Blobs for NoBlobs {
    fn fetch(&self, sha256: &str) -> Result<PathBuf, Fault> {
        Err(Fault::Bug {
            message: format!("nobody here has the content {sha256}"),
        })
    }
}
