//! Whether a check on bare hosts foretold what an apply then did.

use crate::play::Run;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Host, task, item and place: a task may be there twice.
type Key = [String; 4];

fn by_task<'a>(run: &'a Run, kind: &str) -> BTreeMap<Key, Vec<&'a Value>> {
    let mut tasks: BTreeMap<Key, Vec<&Value>> = BTreeMap::new();
    for event in run.of(kind) {
        let key = ["host", "task", "item", "at"].map(|name| event[name].to_string());
        tasks.entry(key).or_default().push(event);
    }
    tasks
}

/// # Panics
/// Where something was done that the check had not said, or something said was not done.
#[track_caller]
pub(super) fn expect_forecast(check: &Run, apply: &Run) {
    let (planned, made) = (
        by_task(check, "task_planned"),
        by_task(apply, "task_finished"),
    );
    assert!(made.len() > 100, "only {} tasks were run", made.len());
    let mut wrong = Vec::new();
    for (key, events) in &made {
        let none = Vec::new();
        let plans = planned.get(key).unwrap_or(&none);
        if plans.len() != events.len() {
            wrong.push(format!("{key:?}: planned {} times", plans.len()));
        }
        let pairs = plans.iter().zip(events);
        wrong.extend(pairs.filter_map(|(plan, event)| differs(plan, event)));
    }
    let never = planned.keys().filter(|key| !made.contains_key(*key));
    wrong.extend(never.map(|key| format!("{key:?}: planned, and never run")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is not as it was planned. A task that cannot be known may do anything; all others what was said.
fn differs(plan: &Value, event: &Value) -> Option<String> {
    let outcomes = [&plan["outcome"], &event["outcome"]].map(|one| one.as_str().unwrap_or("none"));
    let name = format!("{} {} ({})", event["host"], event["task"], event["item"]);
    match outcomes {
        ["unknown", _] => None,
        ["changed", "changed"] => {
            let unforeseen = unforeseen(plan, event);
            (!unforeseen.is_empty()).then(|| format!("{name}: not planned: {unforeseen:?}"))
        }
        // a package may bring what was to be done already: the plan says that it may
        ["changed", "unchanged"] if plan.to_string().contains("after package") => None,
        [plan, made] if plan == made => None,
        [plan, made] => Some(format!("{name}: planned as {plan}, made as {made}")),
    }
}

fn resources(event: &Value) -> BTreeSet<&str> {
    let changes = event["changes"].as_array().into_iter().flatten();
    changes.filter_map(|one| one["resource"].as_str()).collect()
}

/// What was changed and not in the plan. Which packages come along is not known without package lists, and the folder of a
/// planned file may be another package's.
fn unforeseen<'a>(plan: &Value, event: &'a Value) -> Vec<&'a str> {
    let planned = resources(plan);
    let comes_along = |one: &str| {
        one.starts_with("package ") && planned.iter().any(|known| known.starts_with("package "))
            || planned
                .iter()
                .any(|known| known.starts_with(&format!("{one}/")))
    };
    let made = resources(event).into_iter();
    made.filter(|one| !planned.contains(one) && !comes_along(one))
        .collect()
}
