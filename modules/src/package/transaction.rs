//! What the package manager would do, as changes.
use super::version;
use super::wanted::Wanted;
use super::{Desired, Package, Upgrade};
use play_core::change::{PACKAGE_KINDS, Transition};
use play_core::query::{PackageRequest, Transaction};
use play_core::resource::Kind;
use play_core::state;
use play_core::{Act, Change, Fault, Plan, Query, Resource, State, View};
use std::cmp::Ordering;

/// A transaction as it looks from here.
pub(super) struct Outlook<'a> {
    view: &'a dyn View,
    request: PackageRequest,
    /// What is known of it.
    known: Transaction,
    /// Why versions, and what comes along, cannot be said yet.
    vague: Option<String>,
}

impl<'a> Outlook<'a> {
    pub(super) fn new(
        view: &'a dyn View,
        request: PackageRequest,
        vague: Option<String>,
        lists: bool,
    ) -> Result<Self, Fault> {
        let mut outlook = Self {
            view,
            request,
            known: Transaction::default(),
            vague,
        };
        // Without lists nothing can be brought; what goes is known without them.
        if !lists && outlook.request.remove.is_empty() && !outlook.request.autoremove {
            return Ok(outlook);
        }
        outlook.ask(outlook.request.clone())?;
        let missing = outlook.known.missing.clone();
        if let (Some(name), None) = (missing.first(), &outlook.vague) {
            return Err(outlook.unheard_of(&bare(name)));
        }
        if !missing.is_empty() {
            let mut rest = outlook.request.clone();
            rest.install
                .retain(|name| !missing.iter().any(|other| bare(other) == bare(name)));
            if rest.install.is_empty() && rest.remove.is_empty() && !rest.upgrade {
                outlook.known = Transaction::default();
            } else {
                outlook.ask(rest)?;
            }
        }
        Ok(outlook)
    }

    fn ask(&mut self, request: PackageRequest) -> Result<(), Fault> {
        match self.view.ask(&Query::Transaction(request)) {
            Ok(answer) => {
                if let Some(words) = answer["error"].as_str() {
                    return Err(Fault::refused("the package transaction", words));
                }
                self.known = serde_json::from_value(answer).map_err(|error| Fault::Bug {
                    message: format!("a package transaction of another shape: {error}"),
                })?;
            }
            Err(Fault::Unknown { reason }) => {
                self.known = Transaction::default();
                self.vague.get_or_insert(reason);
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    /// Why a package cannot be had, and the way out.
    fn unheard_of(&self, name: &str) -> Fault {
        if let (Some(asked), Some(newest)) = (self.version_of(name), self.candidate(name)) {
            return Fault::refused(
                format!("package {name}={asked}"),
                format!("no package list has that version; the newest is {newest}"),
            );
        }
        let likely = name.to_lowercase().replace('_', "-");
        let hint = if likely != name && self.candidate(&likely).is_some() {
            format!("did you mean `{likely}`?")
        } else {
            "no package list has it: check the name, add its repository, or refresh the lists with `update_cache: true`".into()
        };
        Fault::Missing {
            resource: Resource::Package(name.to_owned()),
            hint: Some(hint),
        }
    }

    /// The version asked for, where one is.
    fn version_of(&self, name: &str) -> Option<&str> {
        self.request
            .install
            .iter()
            .filter_map(|wanted| wanted.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, version)| version)
    }

    fn candidate(&self, package: &str) -> Option<String> {
        let query = Query::Candidate {
            package: package.to_owned(),
        };
        let answer = self.view.ask(&query).ok()?;
        answer.as_str().map(str::to_owned)
    }

    /// Puts the change into the plan, where there is one.
    pub(super) fn fill(
        self,
        asked: &Package,
        needed: &[Wanted],
        plan: &mut Plan,
    ) -> Result<(), Fault> {
        self.refuse(asked, needed)?;
        self.refuse_held()?;
        self.refuse_essential()?;
        let leaves = self.transitions(asked, needed)?;
        self.note(asked, needed, &leaves, plan);
        let may_upgrade = self.vague.is_some() && asked.upgrades();
        if leaves.is_empty() && !may_upgrade {
            let perhaps = needed.iter().find_map(|one| one.remains.unknown());
            plan.unknown = perhaps.map(str::to_owned);
            return Ok(());
        }
        if self.vague.is_some() && asked.state == Desired::Absent {
            plan.unknown = needed
                .iter()
                .find_map(|one| one.before.unknown().map(str::to_owned));
        }
        let blurs = self.blurs(asked);
        let mut change = Change::new(Act::Packages(self.request)).blurring(&blurs);
        change.leaves = leaves;
        plan.changes.push(change);
        Ok(())
    }

    /// What it may bring that nobody can list: nothing, where it only removes; but that leaves settings, unless it purges.
    fn blurs(&self, asked: &Package) -> Vec<Kind> {
        let brings = self.vague.is_some()
            || !self.known.install.is_empty()
            || !self.known.upgrade.is_empty()
            || asked.state != Desired::Absent;
        let keeps = !self.known.remove.is_empty() && !asked.purge;
        let brought = PACKAGE_KINDS.iter().copied().filter(|_| brings);
        brought.chain(keeps.then_some(Kind::Remains)).collect()
    }

    fn refuse(&self, asked: &Package, needed: &[Wanted]) -> Result<(), Fault> {
        if asked.upgrade == Upgrade::Safe && !self.known.remove.is_empty() && !asked.autoremove {
            let names: Vec<&str> = self
                .known
                .remove
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            return Err(Fault::refused(
                "the upgrade",
                format!(
                    "it would remove {}; use `upgrade: dist` to allow that",
                    names.join(", ")
                ),
            ));
        }
        for (name, before, after) in &self.known.upgrade {
            if !asked.allow_downgrade && version::compare(after, before) == Ordering::Less {
                return Err(Fault::refused(
                    format!("package {name}"),
                    format!(
                        "{after} is older than {before}, which is installed; add `allow_downgrade: true`"
                    ),
                ));
            }
        }
        for one in needed {
            let (State::Package(package), Some(version)) = (&one.before, &one.version) else {
                continue;
            };
            let changes = self
                .known
                .upgrade
                .iter()
                .any(|(name, ..)| *name == one.name);
            if asked.state == Desired::Present
                && !changes
                && self.vague.is_none()
                && !one.is_installed()
            {
                let held = if package.held { "it is held; " } else { "" };
                return Err(Fault::refused(
                    format!("package {}", one.name),
                    format!(
                        "{held}{} is installed, and the package manager does not bring {version}",
                        package.version
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The package manager's simulation does as if nothing was held, and it then refuses.
    fn refuse_held(&self) -> Result<(), Fault> {
        let upgraded = self.known.upgrade.iter().map(|(name, ..)| name);
        let removed = self.known.remove.iter().map(|(name, _)| name);
        for name in upgraded.chain(removed) {
            let state = self.view.look(&Resource::Package(name.clone()))?;
            if matches!(&state, State::Package(package) if package.held) {
                return Err(Fault::refused(
                    format!("package {name}"),
                    format!("it is held; `apt-mark unhold {name}` lets go"),
                ));
            }
        }
        Ok(())
    }

    /// Nor does the simulation refuse what the package manager then does.
    fn refuse_essential(&self) -> Result<(), Fault> {
        let Some(name) = self.known.essential.first() else {
            return Ok(());
        };
        let named = self.request.remove.contains(name);
        let way_out = if named {
            "leave it out of the task; by hand, `apt-get remove --allow-remove-essential` takes it"
        } else {
            "something in the task needs it gone; leave that out"
        };
        Err(Fault::refused(
            format!("removing package {name}"),
            format!("the machine cannot do without it (essential or protected); {way_out}"),
        ))
    }

    fn transitions(&self, asked: &Package, needed: &[Wanted]) -> Result<Vec<Transition>, Fault> {
        let version = |version: &String| match self.vague {
            Some(_) => String::new(),
            None => version.clone(),
        };
        let mut leaves = Vec::new();
        for (name, new) in &self.known.install {
            self.leave(name, Some(version(new)), &mut leaves)?;
        }
        for (name, _, new) in &self.known.upgrade {
            if self.vague.is_none() {
                self.leave(name, Some(new.clone()), &mut leaves)?;
            }
        }
        for (name, _) in &self.known.remove {
            self.leave(name, None, &mut leaves)?;
        }
        for one in needed {
            if let State::Text(_) = &one.remains {
                leaves.push(Transition {
                    resource: Resource::Remains(one.name.clone()),
                    before: one.remains.clone(),
                    after: State::Absent,
                });
            }
        }
        if self.vague.is_some() {
            for one in needed {
                let removes = asked.state == Desired::Absent;
                let stays =
                    !removes && matches!(one.before, State::Package(_)) && one.version.is_none();
                let listed = leaves
                    .iter()
                    .any(|leaf: &Transition| leaf.resource.name() == one.name);
                if !listed && !stays {
                    self.leave(&one.name, (!removes).then(String::new), &mut leaves)?;
                }
            }
        }
        Ok(leaves)
    }

    fn leave(
        &self,
        name: &str,
        version: Option<String>,
        leaves: &mut Vec<Transition>,
    ) -> Result<(), Fault> {
        let resource = Resource::Package(name.to_owned());
        let before = self.view.look(&resource)?;
        let after = version.map_or(State::Absent, |version| {
            State::Package(state::Package {
                version,
                held: matches!(&before, State::Package(package) if package.held),
            })
        });
        if before != after {
            leaves.push(Transition {
                resource,
                before,
                after,
            });
        }
        Ok(())
    }

    /// What a person should know and would not look for among the changes.
    fn note(&self, asked: &Package, needed: &[Wanted], leaves: &[Transition], plan: &mut Plan) {
        let named = |name: &str| needed.iter().any(|one| one.name == name);
        let removes = asked.state == Desired::Absent;
        for (name, version) in &self.known.remove {
            match removes {
                true if named(name) => {}
                true => plan
                    .notes
                    .push(format!("removes {name} {version} too, which needs it")),
                false => plan.notes.push(format!("removes {name} {version}")),
            }
        }
        if let Some(reason) = &self.vague {
            plan.notes.push(format!(
                "versions and what comes along are known after {reason}"
            ));
            return;
        }
        for one in needed {
            let listed = leaves.iter().any(|leaf| leaf.resource.name() == one.name);
            match &one.before {
                State::Package(package) if package.held && asked.upgrades() && !listed => {
                    plan.notes
                        .push(format!("{} is held at {}", one.name, package.version));
                }
                State::Absent if asked.state != Desired::Absent && !listed => {
                    plan.notes
                        .push(format!("{} is provided by another package", one.name));
                }
                _ => {}
            }
        }
    }
}

/// The name of `name=version`.
fn bare(specification: &str) -> String {
    specification
        .split_once('=')
        .map_or(specification, |(name, _)| name)
        .to_owned()
}
