//! One step: the module found, the machine picked, a panic made a failure.
use crate::line::Replies;
use crate::stretch::{Phase, Stage};
use crate::watched::Watched;
use crate::witness::Keeper;
use play_core::message::{Report, StepRequest};
use play_core::resource::Kind;
use play_core::{Entry, Fault, Outcome, Resource, State, System, View};
use play_system::machine::account;
use play_system::{Context, Machine, Memory, NoWitness, Overlay, Witness, run_step};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// A step of a check, or of a host in memory.
pub(crate) fn imagined(step: &StepRequest, phase: &mut Phase) -> Report {
    let context = within(step, &phase.context, None);
    match &mut phase.stage {
        Stage::Imagined(_) if step.check_mode == Some(false) => {
            let mut machine = Machine { context };
            match may_act(step, &machine) {
                Ok(()) => attempt(step, &mut machine, &mut NoWitness),
                Err(fault) => broken(fault),
            }
        }
        Stage::Imagined(overlay) => {
            overlay.below.context = context;
            if let Err(fault) = may_act(step, &**overlay) {
                return doubtful(step, broken(fault));
            }
            let before = step.maybe.is_some().then(|| overlay.above.clone());
            let blurs = overlay.above.blurs.clone();
            let report = attempt(step, &mut **overlay, &mut NoWitness);
            narrow(step, &mut overlay.above, &blurs);
            doubt(step, &mut overlay.above, before, report)
        }
        Stage::Memory(memory) if step.check_mode == Some(false) => {
            // what is there, and not what an earlier program may have made of it
            let blurs = std::mem::take(&mut memory.blurs);
            let report = attempt(step, &mut **memory, &mut NoWitness);
            memory.blurs.extend(blurs);
            report
        }
        Stage::Memory(memory) => {
            let before = step.maybe.is_some().then(|| (**memory).clone());
            let blurs = memory.blurs.clone();
            let report = attempt(step, &mut **memory, &mut NoWitness);
            narrow(step, memory, &blurs);
            doubt(step, memory, before, report)
        }
        Stage::Real => failed("a real machine is no imagined one"),
    }
}

/// What a program may have altered is not known afterwards; what the task says it leaves alone still is.
fn narrow(step: &StepRequest, memory: &mut Memory, before: &BTreeMap<Kind, String>) {
    if let Some(kinds) = &step.blurs {
        memory
            .blurs
            .retain(|kind, _| before.contains_key(kind) || kinds.contains(kind));
    }
}

/// A step of which it is not known whether it runs: what it would do is shown, and is not known afterwards.
fn doubt(
    step: &StepRequest,
    memory: &mut Memory,
    before: Option<Memory>,
    report: Report,
) -> Report {
    let (Some(reason), Some(before)) = (&step.maybe, before) else {
        return report;
    };
    let after = std::mem::replace(memory, before);
    memory.doubt(&after, reason);
    doubtful(step, report)
}

/// What comes of a step of which it is not known whether it runs.
fn doubtful(step: &StepRequest, mut report: Report) -> Report {
    let Some(reason) = &step.maybe else {
        return report;
    };
    if report.outcome != Outcome::Unchanged {
        report.outcome = Outcome::Unknown;
        report.fault = None;
        report.unknown = Some(reason.clone());
    }
    report
}

/// A step of an apply on the real machine.
pub(crate) fn real(step: &StepRequest, phase: &Phase, replies: &Replies) -> Report {
    let context = within(step, &phase.context, Some(replies));
    let machine = Machine { context };
    if let Err(fault) = may_act(step, &machine) {
        return broken(fault);
    }
    if step.check_mode == Some(true) {
        return attempt(step, &mut Overlay::over(machine), &mut NoWitness);
    }
    let mut keeper = Keeper::new(step, phase, replies.clone());
    let mut machine = machine;
    let report = attempt(step, &mut machine, &mut keeper);
    keeper.end(&report);
    report
}

/// Whether the account the step acts as is there, as far as that can be known, and we can become it.
fn may_act(step: &StepRequest, view: &dyn View) -> Result<(), Fault> {
    let wanted = match step.acts_as.as_deref() {
        Some("") => return Ok(()),
        name => name.unwrap_or("root"),
    };
    if let Some(own) = account::own().filter(|own| own != wanted) {
        return Err(Fault::stated(format!(
            "it acts as {wanted}, and nothing made the line to this host become root: it is {own}'s \
             (say `ansible_become: true` for the host in the inventory)"
        )));
    }
    let account = Resource::User(wanted.to_owned());
    match view.look(&account) {
        // An earlier task, or a package it installs, may make it: then it is known, or unknown.
        Ok(State::Absent) => Err(Fault::Missing {
            resource: account,
            hint: Some(
                "`become_user` names it: create it with the module user first, or name another"
                    .into(),
            ),
        }),
        _ => Ok(()),
    }
}

fn within(step: &StepRequest, context: &Context, replies: Option<&Replies>) -> Context {
    let mut context = context.clone();
    context.acts_as = match step.acts_as.as_deref() {
        // No `become`, whatever other steps of the run need.
        Some("") => account::login(),
        name => name.map(str::to_owned),
    };
    context.environment.clone_from(&step.environment);
    context.timeout = step.timeout.map(Duration::from_secs);
    if let (Some(replies), false) = (replies, step.no_log) {
        let watched = Watched::new(step.id, replies.clone());
        context.output = Arc::new(move |line| watched.tell(line));
    }
    context
}

fn attempt(step: &StepRequest, system: &mut dyn System, witness: &mut dyn Witness) -> Report {
    let Some(entry) = play_modules::find(&step.module) else {
        return failed(&format!("the agent has no module `{}`", step.module));
    };
    catch(entry, step, system, witness)
}

fn catch(
    entry: &Entry,
    step: &StepRequest,
    system: &mut dyn System,
    witness: &mut dyn Witness,
) -> Report {
    let run = || run_step(entry, &step.arguments, step.private, system, witness);
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| failed(&format!("the module `{}` panicked", entry.name)))
}

pub(crate) fn failed(message: &str) -> Report {
    broken(Fault::Bug {
        message: message.to_owned(),
    })
}

fn broken(fault: Fault) -> Report {
    Report {
        fault: Some(fault),
        ..Report::of(Outcome::Failed)
    }
}
