//! `docker_compose`: a project of Docker Compose, compared service by service.
mod comparison;
mod definition;
mod project;

use crate::list::List;
use comparison::Comparison;
use play_core::act::{Compose, ComposeVerb};
use play_core::resource::Kind;
use play_core::state;
use play_core::{Act, Change, Fault, Module, Plan, Resource, State, Touch, View};
use project::Resolved;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Brings up, stops and takes down a project of Docker Compose.
///
/// What the files resolve to is compared with what runs, service by service, the content of bound files included; a service is
/// made anew only where something in it changed, and the plan says what. A file that is bound without `read_only` is the service's to write:
/// what is in it does not matter, only whether another file was put in its place, as every module here does to change one; until it is made anew, the
/// service sees the old one. A dry run of docker is never asked. Images are
/// pulled and built before anything is stopped. A service that has done its task (it ended with 0, is not restarted and publishes no port) runs
/// again only where something in it changed. Volumes are never removed unless `remove_volumes` says so.
///
/// # Example
///
/// ```yaml
/// - name: the wiki
///   docker_compose:
///     project_src: /srv/wiki
///     env_files: [/srv/wiki/wiki.env]
///     remove_orphans: true
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DockerCompose {
    /// The directory of the project on the host.
    pub project_src: String,
    /// The project's name; the name of the directory where it is not given.
    #[serde(default)]
    pub project_name: Option<String>,
    /// Compose files, relative to the directory; compose's own choice where none is given.
    #[serde(default)]
    pub files: List,
    /// Profiles to enable.
    #[serde(default)]
    pub profiles: List,
    /// Files with variables, relative to the directory, instead of `.env`.
    #[serde(default)]
    pub env_files: List,
    /// Running, stopped, restarted (each time), or taken down.
    #[serde(default)]
    pub state: Desired,
    /// When to pull images: where they are missing, each time, never.
    #[serde(default)]
    pub pull: Pull,
    /// Build images each time; those that are missing and can be built are built anyway.
    #[serde(default)]
    pub build: bool,
    /// When to make containers anew: where something changed, each time, never.
    #[serde(default)]
    pub recreate: Recreate,
    /// Remove containers of services that are no longer in the files.
    #[serde(default)]
    pub remove_orphans: bool,
    /// With `state: absent`, of a project that still has containers: remove the volumes too, and what is in them.
    #[serde(default)]
    pub remove_volumes: bool,
    /// Wait until every service runs and is healthy.
    #[serde(default = "yes")]
    pub wait: bool,
    /// Seconds to wait.
    #[serde(default = "two_minutes")]
    pub wait_timeout: u64,
    /// Restarts after which a service that does not come up is given up, its neighbours having started: docker pauses 0.1 s before the
    /// first and twice as long before each further one, so eight are a quarter of a minute at least, and more for a program that takes its time to end.
    #[serde(default = "eight")]
    pub wait_restarts: u64,
    /// Only these services; all where none is given.
    #[serde(default)]
    pub services: List,
}

fn yes() -> bool {
    true
}

fn two_minutes() -> u64 {
    120
}

fn eight() -> u64 {
    8
}

/// What of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    #[default]
    Present,
    Stopped,
    Restarted,
    Absent,
}

/// When images are pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pull {
    #[default]
    #[serde(alias = "policy")]
    Missing,
    Always,
    Never,
}

/// When containers are made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recreate {
    #[default]
    Auto,
    Always,
    Never,
}

impl Module for DockerCompose {
    fn sensible(&self) -> Result<(), Fault> {
        if !self.project_src.starts_with('/') {
            return Err(Fault::arguments(
                "`project_src` is an absolute path on the host",
            ));
        }
        if self.remove_volumes && self.state != Desired::Absent {
            return Err(Fault::arguments(
                "`remove_volumes` goes with `state: absent` only",
            ));
        }
        if self.wait_restarts == 0 {
            return Err(Fault::arguments(
                "`wait_restarts` is 1 at least: a service is given up after that many restarts",
            ));
        }
        let name = self.name();
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        let begins = name
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !begins || !name.chars().all(legal) {
            return Err(Fault::arguments(format!(
                "`{name}` is not a project's name: small letters, digits, `-` and `_`; give one as `project_name`"
            )));
        }
        if self.state == Desired::Absent && !self.services.is_empty() {
            return Err(Fault::arguments(
                "`state: absent` is of the whole project; leave out `services`",
            ));
        }
        Ok(())
    }

    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        let live = self.live(view)?;
        match self.state {
            Desired::Absent => Ok(self.down(live)),
            Desired::Stopped => Ok(self.stop(live)),
            Desired::Present | Desired::Restarted => match Resolved::ask(self, view, &live)? {
                Ok(resolved) => self.up(view, &resolved, live),
                Err(plan) => Ok(plan),
            },
        }
    }

    fn touches(&self) -> Vec<Touch> {
        const READS: &[Kind] = &[
            Kind::File,
            Kind::Package,
            Kind::Unit,
            Kind::Sysctl,
            Kind::Table,
            Kind::Tunnel,
            Kind::Checkout,
            // What a task says it writes and only its author has a name for: images, say.
            Kind::Other,
        ];
        std::iter::once(Touch::write(self.resource()))
            .chain(READS.iter().map(|kind| Touch::read_every(*kind)))
            .collect()
    }

    fn settles(&self) -> bool {
        self.state != Desired::Restarted
            && (self.state != Desired::Present
                || (self.pull != Pull::Always && !self.build && self.recreate != Recreate::Always))
    }
}

impl DockerCompose {
    fn resource(&self) -> Resource {
        Resource::Project(self.name())
    }

    /// As compose makes one of a directory: small letters, and nothing it does not allow.
    fn name(&self) -> String {
        if let Some(name) = &self.project_name {
            return name.clone();
        }
        let folder = self.project_src.trim_end_matches('/');
        let last = folder.rsplit_once('/').map_or(folder, |(_, last)| last);
        last.to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
            .collect::<String>()
            .trim_start_matches(['-', '_'])
            .to_owned()
    }

    fn directory(&self) -> String {
        self.project_src.trim_end_matches('/').to_owned()
    }

    /// Paths as compose finds them from anywhere.
    fn paths(&self, names: &List) -> Vec<String> {
        names
            .iter()
            .map(|name| {
                if name.starts_with('/') {
                    name.clone()
                } else {
                    format!("{}/{name}", self.directory())
                }
            })
            .collect()
    }

    /// What runs. Where there is no docker, and something imagined may have brought it, nothing runs.
    fn live(&self, view: &dyn View) -> Result<State, Fault> {
        match view.look(&self.resource()) {
            Err(Fault::Unsupported { .. }) if view.blurred(Kind::Package).is_some() => {
                Ok(State::Absent)
            }
            Ok(State::Project(project)) if project.services.is_empty() => Ok(State::Absent),
            state => state,
        }
    }

    fn act(&self, verb: ComposeVerb) -> Compose {
        Compose {
            project: self.name(),
            directory: self.directory(),
            files: self.paths(&self.files),
            profiles: self.profiles.0.clone(),
            environment_files: self.paths(&self.env_files),
            verb,
            services: self.services.0.clone(),
            recreate: Vec::new(),
            renew: false,
            definitions: std::collections::BTreeMap::new(),
            remove_orphans: self.remove_orphans,
            remove_volumes: self.remove_volumes,
            wait: self.wait.then_some(self.wait_timeout),
            restarts: self.wait_restarts,
        }
    }

    fn down(&self, live: State) -> Plan {
        match live {
            State::Absent => Plan::nothing(),
            live => {
                let mut plan = Plan::nothing();
                plan.unknown = live.unknown().map(str::to_owned);
                if self.remove_volumes {
                    plan.notes
                        .push("the project's volumes are removed, with what is in them".into());
                }
                let act = Act::Compose(self.act(ComposeVerb::Down));
                plan.changes
                    .push(Change::new(act).leaving(self.resource(), live, State::Absent));
                plan
            }
        }
    }

    fn stop(&self, live: State) -> Plan {
        let State::Project(project) = &live else {
            return live.unknown().map_or_else(Plan::nothing, Plan::unknown);
        };
        let mut after = project.clone();
        for (name, service) in &mut after.services {
            if self.concerns(name) {
                service.running = 0;
            }
        }
        if after == *project {
            return Plan::nothing();
        }
        let act = Act::Compose(self.act(ComposeVerb::Stop));
        Change::new(act)
            .leaving(self.resource(), live, State::Project(after))
            .into()
    }

    fn concerns(&self, service: &str) -> bool {
        self.services.is_empty() || self.services.iter().any(|name| name == service)
    }

    fn up(&self, view: &dyn View, resolved: &Resolved, live: State) -> Result<Plan, Fault> {
        let comparison = Comparison::new(self, view, resolved, &live)?;
        let mut plan = Plan::nothing();
        plan.notes.clone_from(&comparison.notes);
        for (verb, services) in comparison.preparations(self) {
            plan.changes.push(Change::new(Act::Compose(Compose {
                services,
                ..self.act(verb)
            })));
        }
        let renew = !plan.changes.is_empty() && self.recreate != Recreate::Never;
        let differs = comparison.after != *comparison.before();
        if differs || !comparison.recreate.is_empty() || !plan.changes.is_empty() {
            let mut change = Change::new(Act::Compose(Compose {
                recreate: comparison.recreate.clone(),
                renew,
                definitions: comparison.definitions.clone(),
                ..self.act(ComposeVerb::Up)
            }));
            if differs {
                let before = match live {
                    State::Project(_) => State::Project(comparison.before().clone()),
                    live => live,
                };
                let after = State::Project(comparison.after.clone());
                change = change.leaving(self.resource(), before, after);
            }
            change.reason = comparison.reason();
            plan.changes.push(change);
        }
        if self.state == Desired::Restarted {
            plan.changes
                .extend(self.restart(&comparison, !plan.changes.is_empty()));
        }
        Ok(plan)
    }

    /// The restart of those that ran before; where some are brought up anyway, not of these.
    fn restart(&self, comparison: &Comparison, some_come_up: bool) -> Option<Change> {
        let act = self.act(ComposeVerb::Restart);
        if !some_come_up {
            return Some(Change::new(Act::Compose(act)));
        }
        let before = &comparison.before().services;
        let services: Vec<String> = comparison
            .definitions
            .keys()
            .filter(|name| {
                before.get(*name).is_some_and(|service| service.running > 0)
                    && self.concerns(name)
                    && !comparison.recreate.contains(name)
            })
            .cloned()
            .collect();
        (!services.is_empty()).then(|| Change::new(Act::Compose(Compose { services, ..act })))
    }

    /// One service that stands for all: what is known of a project that nobody can resolve yet.
    fn unresolved(digest: &str) -> state::Project {
        let service = state::Service {
            running: 1,
            definition: digest.to_owned(),
            ..state::Service::default()
        };
        state::Project {
            services: [(project::ALL.to_owned(), service)].into(),
        }
    }
}
