//! A project as it should be beside the one that runs.
use super::definition::Definition;
use super::project::Resolved;
use super::{DockerCompose, Pull, Recreate};
use play_core::act::ComposeVerb;
use play_core::resource::Kind;
use play_core::state::{Health, Project, Service};
use play_core::{Fault, Query, State, Value, View};
use std::collections::{BTreeMap, BTreeSet};

/// What differs, service by service.
pub(super) struct Comparison {
    before: Project,
    pub(super) after: Project,
    pub(super) recreate: Vec<String>,
    pub(super) definitions: BTreeMap<String, String>,
    pub(super) notes: Vec<String>,
    /// Services whose images are not on the host, and whether they can be built.
    lacking: Vec<(String, bool)>,
    reasons: Vec<String>,
    /// In a check: what comes before may bring images, for this reason.
    brought: Option<String>,
}

impl Comparison {
    pub(super) fn new(
        wanted: &DockerCompose,
        view: &dyn View,
        resolved: &Resolved,
        live: &State,
    ) -> Result<Self, Fault> {
        let mut before = match live {
            State::Project(project) => project.clone(),
            _ => Project::default(),
        };
        for (name, definition) in &resolved.services {
            if let Some(service) = before.services.get_mut(name) {
                definition.outdate(service);
            }
        }
        let mut comparison = Self {
            after: before.clone(),
            before,
            recreate: Vec::new(),
            definitions: BTreeMap::new(),
            notes: Vec::new(),
            lacking: Vec::new(),
            reasons: Vec::new(),
            brought: view.blurred(Kind::Other),
        };
        let images = images(view, resolved)?;
        for (name, definition) in &resolved.services {
            comparison
                .definitions
                .insert(name.clone(), definition.label.clone());
            if wanted.concerns(name) {
                let image = definition
                    .image
                    .as_ref()
                    .and_then(|image| images[image].as_str());
                comparison.compare(wanted, name, definition, image)?;
            }
        }
        while comparison.follow(wanted, resolved) {}
        comparison.orphans(wanted, resolved);
        for words in &resolved.differing {
            let lost = if words.starts_with("volume") {
                "; what is in it goes then"
            } else {
                ""
            };
            comparison.notes.push(format!(
                "{words} is not as the files say, and stays so until the project is taken down (`state: absent`) and it is made anew{lost}"
            ));
        }
        Ok(comparison)
    }

    pub(super) fn before(&self) -> &Project {
        &self.before
    }

    fn compare(
        &mut self,
        wanted: &DockerCompose,
        name: &str,
        definition: &Definition,
        image: Option<&str>,
    ) -> Result<(), Fault> {
        let live = self.before.services.get(name).cloned();
        if definition.replicas == 0 {
            self.after.services.remove(name);
            return Ok(());
        }
        let mut why = match &live {
            Some(live) => differences(definition, live, image),
            None => Vec::new(),
        };
        if wanted.recreate == Recreate::Always && live.is_some() && why.is_empty() {
            why.push("asked for".into());
        }
        let anew = match (&live, wanted.recreate) {
            (None, _) => true,
            (Some(_), Recreate::Never) if !why.is_empty() => {
                self.notes.push(format!(
                    "{name} is not made anew although {}",
                    why.join(", ")
                ));
                false
            }
            _ => !why.is_empty(),
        };
        if anew && image.is_none() {
            self.lack(wanted, name, definition)?;
        }
        let service = match live {
            Some(live) if !anew => running(live, definition),
            _ => created(definition, image),
        };
        if anew && self.before.services.contains_key(name) {
            self.recreate.push(name.to_owned());
            self.reasons
                .push(format!("{name} is made anew: {}", why.join(", ")));
        }
        if service.health == Health::Bad {
            self.notes.push(format!("{name} runs and is unhealthy"));
        }
        self.after.services.insert(name.to_owned(), service);
        Ok(())
    }

    /// Makes one more service anew, as one is whose network it uses: it would stay in the network of the container that goes.
    fn follow(&mut self, wanted: &DockerCompose, resolved: &Resolved) -> bool {
        let follows = |(name, definition): &(&String, &Definition)| {
            let of = (definition.shares.iter()).find(|other| self.recreate.contains(other))?;
            let stays = wanted.concerns(name)
                && self.before.services.contains_key(*name)
                && self.after.services.contains_key(*name)
                && !self.recreate.contains(name);
            stays.then(|| ((*name).clone(), of.clone()))
        };
        let Some((name, of)) = resolved.services.iter().find_map(|each| follows(&each)) else {
            return false;
        };
        self.reasons.push(format!(
            "{name} is made anew: {of} is, whose network it uses"
        ));
        if let Some(service) = self.after.services.get_mut(&name) {
            service.sees.clone_from(&resolved.services[&name].replaced);
        }
        self.recreate.push(name);
        true
    }

    fn lack(
        &mut self,
        wanted: &DockerCompose,
        name: &str,
        definition: &Definition,
    ) -> Result<(), Fault> {
        let image = definition.image.as_deref().unwrap_or("its image");
        if definition.builds {
            self.notes.push(format!("{name}: {image} will be built"));
        } else if wanted.pull == Pull::Never || definition.never_pulled {
            if let Some(reason) = self.brought.clone() {
                return Err(Fault::Unknown { reason });
            }
            let what = match wanted.pull {
                Pull::Never => "`pull: never`",
                _ => "its `pull_policy: never`",
            };
            return Err(Fault::refused(
                format!("service {name}"),
                format!(
                    "its image {image} is not on the host, and {what} keeps it from being pulled"
                ),
            ));
        } else {
            self.notes.push(format!("{name}: {image} will be pulled"));
        }
        self.lacking.push((name.to_owned(), definition.builds));
        Ok(())
    }

    fn orphans(&mut self, wanted: &DockerCompose, resolved: &Resolved) {
        for name in self.before.services.keys() {
            if resolved.services.contains_key(name) {
                continue;
            }
            if resolved.dormant.contains(name) {
                self.notes.push(format!(
                    "{name} runs, and none of its profiles is enabled; it stays"
                ));
            } else if wanted.remove_orphans {
                self.after.services.remove(name);
                self.reasons
                    .push(format!("{name} is removed: it is no longer in the files"));
            } else {
                self.notes.push(format!(
                    "{name} runs and is not in the files; `remove_orphans: true` removes it"
                ));
            }
        }
    }

    /// What is done before anything is stopped: a pull or a build that fails leaves everything as it was.
    pub(super) fn preparations(&self, wanted: &DockerCompose) -> Vec<(ComposeVerb, Vec<String>)> {
        let lacking = |builds: bool| -> Vec<String> {
            self.lacking
                .iter()
                .filter(|(_, can)| *can == builds)
                .map(|(name, _)| name.clone())
                .collect()
        };
        let (pulls, builds) = (lacking(false), lacking(true));
        let mut all = Vec::new();
        if wanted.pull == Pull::Always {
            all.push((ComposeVerb::Pull, wanted.services.0.clone()));
        } else if !pulls.is_empty() {
            all.push((ComposeVerb::Pull, pulls));
        }
        if wanted.build {
            all.push((ComposeVerb::Build, wanted.services.0.clone()));
        } else if !builds.is_empty() {
            all.push((ComposeVerb::Build, builds));
        }
        all
    }

    pub(super) fn reason(&self) -> Option<String> {
        (!self.reasons.is_empty()).then(|| self.reasons.join("; "))
    }
}

/// The ids of the images there are, by reference.
fn images(view: &dyn View, resolved: &Resolved) -> Result<Value, Fault> {
    let mut references: Vec<String> = resolved
        .services
        .values()
        .filter_map(|definition| definition.image.clone())
        .collect();
    references.sort();
    references.dedup();
    match view.ask(&Query::Images { references }) {
        Err(Fault::Unknown { .. } | Fault::Unsupported { .. }) => Ok(Value::Null),
        answer => answer,
    }
}

/// Why a service's containers must be made anew, in words.
fn differences(definition: &Definition, live: &Service, image: Option<&str>) -> Vec<String> {
    let mut why: Vec<String> = match definition.changed(live) {
        Some(names) => names.iter().map(|name| format!("{name} changed")).collect(),
        None => vec!["its containers were made by something else".into()],
    };
    if !live.definition.is_empty() {
        let changed = |path: &String| format!("file {path} changed");
        why.extend(live.outdated.iter().map(changed));
    }
    if let Some(id) = image
        && !live.image.is_empty()
        && live.image != id
    {
        why.push("image id changed".into());
    }
    why
}

/// A service that stays, with as many containers as it should have. A one-shot service that is done has run.
fn running(live: Service, definition: &Definition) -> Service {
    match live.health {
        Health::Done => live,
        health => Service {
            health: if live.running == 0 {
                Health::Good
            } else {
                health
            },
            sees: match live.running {
                0 => definition.replaced.clone(),
                _ => live.sees,
            },
            running: definition.replicas,
            ..live
        },
    }
}

/// A service whose containers are made, or made anew.
fn created(definition: &Definition, image: Option<&str>) -> Service {
    Service {
        running: definition.replicas,
        definition: definition.label.clone(),
        attributes: definition.attributes.clone(),
        image: image.unwrap_or_default().to_owned(),
        outdated: BTreeSet::new(),
        sees: definition.replaced.clone(),
        health: Health::Good,
    }
}
