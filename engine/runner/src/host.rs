//! What the dispatcher knows of one host.
use crate::verdict::Failures;
use crate::worker::Line;
use play_core::message::{Mode, Request, StepRequest};
use std::collections::{BTreeSet, VecDeque};

/// Where the line to a host stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Being opened, for the first time or after a reboot.
    Opening,
    /// Open, and the phase has begun.
    Open,
    /// Gone for good.
    Lost,
}

/// One host of the run.
pub(crate) struct Host {
    pub line: Line,
    pub link: Link,
    pub mode: Mode,
    /// A `Run` is under way.
    pub busy: bool,
    /// Facts have arrived, or none are wanted.
    pub informed: bool,
    pub failures: Failures,
    /// Runs that wait for the line to be free: delegated steps, retries.
    pub jobs: VecDeque<Vec<StepRequest>>,
    /// Handler keys notified in earlier runs and still due when the line was opened: due in the plan, and again in the apply.
    pub due: BTreeSet<String>,
    /// Those, and the ones notified in this phase by steps of an earlier `Run`.
    pub notified: BTreeSet<String>,
    /// The kernel's boot id: another one shows that the machine has restarted.
    pub boot: String,
    /// When the machine went down to restart.
    pub rebooting: Option<std::time::Instant>,
    /// `end_host`.
    pub ended: bool,
    /// Those that stand in what it was given to do, or had already; it is told of no others.
    pub secrets: BTreeSet<String>,
}

impl Host {
    pub(crate) fn new(line: Line, mode: Mode) -> Self {
        Self {
            line,
            link: Link::Opening,
            mode,
            busy: false,
            informed: false,
            failures: Failures::default(),
            jobs: VecDeque::new(),
            due: BTreeSet::new(),
            notified: BTreeSet::new(),
            boot: String::new(),
            rebooting: None,
            ended: false,
            secrets: BTreeSet::new(),
        }
    }

    /// A new `Run` may be sent.
    pub(crate) fn idle(&self) -> bool {
        self.link == Link::Open && !self.busy && self.informed && self.rebooting.is_none()
    }

    pub(crate) fn run(&mut self, steps: Vec<StepRequest>) {
        self.busy = true;
        self.line.send(Request::Run { steps });
    }
}
