//! What controller and agent say to each other. Both are always the same build, so this needs no compatibility rules.
use crate::resource::Kind;
use crate::{Diff, Fault, Outcome, Value};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Changes are imagined; the machine stays as it is.
    Check,
    Apply,
}

/// How often a controller says that it is there.
pub const PING: std::time::Duration = std::time::Duration::from_secs(15);

/// Controller to agent.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// A phase begins: what was imagined before is forgotten. Answered by `Facts`.
    Begin {
        mode: Mode,
        facts: Vec<String>,
        secrets: Vec<String>,
        run: String,
        /// Seconds within which a change that can cut the line must be confirmed over a new connection; None does not ask.
        confirm_within: Option<u64>,
        /// How many runs the host remembers the changes of.
        keep_runs: usize,
    },
    /// More that must not be journalled, learnt while the phase runs.
    Secrets { secrets: Vec<String> },
    /// Handlers that no longer have to be run, although steps have notified them: their own conditions say so, or the controller
    /// has run them.
    Forget { handlers: Vec<String> },
    /// Steps to be run in any order their edges allow. Answered by `Done` for each that was run and one `Ran`.
    Run { steps: Vec<StepRequest> },
    /// A piece of content the agent asked for; `last` ends it.
    Blob {
        sha256: String,
        #[serde(with = "crate::content::bytes")]
        bytes: Vec<u8>,
        last: bool,
    },
    /// Content the agent asked for cannot be had.
    NoBlob { sha256: String, message: String },
    /// The controller is there. It says so every [`PING`] while nothing else is said; answered by nothing.
    Ping,
    /// Start nothing more; finish what runs.
    Drain,
    /// Stop at the next change.
    Interrupt,
    /// The end: the agent exits.
    Stop,
}

/// One step, rendered: nothing is left to look up.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct StepRequest {
    pub id: u32,
    pub module: String,
    pub arguments: Value,
    /// Steps of the same `Run` that come first.
    pub after: Vec<u32>,
    /// A handler: run only where one of these steps of the same `Run` changed, unless `notified`.
    #[serde(default)]
    pub when_changed: Option<Vec<u32>>,
    /// Notified already, by an earlier `Run` or run.
    #[serde(default)]
    pub notified: bool,
    /// `become_user` other than root: commands run as this account, and what is created belongs to it. Empty without `become`:
    /// the account that logged in.
    #[serde(default)]
    pub acts_as: Option<String>,
    #[serde(default)]
    pub environment: Vec<(String, String)>,
    /// `check_mode: true` on the task: plan only, in an apply too. `check_mode: false`: act, in a check too.
    #[serde(default)]
    pub check_mode: Option<bool>,
    /// `ignore_errors`: later steps go on.
    #[serde(default)]
    pub ignore_errors: bool,
    /// A constant `changed_when`.
    #[serde(default)]
    pub changed_when: Option<bool>,
    /// Handler keys to be remembered on the host before this step changes anything.
    #[serde(default)]
    pub notifies: Vec<String>,
    /// The handler key this step is: forgotten once it has succeeded.
    #[serde(default)]
    pub handler: Option<String>,
    /// Seconds; the step fails after them.
    #[serde(default)]
    pub timeout: Option<u64>,
    /// For the journal: task name and place.
    #[serde(default)]
    pub label: String,
    /// Why a rollback leaves what it changes.
    #[serde(default)]
    pub irreversible: Option<String>,
    /// Nothing of it is journalled but that it happened.
    #[serde(default)]
    pub no_log: bool,
    /// Its arguments hold a secret and say no mode: a file that is made is its owner's alone.
    #[serde(default)]
    pub private: bool,
    /// The kinds that `reads:` and `writes:` leave for it to alter: of others everything is known after it in a check, too.
    #[serde(default)]
    pub blurs: Option<Vec<Kind>>,
    /// In a check: it cannot be known whether it runs, for this reason; what it would change is unknown afterwards.
    #[serde(default)]
    pub maybe: Option<String>,
}

/// Agent to controller.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The first frame. `pending`: handler keys earlier runs were notified of and did not finish.
    Ready {
        build: String,
        user: String,
        pending: Vec<String>,
        /// The kernel's boot id; empty where there is none.
        #[serde(default)]
        boot: String,
        /// Changes of earlier runs that were undone because nothing confirmed them, in words.
        #[serde(default)]
        undone: Vec<String>,
    },
    /// Another run holds the host: who and since when, in words.
    Busy {
        holder: String,
    },
    Facts {
        facts: Value,
    },
    Started {
        step: u32,
    },
    /// A line a long-running program printed.
    Output {
        step: u32,
        line: String,
    },
    Done {
        step: u32,
        report: Report,
    },
    /// Every step of the `Run` that will be run has been; these were not, because an earlier one failed.
    Ran {
        left: Vec<u32>,
    },
    /// Content is needed to make a change.
    Need {
        sha256: String,
    },
    /// An undo is armed: open a new connection and run `agent confirm TOKEN` within `seconds`.
    Confirm {
        step: u32,
        token: String,
        seconds: u64,
    },
    /// The agent cannot go on.
    Broken {
        message: String,
    },
}

/// How a step went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub outcome: Outcome,
    pub changes: Vec<Diff>,
    /// What `register` gets, `changed` and `failed` not yet in it.
    pub output: Value,
    #[serde(default)]
    pub notes: Vec<String>,
    #[serde(default)]
    pub fault: Option<Fault>,
    /// Why it is `Unknown`.
    #[serde(default)]
    pub unknown: Option<String>,
    #[serde(default)]
    pub elapsed_ms: u64,
    /// Fingerprint of every `before` it saw, for saved plans.
    #[serde(default)]
    pub fingerprint: String,
}

impl Report {
    /// This outcome, and nothing else to tell.
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            changes: Vec::new(),
            output: Value::Null,
            notes: Vec::new(),
            fault: None,
            unknown: None,
            elapsed_ms: 0,
            fingerprint: String::new(),
        }
    }
}
