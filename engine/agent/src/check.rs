//! Whether a handler's turn has come.
use play_core::Outcome;
use play_core::message::{Report, StepRequest};
use std::collections::BTreeMap;

/// Ok where the step runs: it is no handler, or was notified. Else how it ends without running.
pub(crate) fn handler_runs(
    step: &StepRequest,
    outcomes: &BTreeMap<u32, Outcome>,
) -> Result<(), Report> {
    let Some(sources) = &step.when_changed else {
        return Ok(());
    };
    let any = |wanted: Outcome| sources.iter().any(|id| outcomes.get(id) == Some(&wanted));
    if step.notified || any(Outcome::Changed) {
        return Ok(());
    }
    let unknown =
        any(Outcome::Unknown).then(|| "it is known whether what notifies it changes".to_owned());
    let outcome = if unknown.is_some() {
        Outcome::Unknown
    } else {
        Outcome::Skipped
    };
    Err(Report {
        unknown,
        ..Report::of(outcome)
    })
}
