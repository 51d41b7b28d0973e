//! The journal of a run: what became of each resource over all of it.
use play_core::act::UnitVerb;
use play_core::{Act, Fault, Resource, State, Value};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Its lines, in the order they were written.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Journal {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    label: String,
    act: Value,
    steps: Vec<Step>,
    #[serde(default)]
    irreversible: Option<String>,
}

#[derive(Deserialize)]
struct Step {
    resource: Resource,
    before: State,
    after: State,
    #[serde(default)]
    lost: Option<String>,
}

/// A resource as the run found it, and as it left it.
pub(super) struct Touched {
    pub(super) resource: Resource,
    pub(super) before: State,
    pub(super) after: State,
    /// Why `before` is not what it was.
    pub(super) lost: Option<String>,
    /// The last task that changed it.
    pub(super) label: String,
    /// Why nothing that was before the last of it that is irreversible comes back, and the task that says so.
    pub(super) kept: Option<String>,
}

/// What the run made that a rollback leaves.
#[derive(Default)]
pub(super) struct Stays {
    /// Homes of accounts, each with the task that made the account.
    pub(super) homes: Vec<(String, String)>,
    /// Working trees that were cloned.
    pub(super) checkouts: BTreeSet<String>,
}

impl Journal {
    pub(super) fn read(answer: Value) -> Result<Self, Fault> {
        serde_json::from_value(answer).map_err(|error| {
            Fault::stated(format!(
                "the journal is not one this version wrote: {error}"
            ))
        })
    }

    /// Every resource once, the one changed last first.
    pub(super) fn resources(&self) -> Vec<Touched> {
        let mut found: Vec<Touched> = Vec::new();
        let steps = self
            .entries
            .iter()
            .rev()
            .flat_map(|entry| entry.steps.iter().rev().map(move |step| (entry, step)));
        for (entry, step) in steps {
            let kept = entry.irreversible.as_ref();
            let kept = kept.map(|why| format!("{why} ({})", entry.label));
            match found.iter_mut().find(|one| one.resource == step.resource) {
                Some(known) if known.kept.is_some() => {}
                Some(known) => {
                    known.kept = kept;
                    // What the irreversible one left is as far back as it goes.
                    if known.kept.is_none() {
                        known.before = step.before.clone();
                        known.lost.clone_from(&step.lost);
                    }
                }
                None => found.push(Touched {
                    resource: step.resource.clone(),
                    before: if kept.is_some() {
                        &step.after
                    } else {
                        &step.before
                    }
                    .clone(),
                    after: step.after.clone(),
                    lost: step.lost.clone(),
                    label: entry.label.clone(),
                    kept,
                }),
            }
        }
        found
    }

    /// What the run made that a rollback leaves.
    pub(super) fn stays(&self) -> Stays {
        let mut stays = Stays::default();
        for entry in &self.entries {
            for step in &entry.steps {
                match (&step.resource, &step.before, &step.after) {
                    (Resource::User(_), State::Absent, State::User(user)) => {
                        stays.homes.push((user.home.clone(), entry.label.clone()));
                    }
                    (Resource::Checkout(path), State::Absent, _) => {
                        stays.checkouts.insert(path.clone());
                    }
                    _ => {}
                }
            }
        }
        stays
    }

    fn acts(&self) -> impl Iterator<Item = Act> {
        self.entries
            .iter()
            .filter_map(|entry| serde_json::from_value(entry.act.clone()).ok())
    }

    pub(super) fn reloads_units(&self) -> bool {
        self.acts().any(|act| matches!(act, Act::DaemonReload))
    }

    /// Units the run had read their files again, each once.
    pub(super) fn followers(&self) -> Vec<(String, UnitVerb)> {
        let mut found: Vec<(String, UnitVerb)> = Vec::new();
        for act in self.acts() {
            if let Act::Unit {
                unit,
                verb: verb @ (UnitVerb::Restart | UnitVerb::Reload),
            } = act
                && !found.iter().any(|(known, _)| *known == unit)
            {
                found.push((unit, verb));
            }
        }
        found
    }

    /// Tasks whose acts leave nothing that could be put back.
    pub(super) fn beyond(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for entry in &self.entries {
            let kind = entry
                .act
                .as_str()
                .or_else(|| entry.act.as_object()?.keys().next().map(String::as_str));
            let words = match kind.unwrap_or_default() {
                "command" => "a program ran",
                "hidden" => "what a task with no_log changed is not known",
                "compose" => "docker compose ran",
                "reboot" => "the machine was restarted",
                _ => continue,
            };
            let why = entry.irreversible.as_ref();
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            let words = format!("{words}{why} ({})", entry.label);
            if !found.contains(&words) {
                found.push(words);
            }
        }
        found
    }
}
