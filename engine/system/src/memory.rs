//! A machine in memory: for tests, for hosts with `connection: simulated`, and as the upper half of an overlay.
pub mod answer;
pub mod debian;
mod path;

use play_core::resource::Kind;
use play_core::state::{Active, Enabled, File, FileKind, Unit};
use play_core::{Act, Change, Effect, Fault, Query, Resource, State, System, Value, View, unknown};
use std::collections::{BTreeMap, BTreeSet};

/// A machine that is nothing but what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// What is there. `State::Absent` is kept: it says that a thing was removed.
    pub states: BTreeMap<Resource, State>,
    /// Directories that were removed: nothing a machine below has under them is seen.
    pub wiped: BTreeSet<String>,
    /// Answers to questions no model answers.
    pub answers: BTreeMap<Query, Value>,
    /// Kinds of which there may be more than is known, and since what.
    pub blurs: BTreeMap<Kind, String>,
    /// There may be more files than are known where packages have theirs, and since what.
    pub packaged: Option<String>,
    pub facts: Value,
    /// A stand-in for a whole host: what it does not know of itself is unknown rather than absent.
    pub simulated: bool,
}

impl Memory {
    /// Adds a resource, and the directories a path lies in.
    #[must_use]
    pub fn with(mut self, resource: Resource, state: State) -> Self {
        if let Resource::File(path) = &resource {
            for folder in path::ancestors(path) {
                let folder = Resource::File(folder.to_owned());
                self.states
                    .entry(folder)
                    .or_insert_with(|| State::File(File::directory(0o755)));
            }
        }
        self.states.insert(resource, state);
        self
    }

    #[must_use]
    pub fn file(self, path: &str, text: &str) -> Self {
        self.with(
            Resource::File(path.into()),
            State::File(File::regular(text, 0o644)),
        )
    }

    /// What is known of a resource; None where nothing is.
    pub fn known(&self, resource: &Resource) -> Option<State> {
        let Resource::File(path) = resource else {
            return self
                .states
                .get(resource)
                .cloned()
                .or_else(|| self.written_unit(resource));
        };
        let path = self.followed(path);
        if let Some(state) = self.states.get(&Resource::File(path.clone())) {
            return Some(state.clone());
        }
        let hidden = path::ancestors(&path).any(|folder| {
            self.wiped.contains(folder)
                || self
                    .states
                    .get(&Resource::File(folder.to_owned()))
                    .is_some_and(|state| !is_directory(state) && state.unknown().is_none())
        });
        (hidden || self.wiped.contains(&path)).then_some(State::Absent)
    }

    /// A unit whose file is there and which nobody has started: systemd(1) loads it when it is asked for.
    fn written_unit(&self, resource: &Resource) -> Option<State> {
        let Resource::Unit(name) = resource else {
            return None;
        };
        let path = format!("/etc/systemd/system/{name}");
        match self.states.get(&Resource::File(path)) {
            Some(State::File(file)) => {
                let text = file.content().and_then(play_core::Content::text)?;
                let enabled = if text.contains("[Install]") {
                    Enabled::Disabled
                } else {
                    Enabled::Static
                };
                Some(State::Unit(Unit {
                    active: Active::Inactive,
                    enabled,
                    stale: false,
                }))
            }
            _ => None,
        }
    }

    /// The path with links in its folders followed, as far as they are known here.
    fn followed(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for _ in 0..40 {
            let link = path::ancestors(&path).find_map(|folder| {
                match self.states.get(&Resource::File(folder.to_owned())) {
                    Some(State::File(File {
                        kind: FileKind::Link(target),
                        ..
                    })) => Some((folder.to_owned(), target.clone())),
                    _ => None,
                }
            });
            let Some((folder, target)) = link else { break };
            path = format!(
                "{}{}",
                path::joined(&folder, &target),
                &path[folder.len()..]
            );
        }
        path
    }

    fn set(&mut self, resource: &Resource, after: &State) {
        let Resource::File(path) = resource else {
            self.states.insert(resource.clone(), after.clone());
            return;
        };
        let path = self.followed(path);
        if after.is_absent() {
            let below = format!("{}/", path.trim_end_matches('/'));
            self.states.retain(
                |key, _| !matches!(key, Resource::File(other) if other.starts_with(&below)),
            );
            self.wiped.insert(path.clone());
        }
        self.states.insert(Resource::File(path), after.clone());
    }

    /// Takes over what may have happened, as something nobody knows: it depends on whether a step runs.
    pub fn doubt(&mut self, after: &Self, reason: &str) {
        for (resource, state) in &after.states {
            if self.states.get(resource) != Some(state) {
                self.states
                    .insert(resource.clone(), State::Unknown(reason.to_owned()));
            }
        }
        if self.packaged.is_none() && after.packaged.is_some() {
            self.packaged = Some(reason.to_owned());
        }
        for kind in after.blurs.keys() {
            self.blurs.entry(*kind).or_insert_with(|| reason.to_owned());
        }
    }

    /// Why a resource that is not known may be there all the same.
    pub(crate) fn may_have(&self, resource: &Resource) -> Option<&String> {
        let packaged = || match resource {
            Resource::File(path) if !is_local(path) => self.packaged.as_ref(),
            _ => None,
        };
        self.blurs.get(&resource.kind()).or_else(packaged)
    }

    /// The change's effects, whatever was there before: shared with the overlay.
    pub(crate) fn imagine(&mut self, change: &Change) -> Effect {
        for transition in &change.leaves {
            self.set(&transition.resource, &transition.after);
        }
        for kind in &change.blurs {
            if *kind == Kind::File && matches!(change.act, Act::Packages(_)) {
                self.packaged = Some(change.act.words());
            } else {
                self.blurs.insert(*kind, change.act.words());
            }
        }
        Effect {
            output: imagined_output(&change.act),
        }
    }
}

/// Folders the Filesystem Hierarchy Standard and Debian's policy (9.1) keep packages out of: the administrator's and the users'.
const LOCAL: [&str; 9] = [
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/srv",
    "/tmp",
    "/usr/local",
    "/var/tmp",
];

fn is_local(path: &str) -> bool {
    LOCAL.iter().any(|folder| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// What only doing it would tell.
fn imagined_output(act: &Act) -> Value {
    let mark = || Value::String(unknown::mark(&act.words()));
    match act {
        Act::Command(_) => serde_json::json!({
            "stdout": mark(), "stderr": mark(), "rc": mark(), "stdout_lines": mark(), "stderr_lines": mark(),
        }),
        Act::PrivateKey { path, .. } => {
            serde_json::json!({ "public_key": unknown::mark(&format!("the key {path} is made")) })
        }
        _ => Value::Null,
    }
}

fn is_directory(state: &State) -> bool {
    matches!(
        state,
        State::File(File {
            kind: FileKind::Directory | FileKind::Link(_),
            ..
        })
    )
}

impl View for Memory {
    fn look(&self, resource: &Resource) -> Result<State, Fault> {
        Ok(match (self.known(resource), resource) {
            (Some(state), _) => state,
            (None, Resource::File(path)) if path == "/" => State::File(File::directory(0o755)),
            (None, _) => match self.may_have(resource) {
                Some(reason) => State::Unknown(reason.clone()),
                None if self.simulated && resource.kind() == Kind::Sysctl => {
                    State::Unknown("a real kernel is asked".into())
                }
                None => State::Absent,
            },
        })
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, Fault> {
        let folder = format!(
            "{}/",
            self.followed(&format!("{directory}/."))
                .trim_end_matches("/.")
                .trim_end_matches('/')
        );
        Ok(self
            .states
            .iter()
            .filter(|(_, state)| !state.is_absent())
            .filter_map(|(resource, _)| match resource {
                Resource::File(path) => path.strip_prefix(&folder),
                _ => None,
            })
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .map(str::to_owned)
            .collect())
    }

    fn ask(&self, query: &Query) -> Result<Value, Fault> {
        match self.answers.get(query) {
            Some(answer) => Ok(answer.clone()),
            None => answer::modelled(self, query),
        }
    }

    fn imagined(&self) -> bool {
        true
    }

    fn blurred(&self, kind: Kind) -> Option<String> {
        let packaged = self.packaged.as_ref().filter(|_| kind == Kind::File);
        self.blurs.get(&kind).or(packaged).cloned()
    }
}

impl System for Memory {
    fn apply(&mut self, change: &Change) -> Result<Effect, Fault> {
        for transition in &change.leaves {
            let now = self.look(&transition.resource)?;
            if transition.before.unknown().is_none()
                && now.unknown().is_none()
                && !crate::machine::race::same(&now, &transition.before)
            {
                return Err(Fault::Raced {
                    resource: transition.resource.clone(),
                });
            }
            if let (Resource::File(path), State::File(_)) =
                (&transition.resource, &transition.after)
            {
                parent_is_there(self, path)?;
            }
        }
        Ok(self.imagine(change))
    }
}

/// As on a real machine: nothing can be made where there is no directory.
pub(crate) fn parent_is_there(view: &dyn View, path: &str) -> Result<(), Fault> {
    let Some(parent) = path::ancestors(path).last() else {
        return Ok(());
    };
    match view.look(&Resource::File(parent.to_owned()))? {
        State::Absent => Err(Fault::missing(Resource::File(parent.to_owned()))),
        State::File(File {
            kind: FileKind::Directory | FileKind::Link(_),
            ..
        }) => Ok(()),
        State::File(_) => Err(Fault::file(
            "open the folder of",
            path,
            &"a part of its path is no directory",
        )),
        _ => Ok(()),
    }
}
