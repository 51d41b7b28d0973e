//! What a project's files say, resolved.
use super::definition::Definition;
use super::{Desired, DockerCompose};
use play_core::act::ComposeVerb;
use play_core::{Act, Change, Content, Fault, Plan, Query, Resource, State, Value, View};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The name of the one service that stands for all of them where they cannot be resolved yet.
pub(super) const ALL: &str = "all services";

/// The names compose looks for, in this order.
const NAMES: &[&str] = &[
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// The services of a project, as compose resolves them.
pub(super) struct Resolved {
    pub(super) services: BTreeMap<String, Definition>,
    /// Services of the files that no enabled profile has.
    pub(super) dormant: Vec<String>,
    /// Networks and volumes that are there and defined otherwise, in words.
    pub(super) differing: Vec<String>,
}

impl Resolved {
    /// Asks compose; where nobody can answer yet, the plan that can be made without an answer.
    pub(super) fn ask(
        wanted: &DockerCompose,
        view: &dyn View,
        live: &State,
    ) -> Result<Result<Self, Plan>, Fault> {
        let files = sources(wanted, view)?;
        let query = Query::Compose {
            directory: wanted.directory(),
            files: wanted.paths(&wanted.files),
            project: wanted.name(),
            profiles: wanted.profiles.0.clone(),
            environment_files: wanted.paths(&wanted.env_files),
            staged: Vec::new(),
            planned: BTreeMap::new(),
        };
        match view.ask(&query) {
            Ok(answer) => Self::read(wanted, &answer).map(Ok),
            Err(Fault::Unknown { reason }) => {
                Ok(Err(unresolved(wanted, view, live, &files, reason)?))
            }
            Err(fault) => Err(fault),
        }
    }

    fn read(wanted: &DockerCompose, answer: &Value) -> Result<Self, Fault> {
        let what = format!("compose project {}", wanted.name());
        if let Some(words) = answer["error"].as_str() {
            return Err(Fault::refused(what, words.trim()));
        }
        let Some(services) = answer["config"]["services"].as_object() else {
            return Err(Fault::refused(what, "its files have no services"));
        };
        if let Some(name) = wanted
            .services
            .iter()
            .find(|name| !services.contains_key(*name))
        {
            let known: Vec<&str> = services.keys().map(String::as_str).collect();
            return Err(Fault::arguments(format!(
                "`services`: the project has no {name}; it has {}",
                known.join(", ")
            )));
        }
        let services = services
            .iter()
            .map(|(name, service)| (name.clone(), Definition::new(name, service, answer)))
            .collect();
        let words = |key: &str| -> Vec<String> {
            let all = answer[key].as_array().into_iter().flatten();
            all.filter_map(|word| Some(word.as_str()?.to_owned()))
                .collect()
        };
        Ok(Self {
            services,
            dormant: words("dormant"),
            differing: words("differing"),
        })
    }
}

/// The files the project is made of; a project without any is refused.
fn sources(wanted: &DockerCompose, view: &dyn View) -> Result<Vec<String>, Fault> {
    let directory = wanted.directory();
    let folder = Resource::File(directory.clone());
    if view.look(&folder)?.is_absent() {
        return Err(Fault::Missing {
            resource: folder,
            hint: Some("make it, and put the compose file there first".into()),
        });
    }
    let mut files = wanted.paths(&wanted.files);
    if files.is_empty() {
        let names = NAMES.iter().map(|name| format!("{directory}/{name}"));
        for path in names {
            if !view.look(&Resource::File(path.clone()))?.is_absent() {
                files.push(path);
                break;
            }
        }
        if files.is_empty() {
            return Err(Fault::Missing {
                resource: Resource::File(format!("{directory}/{}", NAMES[0])),
                hint: Some("put a compose file into the directory, or name it with `files`".into()),
            });
        }
        files.push(format!("{directory}/compose.override.yaml"));
        files.push(format!("{directory}/.env"));
    } else if let Some(path) = missing(view, &files)? {
        return Err(Fault::missing(Resource::File(path)));
    }
    let environment = wanted.paths(&wanted.env_files);
    if let Some(path) = missing(view, &environment)? {
        return Err(Fault::missing(Resource::File(path)));
    }
    files.extend(environment);
    Ok(files)
}

fn missing(view: &dyn View, paths: &[String]) -> Result<Option<String>, Fault> {
    for path in paths {
        if view.look(&Resource::File(path.clone()))?.is_absent() {
            return Ok(Some(path.clone()));
        }
    }
    Ok(None)
}

/// Without docker there is no project: it is certain to come up, only not known as what. The files stand for it.
fn unresolved(
    wanted: &DockerCompose,
    view: &dyn View,
    live: &State,
    files: &[String],
    reason: String,
) -> Result<Plan, Fault> {
    let after = DockerCompose::unresolved(&digest(view, files)?);
    match live {
        State::Project(project) if *project == after => {
            let restart = Change::new(Act::Compose(wanted.act(ComposeVerb::Restart)));
            return Ok(match wanted.state {
                Desired::Restarted => Plan::from(restart),
                _ => Plan::nothing(),
            });
        }
        State::Project(project) if !project.services.contains_key(ALL) => {
            return Ok(Plan::unknown(reason));
        }
        State::Unknown(_) => return Ok(Plan::unknown(reason)),
        _ => {}
    }
    let change = Change::new(Act::Compose(wanted.act(ComposeVerb::Up)))
        .leaving(wanted.resource(), live.clone(), State::Project(after))
        .because("it would be brought up");
    Ok(Plan::from(change).noting(format!("its services are known after {reason}")))
}

fn digest(view: &dyn View, files: &[String]) -> Result<String, Fault> {
    let mut digest = Sha256::new();
    for path in files {
        if let State::File(file) = view.look(&Resource::File(path.clone()))?
            && let Some(Content::Bytes(bytes)) = file.content()
        {
            digest.update(path.as_bytes());
            digest.update(bytes);
        }
    }
    Ok(format!("{:x}", digest.finalize())[..16].to_owned())
}
