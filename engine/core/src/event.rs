//! What happened in a run, to whom. Reporters read events and nothing else. All text in them is already masked.
use crate::{Diagnostic, Diff, Outcome, Recap, Value, message::Mode};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A phase begins: the plan (check), or the run that applies it.
    RunStarted {
        mode: Mode,
        run: String,
        hosts: Vec<String>,
        tasks: usize,
    },
    HostConnected {
        host: String,
        elapsed_ms: u64,
        agent_sent: bool,
    },
    /// In a check.
    TaskPlanned(TaskReport),
    TaskStarted {
        host: String,
        task: String,
        role: Option<String>,
        module: String,
        at: String,
    },
    Output {
        host: String,
        task: String,
        line: String,
    },
    /// In an apply.
    TaskFinished(TaskReport),
    /// A host is out of the run.
    HostFailed {
        host: String,
        outcome: Outcome,
        message: String,
        hint: Option<String>,
    },
    /// Something a person should know that is no task's.
    Note {
        host: Option<String>,
        message: String,
    },
    RunFinished {
        mode: Mode,
        recap: Recap,
        elapsed_ms: u64,
        interrupted: bool,
    },
    Diagnostic(Diagnostic),
}

/// One task on one host, or one item of its loop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskReport {
    pub host: String,
    pub play: String,
    pub task: String,
    pub role: Option<String>,
    pub module: String,
    /// `file:line`.
    pub at: String,
    /// The loop item's label.
    pub item: Option<String>,
    /// Position in the run as written, for a stable order in what is shown.
    pub order: usize,
    pub outcome: Outcome,
    pub changes: Vec<Diff>,
    pub notes: Vec<String>,
    /// Why it failed, was skipped, or is unknown.
    pub message: Option<String>,
    pub handler: bool,
    /// It failed, and `ignore_errors` or a rescue caught it.
    pub ignored: bool,
    /// Its real changes are not those the plan showed, and the plan did not say "known after".
    pub differs: bool,
    /// In a plan: it says that it changes nothing (`changed_when: false`), and the apply runs it all the same.
    #[serde(default)]
    pub to_run: bool,
    pub elapsed_ms: u64,
    /// What it answered (`msg` of debug, stdout of a command); null under `no_log`.
    pub output: Value,
}

/// Whoever shows a run. Reporters read events and nothing else.
pub trait Reporter {
    fn on(&mut self, event: &Event);
}
