//! `rollback`: what a run changed on this host, put back.
mod journal;
mod resemblance;

use crate::service::course::Course;
use journal::{Journal, Touched};
use play_core::state::{Active, Enabled, FileKind, Unit};
use play_core::{Act, Change, Fault, Module, Plan, Query, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Puts back what an earlier run changed on this host, as its journal there tells it.
///
/// Files, directories and links, kernel parameters, the host's name, and whether units run and start at boot are put back, the last
/// change first; units the run restarted or reloaded are restarted or reloaded again. What cannot be undone is left, and named: packages, accounts,
/// programs that ran, what held a secret (the journal keeps none), and everything that was changed again since the run. What tasks say to be
/// `irreversible` is left too, with their reason. Of tasks with `no_log` the journal has only that they changed something. `play rollback RUN` is a playbook of this one task.
///
/// # Example
///
/// ```yaml
/// - name: as it was before last night
///   rollback: {run: 20261122-093000-1a2b}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// The run's name, as its first line and its summary show it.
    pub run: String,
}

impl Module for Rollback {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let answer = view.ask(&Query::Journal {
            run: self.run.clone(),
        })?;
        if answer.is_null() {
            return Ok(
                Plan::nothing().noting(format!(
                    "this host has no journal of the run {}: it changed nothing here, or is older than what --keep-runs keeps",
                    self.run
                ))
            );
        }
        let journal = Journal::read(answer)?;
        let mut undoing = Undoing {
            view,
            plan: Plan::nothing(),
            gone: BTreeSet::new(),
        };
        for touched in journal.resources() {
            undoing.resource(&touched)?;
        }
        if !undoing.plan.changes.is_empty() {
            undoing.follow(&journal)?;
        }
        for words in journal.beyond() {
            undoing.leave(&words);
        }
        Ok(undoing.plan)
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::everything()]
    }
}

struct Undoing<'a> {
    view: &'a dyn View,
    plan: Plan,
    /// Paths this plan removes.
    gone: BTreeSet<String>,
}

impl Undoing<'_> {
    fn leave(&mut self, words: &str) {
        self.plan.notes.push(format!("not undone: {words}"));
    }

    fn resource(&mut self, touched: &Touched) -> Result<(), Fault> {
        let resource = &touched.resource;
        let now = self.view.look(resource)?;
        if let Some(reason) = now.unknown() {
            return Err(Fault::Unknown {
                reason: reason.to_owned(),
            });
        }
        if let Some(kept) = &touched.kept {
            self.leave(&format!("{resource}: {kept}"));
        }
        if touched.before == touched.after
            || resemblance::same(&touched.before, &now) && touched.lost.is_none()
        {
            return Ok(());
        }
        if !resemblance::same(&touched.after, &now) {
            self.leave(&format!(
                "{resource} was changed again since ({})",
                touched.label
            ));
            return Ok(());
        }
        if let Some(lost) = &touched.lost {
            self.leave(&format!("{resource}: {lost} ({})", touched.label));
            return Ok(());
        }
        match (resource, &touched.before, &now) {
            (Resource::File(path), State::Absent, State::File(file))
                if file.kind == FileKind::Directory && !self.will_be_empty(path)? =>
            {
                self.leave(&format!("{resource} holds what the run did not put there"));
            }
            (Resource::File(path), before, _) => {
                if before.is_absent() {
                    self.gone.insert(path.clone());
                }
                // The run knew them; this one may not.
                let secrets = resemblance::secrets(&touched.after, &now);
                self.put(resource, now.clone(), before, secrets);
            }
            (Resource::Sysctl(_) | Resource::Hostname, State::Text(_), _) => {
                self.put(resource, now.clone(), &touched.before, Vec::new());
            }
            (Resource::Unit(name), before, State::Unit(unit)) => self.unit(name, before, unit)?,
            _ => self.leave(&format!(
                "{resource} stays as the run left it ({})",
                touched.label
            )),
        }
        Ok(())
    }

    fn put(&mut self, resource: &Resource, now: State, before: &State, secrets: Vec<String>) {
        let change = Change::put(resource.clone(), now, before.clone()).hiding(secrets);
        self.plan.changes.push(change);
    }

    fn will_be_empty(&self, path: &str) -> Result<bool, Fault> {
        let names = self.view.list(path)?;
        Ok(names
            .iter()
            .all(|name| self.gone.contains(&format!("{path}/{name}"))))
    }

    /// A unit that was not there before is stopped and disabled; its file is another resource.
    fn unit(&mut self, name: &str, before: &State, now: &Unit) -> Result<(), Fault> {
        let (active, enabled) = match before {
            State::Unit(unit) => (unit.active, unit.enabled),
            _ => (Active::Inactive, Enabled::Disabled),
        };
        let mut course = Course::known(name, now.clone());
        if now.enabled == Enabled::Masked && enabled != Enabled::Masked {
            course.unmask(enabled);
        }
        match enabled {
            Enabled::Enabled => course.enable(true)?,
            Enabled::Disabled if now.enabled == Enabled::Enabled => course.enable(false)?,
            _ => {}
        }
        if active == Active::Active {
            course.start()?;
        } else {
            course.stop();
        }
        if enabled == Enabled::Masked {
            course.mask();
        }
        self.plan.changes.extend(course.changes);
        self.plan.notes.extend(course.notes);
        Ok(())
    }

    /// What the run had read anew reads the old again.
    fn follow(&mut self, journal: &Journal) -> Result<(), Fault> {
        if journal.reloads_units() {
            self.plan.changes.push(Change::new(Act::DaemonReload));
        }
        for (unit, verb) in journal.followers() {
            let stops = self.plan.changes.iter().any(
                |change| matches!(&change.act, Act::Unit { unit: other, .. } if *other == unit),
            );
            if let (State::Unit(now), false) =
                (self.view.look(&Resource::Unit(unit.clone()))?, stops)
                && now.active == Active::Active
            {
                self.plan.changes.push(
                    Change::new(Act::Unit { unit, verb }).because("what it reads was put back"),
                );
            }
        }
        Ok(())
    }
}
