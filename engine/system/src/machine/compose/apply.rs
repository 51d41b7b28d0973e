//! The verbs of compose.
use super::container::{ATTRIBUTES, Container, DEFINITION};
use super::health::Waiting;
use super::{Source, container, docker, images, resolve, sound, tool, trouble};
use crate::Context;
use crate::program::Program;
use play_core::act::{Compose, ComposeVerb};
use play_core::state::Health;
use play_core::{Effect, Fault, Value};
use rustix::fs::{Mode, OFlags};
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

/// Where the labels we lay over a project's own files are kept: compose notes the path in each container.
const FOLDER: &str = "/var/lib/play/compose";
/// What is not here was pulled or built before.
const UP: [&str; 6] = [
    "up",
    "--detach",
    "--no-build",
    "--pull",
    "never",
    "--quiet-pull",
];
/// Pulls and builds take their time.
const LIMIT: Duration = Duration::from_secs(3600);

/// One verb. Never a dry run: compose's own alters containers (docker/compose#14029).
pub fn apply(compose: &Compose, context: &Context) -> Result<Effect, Fault> {
    let source = Source {
        project: &compose.project,
        directory: &compose.directory,
        files: &compose.files,
        profiles: &compose.profiles,
        environment_files: &compose.environment_files,
        staged: &[],
    };
    let verb = |words: &[&str], services: &[String]| -> Result<(), Fault> {
        let program = source.program(&source.words(&[])?);
        run(program, words, services, context)
    };
    let starts = matches!(compose.verb, ComposeVerb::Up | ComposeVerb::Restart);
    let mut waiting = None;
    if starts {
        wake(compose, &container::all(&compose.project)?)?;
        let containers = container::all(&compose.project)?;
        waiting = (compose.wait).map(|seconds| Waiting::new(compose, seconds, &containers));
    }
    match compose.verb {
        ComposeVerb::Pull => verb(&["pull", "--quiet"], &compose.services)
            .map_err(|fault| not_pulled(compose, fault))?,
        ComposeVerb::Build => verb(&["build", "--quiet"], &compose.services)?,
        ComposeVerb::Up => up(compose, &source, waiting.as_mut(), context)?,
        ComposeVerb::Restart => verb(&["restart"], &compose.services)?,
        ComposeVerb::Stop => verb(&["stop"], &compose.services)?,
        ComposeVerb::Down => down(compose, &source, context)?,
    }
    if let Some(mut waiting) = waiting {
        waiting.for_all(context)?;
    }
    Ok(Effect::default())
}

fn run(
    program: Program,
    words: &[&str],
    services: &[String],
    context: &Context,
) -> Result<(), Fault> {
    context.proceed()?;
    program
        .args(words)
        .args(services)
        .within(context)
        .limit(LIMIT)
        .succeed()
        .map(drop)
}

/// Names the images and their services, which docker's words need not, and the next step.
fn not_pulled(compose: &Compose, fault: Fault) -> Fault {
    let what = || {
        format!(
            "nothing was stopped, as {} cannot be pulled",
            pulled(compose)
        )
    };
    retold(fault, what, |words| {
        trouble::of_pull(words).map(str::to_owned)
    })
}

/// Names the project, and who has the port it wants.
fn not_started(project: &str, fault: Fault) -> Fault {
    let what = || format!("compose project {project} cannot be started");
    retold(fault, what, |words| trouble::of_service(words, false))
}

/// A program's failure told by what it means, with the next step where its words say one.
fn retold(
    fault: Fault,
    what: impl FnOnce() -> String,
    next: impl FnOnce(&str) -> Option<String>,
) -> Fault {
    let Fault::Program {
        status,
        words,
        output,
        ..
    } = fault
    else {
        return fault;
    };
    let next = next(&words).map_or_else(String::new, |next| format!("; {next}"));
    Fault::Program {
        program: what(),
        status: format!("{status}{next}"),
        words,
        output,
    }
}

/// "postgres:17 of service db", of the services that were to be pulled.
fn pulled(compose: &Compose) -> String {
    let resolved = resolve(
        &compose.directory,
        &compose.files,
        &compose.project,
        &compose.profiles,
        &compose.environment_files,
        &[],
        &BTreeMap::new(),
    );
    let services = resolved.map_or(Value::Null, |answer| answer["config"]["services"].clone());
    let named: Vec<String> = services
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| compose.services.is_empty() || compose.services.contains(name))
        .filter_map(|(name, service)| Some((name, service["image"].as_str()?)))
        .map(|(name, image)| format!("{image} of service {name}"))
        .collect();
    if named.is_empty() {
        format!("an image of compose project {}", compose.project)
    } else {
        named.join(", ")
    }
}

/// First the services that are made anew, with what they depend on; then the rest, of which nothing is made anew.
fn up(
    compose: &Compose,
    source: &Source,
    mut waiting: Option<&mut Waiting>,
    context: &Context,
) -> Result<(), Fault> {
    let resolved = resolved(compose)?;
    let labels = labels(compose, &resolved);
    let mut recreate = compose.recreate.clone();
    if compose.renew {
        let containers = container::all(&compose.project)?;
        recreate.extend(outdated(compose, &resolved, containers)?);
        recreate.sort();
        recreate.dedup();
    }
    let path = format!("{FOLDER}/{}.override.json", sound(&compose.project)?);
    write(&path, labels.to_string().as_bytes())
        .map_err(|error| Fault::file("write", &path, &error))?;
    let mut orphans = compose.remove_orphans;
    let words = source.words(&[&path])?;
    for (strategy, services) in course(compose, &resolved, recreate)? {
        let mut verb = [&UP[..], strategy].concat();
        if std::mem::take(&mut orphans) {
            verb.push("--remove-orphans");
        }
        let mut tries = 0..=compose.restarts;
        while let Err(fault) = run(source.program(&words), &verb, &services, context) {
            match waiting.as_mut() {
                Some(waiting) if is_hasty(&fault) && tries.next().is_some() => {
                    waiting.for_started(context)?;
                }
                _ => return Err(not_started(&compose.project, fault)),
            }
            // What was made anew stays so, and the rest is for the next step.
            if strategy.contains(&ANEW) {
                break;
            }
        }
    }
    Ok(())
}

const ANEW: &str = "--force-recreate";
const AS_IT_IS: &str = "--no-recreate";

/// Options of compose's `up`, and the services; none are all.
type Step = (&'static [&'static str], Vec<String>);

/// The services that are made anew come first, with what they depend on; then the rest. One that has done its task and stays as it is
/// compose would run once more: where there is one, all others are named, and what they depend on is among them.
fn course(compose: &Compose, resolved: &Value, recreate: Vec<String>) -> Result<Vec<Step>, Fault> {
    let there = container::project(&container::all(&compose.project)?);
    let done = |name: &String| {
        let health = there.services.get(name).map(|service| service.health);
        health == Some(Health::Done) && !recreate.contains(name)
    };
    let all: Vec<String> = match compose.services.as_slice() {
        [] => (resolved["config"]["services"]
            .as_object()
            .into_iter()
            .flatten())
        .map(|(name, _)| name.clone())
        .collect(),
        some => with_needs(some, resolved),
    };
    let mut steps: Vec<Step> = Vec::new();
    if all.iter().any(done) {
        let mut before = with_needs(&recreate, resolved);
        before.retain(|name| !done(name) && !recreate.contains(name));
        let rest = all.into_iter().filter(|name| !done(name)).collect();
        steps.push((&[AS_IT_IS, "--no-deps"], before));
        steps.push((&[ANEW, "--no-deps"], recreate));
        steps.push((&[AS_IT_IS, "--no-deps"], rest));
        steps.retain(|(_, services)| !services.is_empty());
    } else {
        if !recreate.is_empty() {
            steps.push((&[ANEW], recreate));
        }
        steps.push((&[AS_IT_IS], compose.services.clone()));
    }
    Ok(steps)
}

/// Services and all that they depend on.
fn with_needs(services: &[String], resolved: &Value) -> Vec<String> {
    let mut found = services.to_vec();
    let mut at = 0;
    while at < found.len() {
        let needs = &resolved["config"]["services"][&found[at]]["depends_on"];
        for (name, _) in needs.as_object().into_iter().flatten() {
            if !found.contains(name) {
                found.push(name.clone());
            }
        }
        at += 1;
    }
    found
}

/// Compose starts nothing further once a container that others depend on has ended, also where docker is about to start that anew.
fn is_hasty(fault: &Fault) -> bool {
    matches!(fault, Fault::Program { words, .. } if words.contains("dependency failed to start") || words.contains("didn't complete successfully"))
}

/// A container that somebody paused can be neither started nor made anew; one that ended often is started now, not after docker's next pause.
fn wake(compose: &Compose, containers: &[Container]) -> Result<(), Fault> {
    for container in containers {
        let verb = match container {
            Container { paused: true, .. } => "unpause",
            Container {
                restarting: true, ..
            } => "restart",
            _ => continue,
        };
        if concerned(compose, &container.service) {
            let ended = docker(&[verb, &container.id])?;
            if ended.code != 0 {
                return Err(ended.fault());
            }
        }
    }
    Ok(())
}

/// The services some container of which is of another image than its image's name stands for now.
fn outdated(
    compose: &Compose,
    resolved: &Value,
    containers: Vec<Container>,
) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    for container in containers {
        let service = &resolved["config"]["services"][&container.service];
        if service.is_null() || !concerned(compose, &container.service) {
            continue;
        }
        let built = format!("{}-{}", compose.project, container.service);
        let image = service["image"].as_str().unwrap_or(&built);
        let known = images(&[image.to_owned()])?;
        if known[image]
            .as_str()
            .is_some_and(|id| id != container.image)
        {
            found.push(container.service);
        }
    }
    Ok(found)
}

fn concerned(compose: &Compose, service: &String) -> bool {
    compose.services.is_empty() || compose.services.contains(service)
}

fn resolved(compose: &Compose) -> Result<Value, Fault> {
    let resolved = resolve(
        &compose.directory,
        &compose.files,
        &compose.project,
        &compose.profiles,
        &compose.environment_files,
        &[],
        &BTreeMap::new(),
    )?;
    if let Some(error) = resolved["error"].as_str() {
        return Err(Fault::refused(
            format!("compose project {}", compose.project),
            error,
        ));
    }
    Ok(resolved)
}

/// Labels for each service the comparison knows: its definition, and the digests of its attributes.
fn labels(compose: &Compose, resolved: &Value) -> Value {
    let mut services = Map::new();
    for (name, definition) in &compose.definitions {
        if resolved["attributes"][name].is_null() {
            continue;
        }
        let attributes = resolved["attributes"][name].to_string();
        // Compose would take a `$` for a variable.
        let labels = json!({ DEFINITION: definition, ATTRIBUTES: attributes.replace('$', "$$") });
        services.insert(name.clone(), json!({ "labels": labels }));
    }
    json!({ "services": services })
}

/// Its files may be gone already: the containers know their project.
fn down(compose: &Compose, source: &Source, context: &Context) -> Result<(), Fault> {
    let described = Path::new(source.directory).is_dir()
        && source
            .files()
            .iter()
            .all(|file| Path::new(source.directory).join(file).is_file());
    let program = if described {
        source.program(&source.words(&[])?)
    } else {
        let words = tool()?;
        Program::new(&words[0])
            .args(&words[1..])
            .args(["--project-name", sound(&compose.project)?])
            .directory("/")
    };
    let mut words = vec!["down"];
    if compose.remove_orphans {
        words.push("--remove-orphans");
    }
    if compose.remove_volumes {
        words.push("--volumes");
    }
    run(program, &words, &compose.services, context)?;
    let path = format!("{FOLDER}/{}.override.json", compose.project);
    drop(std::fs::remove_file(path));
    Ok(())
}

/// Whole or not at all, for root's eyes.
fn write(path: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(FOLDER)?;
    let staged = format!("{path}.{}", std::process::id());
    let flags =
        OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::open(&staged, flags, Mode::RUSR | Mode::WUSR)?;
    let mut file = std::fs::File::from(opened);
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&staged, path)
}
