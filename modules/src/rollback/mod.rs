//! `rollback`: what a run changed on this host, put back.
mod file;
mod journal;
mod resemblance;
mod table;

use crate::service::course::{Course, FLUSHES};
use journal::{Journal, Stays, Touched};
use play_core::act::UnitVerb;
use play_core::state::{Active, Enabled, FileKind, Unit};
use play_core::{Act, Change, Fault, Module, Plan, Query, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Puts back what an earlier run changed on this host, as its journal there tells it.
///
/// Files, directories and links, kernel parameters, tables of nftables, the host's name, and whether units run and start at boot are put back, the last
/// change first; units the run restarted or reloaded are restarted or reloaded again. What cannot be undone is left, and named: packages, accounts
/// with their homes, programs that ran, what was in a folder that was removed, what held a secret (the journal keeps none), and everything that was changed again since the run. What tasks say to be
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
            folders: BTreeSet::new(),
            stays: journal.stays(),
        };
        for touched in journal.resources() {
            undoing.resource(&touched)?;
        }
        if !undoing.plan.changes.is_empty() {
            undoing.follow(&journal)?;
        }
        undoing.tunnels(&journal);
        undoing.plan.changes.sort_by_key(is_kernel_parameter);
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
    /// Folders it puts back.
    folders: BTreeSet<String>,
    stays: Stays,
}

/// They come last: what is restarted may set some itself, as Docker does with `net.ipv4.ip_forward`.
fn is_kernel_parameter(change: &Change) -> bool {
    let mut leaves = change.leaves.iter();
    leaves.any(|leaf| matches!(leaf.resource, Resource::Sysctl(_)))
}

/// Whether the kind can be brought back at all: of the others nothing is said but that they stay.
fn is_put_back(resource: &Resource) -> bool {
    matches!(
        resource,
        Resource::File(_)
            | Resource::Sysctl(_)
            | Resource::Hostname
            | Resource::Table(_)
            | Resource::Unit(_)
    )
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
        let known = touched.lost.is_none();
        if known && (touched.before == touched.after || resemblance::same(&touched.before, &now)) {
            return Ok(());
        }
        let label = &touched.label;
        match resource {
            Resource::File(path) => self.file(path, touched, now),
            // Whether it is there is its unit's, of which more is known behind all the rest.
            Resource::Tunnel(_) => Ok(()),
            // It may stop all the same, where the engine is restarted.
            Resource::Project(_) => {
                self.leave(&format!("{resource} is not taken down ({label})"));
                Ok(())
            }
            _ if !is_put_back(resource) => {
                self.leave(&format!("{resource} stays as it is ({label})"));
                Ok(())
            }
            _ if !resemblance::same(&touched.after, &now)
                && !self.means_the_same(touched, &now) =>
            {
                self.leave(&format!("{resource} was changed again since ({label})"));
                Ok(())
            }
            _ if !known => {
                let lost = touched.lost.as_deref().unwrap_or_default();
                self.leave(&format!("{resource}: {lost} ({label})"));
                Ok(())
            }
            _ => self.live(touched, &now),
        }
    }

    /// Interfaces of which no unit that is stopped takes care.
    fn tunnels(&mut self, journal: &Journal) {
        for touched in journal.resources() {
            let Resource::Tunnel(interface) = &touched.resource else {
                continue;
            };
            let unit = format!("wg-quick@{interface}.service");
            let stops = |change: &Change| matches!(&change.act, Act::Unit { unit: other, verb: UnitVerb::Stop } if *other == unit);
            let differs = touched.before != touched.after;
            if differs && !self.plan.changes.iter().any(stops) {
                self.leave(&format!(
                    "{} stays as it is ({})",
                    touched.resource, touched.label
                ));
            }
        }
    }

    /// What runs, as far as it can be brought back without its file.
    fn live(&mut self, touched: &Touched, now: &State) -> Result<(), Fault> {
        let resource = &touched.resource;
        match (resource, &touched.before, now) {
            (Resource::Sysctl(_) | Resource::Hostname, State::Text(_), _) => {
                self.put(resource, now.clone(), &touched.before, Vec::new());
            }
            (Resource::Table(table), before, _) => self.table(table, now.clone(), before),
            (Resource::Unit(name), before, State::Unit(unit)) => self.unit(name, before, unit)?,
            _ => self.leave(&format!("{resource} stays as it is ({})", touched.label)),
        }
        Ok(())
    }

    fn put(&mut self, resource: &Resource, now: State, before: &State, secrets: Vec<String>) {
        if let (Resource::File(path), State::File(file)) = (resource, before)
            && file.kind == FileKind::Directory
        {
            self.folders.insert(path.clone());
        }
        let change = Change::put(resource.clone(), now, before.clone()).hiding(secrets);
        self.plan.changes.push(change);
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
        } else if name == FLUSHES {
            if now.active == Active::Active {
                self.leave(&format!(
                    "unit {name} runs: to stop it would remove every table, also those of others"
                ));
            }
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
