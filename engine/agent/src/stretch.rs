//! A stretch of the graph on this host: steps in any order their edges allow, side by side where the machine is real.
use crate::check::handler_runs;
use crate::execute;
use crate::line::Replies;
use crate::serve::{Flags, Host};
use play_core::Mask;
use play_core::Outcome;
use play_core::message::{Mode, Reply, Report, StepRequest};
use play_system::{Context, Journal, Machine, Memory, Overlay};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;

/// How many steps act side by side on one host.
const WIDTH: usize = 4;

/// What steps of a phase act on.
pub(crate) enum Stage {
    /// Changes are imagined over the real machine.
    Imagined(Box<Overlay<Machine>>),
    /// A host in memory: imagined in a check, kept in an apply.
    Memory(Box<Memory>),
    Real,
}

/// A check or an apply, from `Begin` on.
pub(crate) struct Phase {
    pub stage: Stage,
    pub context: Context,
    pub journal: Option<(Journal, Mask)>,
    pub confirm_within: Option<u64>,
}

impl Phase {
    pub(crate) fn new(
        mode: Mode,
        host: &Host,
        context: Context,
        journal: Option<(Journal, Mask)>,
        confirm_within: Option<u64>,
    ) -> Self {
        let stage = match (mode, host) {
            (_, Host::Simulated(memory)) => Stage::Memory(memory.clone()),
            (Mode::Check, Host::Real) => Stage::Imagined(Box::new(Overlay::over(Machine {
                context: context.clone(),
            }))),
            (Mode::Apply, Host::Real) => Stage::Real,
        };
        Self {
            stage,
            context,
            journal,
            confirm_within,
        }
    }
}

impl Phase {
    /// Handlers that are not due any more.
    pub(crate) fn forget(&self, handlers: &[String]) {
        if let Some((journal, _)) = &self.journal {
            for key in handlers {
                drop(journal.finish(key));
            }
        }
    }

    /// Keeps more out of the journal.
    pub(crate) fn hide(&mut self, secrets: &[String]) {
        if let Some((_, mask)) = &mut self.journal {
            for secret in secrets {
                mask.add(secret);
            }
        }
    }
}

/// The steps of one `Run`, and how far they are.
pub(crate) struct Stretch {
    steps: Vec<StepRequest>,
    replies: Replies,
    flags: Flags,
    outcomes: BTreeMap<u32, Outcome>,
    started: BTreeSet<u32>,
    failed: bool,
}

impl Stretch {
    pub(crate) fn new(steps: Vec<StepRequest>, replies: Replies, flags: Flags) -> Self {
        Self {
            steps,
            replies,
            flags,
            outcomes: BTreeMap::new(),
            started: BTreeSet::new(),
            failed: false,
        }
    }

    /// Runs what can be run; returns the steps that were not, because an earlier one failed or the run was stopped.
    pub(crate) fn run(mut self, phase: &mut Phase) -> Vec<u32> {
        match phase.stage {
            Stage::Real => self.side_by_side(phase),
            _ => self.in_turn(phase),
        }
        self.steps
            .iter()
            .map(|step| step.id)
            .filter(|id| !self.outcomes.contains_key(id))
            .collect()
    }

    fn stopped(&self) -> bool {
        self.failed
            || self.flags.drain.load(Ordering::Relaxed)
            || self.flags.interrupt.load(Ordering::Relaxed)
    }

    /// The first step in the order given that waits for nothing.
    fn ready(&self) -> Option<StepRequest> {
        self.steps
            .iter()
            .find(|step| {
                !self.started.contains(&step.id)
                    && step.after.iter().all(|id| self.outcomes.contains_key(id))
            })
            .cloned()
    }

    fn in_turn(&mut self, phase: &mut Phase) {
        while let Some(step) = (!self.stopped()).then(|| self.ready()).flatten() {
            let id = self.begin(&step);
            let report = match handler_runs(&step, &self.outcomes) {
                Ok(()) => execute::imagined(&step, phase),
                Err(report) => report,
            };
            self.finish(id, &step, report);
        }
    }

    fn side_by_side(&mut self, phase: &Phase) {
        let (sender, receiver) = channel();
        std::thread::scope(|scope| {
            let mut running = 0;
            loop {
                while running < WIDTH && !self.stopped() {
                    let Some(step) = self.ready() else { break };
                    let id = self.begin(&step);
                    if let Err(report) = handler_runs(&step, &self.outcomes) {
                        self.finish(id, &step, report);
                    } else {
                        running += 1;
                        let (sender, replies) = (sender.clone(), self.replies.clone());
                        scope.spawn(move || {
                            let report = execute::real(&step, phase, &replies);
                            drop(sender.send((id, step, report)));
                        });
                    }
                }
                if running == 0 {
                    break;
                }
                let Ok((id, step, report)) = receiver.recv() else {
                    break;
                };
                running -= 1;
                self.finish(id, &step, report);
            }
        });
    }

    fn begin(&mut self, step: &StepRequest) -> u32 {
        self.started.insert(step.id);
        self.replies.send(Reply::Started { step: step.id });
        step.id
    }

    fn finish(&mut self, id: u32, step: &StepRequest, mut report: Report) {
        if let (Some(changed), Outcome::Changed | Outcome::Unchanged) =
            (step.changed_when, report.outcome)
        {
            report.outcome = if changed {
                Outcome::Changed
            } else {
                Outcome::Unchanged
            };
        }
        self.failed |= report.outcome == Outcome::Failed && !step.ignore_errors;
        self.outcomes.insert(id, report.outcome);
        self.replies.send(Reply::Done { step: id, report });
    }
}
