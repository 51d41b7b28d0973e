//! Exit codes: scripts depend on them.
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; with `--check`, planned without a failure.
    Done = 0,
    /// A task failed, a host was unreachable, or a change was undone.
    Failed = 1,
    /// Only with `--detailed-exitcode`: it worked and something changed, would change, or cannot be known.
    Changed = 2,
    /// What was written is wrong: nothing was connected to, nothing was touched.
    Wrong = 3,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
