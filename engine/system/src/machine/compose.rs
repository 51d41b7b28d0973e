//! Docker Compose projects: what runs, what the files mean, and bringing the one to the other.
//! Compose is only the actor: what is there and whether it went well is read from the containers.
pub mod apply;
pub mod attribute;
pub mod container;
pub mod health;
mod mount;
mod network;
mod shared;
pub mod stage;
mod trouble;

use crate::program::{Ended, Program};
use play_core::{Fault, Resource, State, Value};
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

pub use apply::apply;

/// Everything that only reads.
const LIMIT: Duration = Duration::from_secs(60);
/// What compose looks for where no files are named, in its own order; each with the file that is laid over it.
const FILES: &[(&str, &[&str])] = &[
    (
        "compose.yaml",
        &["compose.override.yaml", "compose.override.yml"],
    ),
    (
        "compose.yml",
        &["compose.override.yml", "compose.override.yaml"],
    ),
    (
        "docker-compose.yml",
        &[
            "docker-compose.override.yml",
            "docker-compose.override.yaml",
        ],
    ),
    (
        "docker-compose.yaml",
        &[
            "docker-compose.override.yaml",
            "docker-compose.override.yml",
        ],
    ),
];

/// The project's containers, service by service; absent where it has none, or no docker is here.
pub fn look(project: &str) -> Result<State, Fault> {
    match container::all(project) {
        Err(Fault::Unsupported { .. }) => Ok(State::Absent),
        Err(fault) => Err(fault),
        Ok(containers) if containers.is_empty() => Ok(State::Absent),
        Ok(containers) => Ok(State::Project(container::project(&containers))),
    }
}

/// What the files mean: `{"config", "hashes", "attributes", "definitions"}`, or `{"error"}` in compose's own words.
/// `attributes` and `definitions` are what [`apply`] leaves in the containers' labels, for our own comparison. `dormant` are services of
/// profiles that are not enabled, `replaced` the files of a service that will be, `differing` networks and volumes that are there and otherwise defined, in words.
pub fn resolve(
    directory: &str,
    files: &[String],
    project: &str,
    profiles: &[String],
    environment_files: &[String],
    staged: &[(String, String)],
    planned: &BTreeMap<String, String>,
) -> Result<Value, Fault> {
    let source = Source {
        project,
        directory,
        files,
        profiles,
        environment_files,
        staged,
    };
    let words = [
        source.words(&[])?,
        ["config", "--format", "json"].map(str::to_owned).to_vec(),
    ]
    .concat();
    let ended = if staged.is_empty() {
        if !Path::new(directory).is_dir() {
            return Ok(json!({ "error": format!("the folder {directory} is not there") }));
        }
        source.program(&words).run()?
    } else {
        stage::run(&words, directory, staged)?
    };
    if ended.code != 0 {
        return Ok(json!({ "error": ended.err().trim() }));
    }
    let config: Value = match serde_json::from_slice(&ended.stdout) {
        Ok(config) => config,
        Err(error) => return Ok(json!({ "error": format!("compose answers no JSON: {error}") })),
    };
    let dormant = dormant(&source, &config)?;
    // A remark only: where the daemon does not answer yet, there is nothing to remark upon.
    let differing = shared::differing(&config).unwrap_or_default();
    let mut hashes = Map::new();
    let mut attributes = Map::new();
    let mut definitions = Map::new();
    let mut replaced = Map::new();
    for (name, service) in config["services"].as_object().into_iter().flatten() {
        let files = attribute::files(&config, service, directory, planned);
        let found = attribute::all(service, &files);
        hashes.insert(name.clone(), attribute::digest(&json!(files)).into());
        replaced.insert(
            name.clone(),
            json!(mount::planned(service, directory, planned)),
        );
        definitions.insert(name.clone(), attribute::digest(&json!(found)).into());
        attributes.insert(name.clone(), json!(found));
    }
    Ok(json!({
        "config": config, "hashes": hashes, "attributes": attributes, "definitions": definitions, "dormant": dormant,
        "differing": differing, "replaced": replaced,
    }))
}

/// The services that the files have and no enabled profile: compose does not take their containers for orphans.
fn dormant(source: &Source, config: &Value) -> Result<Vec<String>, Fault> {
    let mentions = |file: String| {
        let path = Path::new(source.directory).join(file);
        let planned = source
            .staged
            .iter()
            .find(|(name, _)| Path::new(name) == path);
        let text = planned.map_or_else(
            || std::fs::read_to_string(&path).unwrap_or_default(),
            |(_, text)| text.clone(),
        );
        // as JSON, too
        text.contains("profiles")
    };
    if !source.files().into_iter().any(mentions) {
        return Ok(Vec::new());
    }
    let mut words = source.words(&[])?;
    words.extend(["--profile", "*", "config", "--services"].map(str::to_owned));
    let ended = if source.staged.is_empty() {
        source.program(&words).run()?
    } else {
        stage::run(&words, source.directory, source.staged)?
    };
    let listed = ended.out();
    let names = listed.lines().filter(|_| ended.code == 0);
    Ok(names
        .filter(|name| config["services"][*name].is_null())
        .map(str::to_owned)
        .collect())
}

/// The id of each image that is here, null of those that are not.
pub fn images(references: &[String]) -> Result<Value, Fault> {
    let mut found = Map::new();
    for reference in references {
        let ended = docker(&["image", "inspect", "--format", "{{.Id}}", "--", reference])?;
        let id = match ended.code {
            0 => Value::String(ended.out().trim().to_owned()),
            _ if ended.err().to_lowercase().contains("no such image") => Value::Null,
            _ => return Err(ended.fault()),
        };
        found.insert(reference.clone(), id);
    }
    Ok(Value::Object(found))
}

/// Where a project is described.
pub(super) struct Source<'a> {
    project: &'a str,
    directory: &'a str,
    files: &'a [String],
    profiles: &'a [String],
    environment_files: &'a [String],
    /// Files, by absolute path, that are only planned.
    staged: &'a [(String, String)],
}

impl Source<'_> {
    /// A program in the project's folder.
    fn program(&self, words: &[String]) -> Program {
        let program = Program::new(&words[0]).args(&words[1..]);
        program
            .directory(self.directory)
            .env("COMPOSE_ANSI", "never")
    }

    /// Compose on this project; `over` are files laid over its own.
    fn words(&self, over: &[&str]) -> Result<Vec<String>, Fault> {
        let mut words = tool()?;
        words.extend(
            [
                "--project-name",
                sound(self.project)?,
                "--project-directory",
                self.directory,
            ]
            .map(str::to_owned),
        );
        let mut add =
            |option: &str, value: &str| words.extend([option.to_owned(), value.to_owned()]);
        for file in self.files() {
            add("--file", &file);
        }
        for file in over {
            add("--file", file);
        }
        for profile in self.profiles {
            add("--profile", profile);
        }
        for file in self.environment_files {
            add("--env-file", file);
        }
        Ok(words)
    }

    fn files(&self) -> Vec<String> {
        if !self.files.is_empty() {
            return self.files.to_vec();
        }
        let there = |name: &&str| {
            let path = Path::new(self.directory).join(name);
            path.is_file()
                || self
                    .staged
                    .iter()
                    .any(|(staged, _)| Path::new(staged) == path)
        };
        let Some((base, over)) = FILES.iter().find(|(base, _)| there(base)) else {
            return Vec::new();
        };
        let over = over.iter().copied().find(there);
        std::iter::once(*base)
            .chain(over)
            .map(str::to_owned)
            .collect()
    }
}

/// The words that run compose here: docker's plugin, or the program of its own.
fn tool() -> Result<Vec<String>, Fault> {
    for words in [&["docker", "compose"][..], &["docker-compose"]] {
        let version = Program::new(words[0])
            .args(&words[1..])
            .args(["version", "--short"])
            .limit(LIMIT)
            .run();
        if version.is_ok_and(|ended| ended.code == 0) {
            return Ok(words.iter().map(|word| (*word).to_owned()).collect());
        }
    }
    Err(Fault::Unsupported {
        what: "docker compose".into(),
        hint: Some(
            "packages docker.io and docker-compose, or docker-ce and docker-compose-plugin".into(),
        ),
    })
}

/// A daemon that does not answer is a unit that is missing: a step before may be about to start it.
fn docker(arguments: &[&str]) -> Result<Ended, Fault> {
    let ended = Program::new("docker").args(arguments).limit(LIMIT).run()?;
    if ended.code != 0 && ended.err().contains("Cannot connect to the Docker daemon") {
        return Err(Fault::Missing {
            resource: Resource::Unit("docker.service".into()),
            hint: Some("the docker daemon does not answer; start it first".into()),
        });
    }
    Ok(ended)
}

/// A project's name as compose allows it; it becomes a file name of ours.
fn sound(project: &str) -> Result<&str, Fault> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
    if project.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && project.chars().all(plain)
    {
        Ok(project)
    } else {
        Err(Fault::arguments(format!(
            "not a compose project name: `{project}` (lower-case letters, digits, `_` and `-`)"
        )))
    }
}
