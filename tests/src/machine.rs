//! Machines as cases write them.
use play_core::query::Query;
use play_core::resource::Kind;
use play_core::state::{
    Active, Enabled, File, FileKind, Group, Package, Project, Table, Tunnel, Unit, User,
};
use play_core::{Content, FileMode, Resource, State, Value};
use play_system::Memory;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A machine, or the part of one that matters. In `expect.after` a thing that must be gone is `absent`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Described {
    files: BTreeMap<String, FileIs>,
    packages: BTreeMap<String, String>,
    /// Removed packages that have left something, with the version they had.
    remains: BTreeMap<String, String>,
    package_lists: Option<String>,
    units: BTreeMap<String, UnitIs>,
    users: BTreeMap<String, Maybe<User>>,
    groups: BTreeMap<String, Maybe<Group>>,
    sysctl: BTreeMap<String, String>,
    hostname: Option<String>,
    tables: BTreeMap<String, String>,
    tunnels: BTreeMap<String, Maybe<Tunnel>>,
    projects: BTreeMap<String, Maybe<Project>>,
    checkouts: BTreeMap<String, String>,
    answers: Vec<Answer>,
    /// Kinds of which there may be more than is known, and since what.
    blurs: BTreeMap<Kind, String>,
}

/// A thing, or the word `absent`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Maybe<T> {
    Not(Absent),
    Is(T),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Absent {
    Absent,
}

#[derive(Deserialize)]
struct Answer {
    ask: Query,
    answer: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FileIs {
    Word(String),
    Is {
        content: Option<String>,
        link: Option<String>,
        directory: Option<bool>,
        mode: Option<FileMode>,
        owner: Option<String>,
        group: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum UnitIs {
    Word(String),
    Is(Unit),
}

impl Described {
    pub fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        for folder in [
            "/etc", "/usr/bin", "/var/lib", "/root", "/home", "/tmp", "/opt", "/srv", "/run",
        ] {
            memory = memory.with(
                Resource::File(folder.into()),
                State::File(File::directory(0o755)),
            );
        }
        for (resource, state) in self.states() {
            memory = memory.with(resource, state);
        }
        memory.answers = self
            .answers
            .iter()
            .map(|answer| (answer.ask.clone(), answer.answer.clone()))
            .collect();
        memory.blurs.clone_from(&self.blurs);
        memory
    }

    /// Everything named, and what it is like.
    pub fn states(&self) -> Vec<(Resource, State)> {
        let mut states = Vec::new();
        states.extend(
            self.files
                .iter()
                .map(|(path, is)| (Resource::File(path.clone()), file(is))),
        );
        states.extend(
            self.packages
                .iter()
                .map(|(name, version)| (Resource::Package(name.clone()), package(version))),
        );
        states.extend(
            self.package_lists
                .iter()
                .map(|text| (Resource::PackageLists, State::Text(text.clone()))),
        );
        states.extend(
            self.units
                .iter()
                .map(|(name, is)| (Resource::Unit(name.clone()), unit(is))),
        );
        states.extend(self.users.iter().map(|(name, is)| {
            let state = match is {
                Maybe::Not(_) => State::Absent,
                Maybe::Is(user) => State::User(user.clone()),
            };
            (Resource::User(name.clone()), state)
        }));
        states.extend(self.groups.iter().map(|(name, is)| {
            let state = match is {
                Maybe::Not(_) => State::Absent,
                Maybe::Is(group) => State::Group(group.clone()),
            };
            (Resource::Group(name.clone()), state)
        }));
        states.extend(
            self.sysctl
                .iter()
                .map(|(key, value)| (Resource::Sysctl(key.clone()), State::Text(value.clone()))),
        );
        states.extend(
            self.hostname
                .iter()
                .map(|name| (Resource::Hostname, State::Text(name.clone()))),
        );
        states.extend(self.live());
        states
    }

    fn live(&self) -> Vec<(Resource, State)> {
        let mut states = Vec::new();
        states.extend(self.remains.iter().map(|(name, version)| {
            let state = match version.as_str() {
                "absent" => State::Absent,
                version => State::Text(version.to_owned()),
            };
            (Resource::Remains(name.clone()), state)
        }));
        states.extend(self.tables.iter().map(|(name, rules)| {
            let state = if rules == "absent" {
                State::Absent
            } else {
                State::Table(Table {
                    rules: rules.clone(),
                })
            };
            (Resource::Table(name.clone()), state)
        }));
        states.extend(self.tunnels.iter().map(|(name, is)| {
            let state = match is {
                Maybe::Not(_) => State::Absent,
                Maybe::Is(tunnel) => State::Tunnel(tunnel.clone()),
            };
            (Resource::Tunnel(name.clone()), state)
        }));
        states.extend(self.projects.iter().map(|(name, is)| {
            let state = match is {
                Maybe::Not(_) => State::Absent,
                Maybe::Is(project) => State::Project(project.clone()),
            };
            (Resource::Project(name.clone()), state)
        }));
        states.extend(self.checkouts.iter().map(|(path, commit)| {
            (
                Resource::Checkout(path.clone()),
                State::Text(commit.clone()),
            )
        }));
        states
    }
}

fn file(is: &FileIs) -> State {
    match is {
        FileIs::Word(word) if word == "directory" => State::File(File::directory(0o755)),
        FileIs::Word(word) if word == "absent" => State::Absent,
        FileIs::Word(text) => State::File(File::regular(text.as_str(), 0o644)),
        FileIs::Is {
            content,
            link,
            directory,
            mode,
            owner,
            group,
        } => {
            let bits = |usual: u32| mode.as_ref().map_or(usual, |mode| mode.bits(0, false));
            let kind = match (link, directory) {
                (Some(target), _) => FileKind::Link(target.clone()),
                (None, Some(true)) => FileKind::Directory,
                _ => FileKind::Regular(Content::from(content.as_deref().unwrap_or_default())),
            };
            let usual = match kind {
                FileKind::Link(_) => 0o777,
                FileKind::Directory => 0o755,
                _ => 0o644,
            };
            let or_root = |name: &Option<String>| name.clone().unwrap_or_else(|| "root".into());
            State::File(File {
                kind,
                mode: bits(usual),
                owner: or_root(owner),
                group: or_root(group),
            })
        }
    }
}

/// `1.2`, or `1.2 held`.
fn package(text: &str) -> State {
    let version = text.strip_suffix(" held");
    match text {
        "absent" => State::Absent,
        text => State::Package(Package {
            version: version.unwrap_or(text).into(),
            held: version.is_some(),
        }),
    }
}

fn unit(is: &UnitIs) -> State {
    let of = |active, enabled| {
        State::Unit(Unit {
            active,
            enabled,
            stale: false,
        })
    };
    match is {
        UnitIs::Is(unit) => State::Unit(unit.clone()),
        UnitIs::Word(word) => match word.as_str() {
            "active" => of(Active::Active, Enabled::Enabled),
            "inactive" => of(Active::Inactive, Enabled::Disabled),
            "failed" => of(Active::Failed, Enabled::Enabled),
            _ => State::Absent,
        },
    }
}
