//! The life of a step: plan, then apply exactly that plan, then ask again. Check mode is the same call on an overlay.
mod private;

use play_core::message::Report;
use play_core::{Act, Change, Entry, Fault, Module, Outcome, Plan, System, Value};
use sha2::{Digest, Sha256};
use std::time::Instant;

/// Whoever must know of a change before and after it is made: the journal, pending handlers, the undo that is armed.
pub trait Witness {
    /// Before. A fault here keeps the change from being made.
    fn before(&mut self, change: &Change) -> Result<(), Fault>;
    /// After it was made. A fault here is the step's.
    fn after(&mut self, change: &Change) -> Result<(), Fault>;
}

/// Nobody has to know.
pub struct NoWitness;

impl Witness for NoWitness {
    fn before(&mut self, _: &Change) -> Result<(), Fault> {
        Ok(())
    }
    fn after(&mut self, _: &Change) -> Result<(), Fault> {
        Ok(())
    }
}

/// Runs one step on a system.
pub fn run(
    entry: &Entry,
    arguments: &Value,
    system: &mut dyn System,
    witness: &mut dyn Witness,
) -> Report {
    run_step(entry, arguments, false, system, witness)
}

/// The same for a step that may be private: files it makes are their owner's alone.
pub fn run_step(
    entry: &Entry,
    arguments: &Value,
    private: bool,
    system: &mut dyn System,
    witness: &mut dyn Witness,
) -> Report {
    let begun = Instant::now();
    let mut report = attempt(entry, arguments, private, system, witness);
    report.elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    report
}

fn attempt(
    entry: &Entry,
    arguments: &Value,
    private: bool,
    system: &mut dyn System,
    witness: &mut dyn Witness,
) -> Report {
    if let Some(reason) = entry.closed_unknown(arguments) {
        return unknown(reason);
    }
    let module = match (entry.parse)(arguments.clone()) {
        Ok(module) => module,
        Err(fault) => {
            return play_core::unknown::within(arguments).map_or_else(|| failed(fault), unknown);
        }
    };
    match module.plan(&*system) {
        Ok(mut plan) => {
            if private {
                private::close(&mut plan);
            }
            carry_out(&*module, &plan, system, witness)
        }
        Err(Fault::Unknown { reason }) => unknown(&reason),
        Err(fault) => match fault.absence().and_then(|kind| system.blurred(kind)) {
            Some(reason) => unknown(&reason),
            None => failed(fault),
        },
    }
}

fn carry_out(
    module: &dyn Module,
    plan: &Plan,
    system: &mut dyn System,
    witness: &mut dyn Witness,
) -> Report {
    let mut report = Report {
        // Waiting alters nothing.
        outcome: if (plan.changes.iter()).all(|change| matches!(change.act, Act::Wait { .. })) {
            Outcome::Unchanged
        } else {
            Outcome::Changed
        },
        changes: Vec::new(),
        output: plan.output.clone(),
        notes: plan.notes.clone(),
        fault: None,
        unknown: plan.unknown.clone(),
        elapsed_ms: 0,
        fingerprint: fingerprint(&plan.changes),
    };
    if plan.unknown.is_some() {
        report.outcome = Outcome::Unknown;
    }
    for (at, change) in plan.changes.iter().enumerate() {
        if let Err(fault) = apply(change, system, witness, &mut report.output) {
            report.fault = Some(fault);
            report.outcome = Outcome::Failed;
            if at > 0 {
                report.notes.push(format!(
                    "{at} of {} changes of this task were made before it failed",
                    plan.changes.len()
                ));
            }
            return report;
        }
        report.changes.extend(change.diffs());
    }
    if !plan.changes.is_empty() && plan.unknown.is_none() && module.settles() && !system.imagined()
    {
        report.fault = verify(module, system).err();
        if report.fault.is_some() {
            report.outcome = Outcome::Failed;
        }
    }
    report
}

fn apply(
    change: &Change,
    system: &mut dyn System,
    witness: &mut dyn Witness,
    output: &mut Value,
) -> Result<(), Fault> {
    witness.before(change)?;
    match system.apply(change) {
        Ok(effect) => merge(output, effect.output),
        Err(Fault::Program {
            program,
            status,
            words,
            output: said,
        }) => {
            merge(output, (*said).clone());
            return Err(Fault::Program {
                program,
                status,
                words,
                output: said,
            });
        }
        Err(fault) => return Err(fault),
    }
    witness.after(change)
}

fn merge(output: &mut Value, more: Value) {
    match (output, more) {
        (_, Value::Null) => {}
        (Value::Object(map), Value::Object(more)) => map.extend(more),
        (output, more) => *output = more,
    }
}

/// A task that is done has nothing left to do.
fn verify(module: &dyn Module, system: &dyn System) -> Result<(), Fault> {
    let plan = module.plan(system)?;
    match plan.changes.first() {
        None => Ok(()),
        Some(change) => {
            let left: Vec<String> = change.diffs().iter().map(describe).collect();
            Err(Fault::NotConverged {
                remaining: format!("there is still to do: {}", left.join(", ")),
            })
        }
    }
}

fn describe(diff: &play_core::Diff) -> String {
    let attributes: Vec<String> = diff
        .body
        .attributes
        .iter()
        .map(|(name, before, after)| {
            format!(
                "{name} {} → {}",
                before.as_deref().unwrap_or("none"),
                after.as_deref().unwrap_or("none")
            )
        })
        .collect();
    if attributes.is_empty() {
        diff.resource.clone()
    } else {
        format!("{} ({})", diff.resource, attributes.join(", "))
    }
}

fn fingerprint(changes: &[Change]) -> String {
    let mut digest = Sha256::new();
    for transition in changes.iter().flat_map(|change| &change.leaves) {
        digest.update(
            serde_json::to_vec(&(&transition.resource, &transition.before)).unwrap_or_default(),
        );
    }
    format!("{:x}", digest.finalize())[..16].to_owned()
}

fn unknown(reason: &str) -> Report {
    Report {
        unknown: Some(reason.to_owned()),
        ..Report::of(Outcome::Unknown)
    }
}

fn failed(fault: Fault) -> Report {
    Report {
        fault: Some(fault),
        ..Report::of(Outcome::Failed)
    }
}
