//! From file names to a project, and everything that is wrong with it at once.
use crate::inventory::{Definition, load as inventory, pattern};
use crate::play::{Play, Project};
use crate::resolve::Resolver;
use crate::resolve::context::Context;
use crate::resolve::handlers;
use crate::resolve::tags::Tags;
use crate::source::{Reader, Sources, folder};
use crate::syntax::{field, free_form};
use crate::{Loader, check, yaml};
use play_core::{Catalog, Diagnostic, Place, Severity};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the command line asks to be loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadRequest {
    pub playbooks: Vec<PathBuf>,
    /// Files, directories, or lists of hosts with commas; later ones override earlier ones.
    pub inventories: Vec<PathBuf>,
    /// `--limit`: a host pattern.
    pub limit: Option<String>,
    pub tags: Vec<String>,
    pub skip_tags: Vec<String>,
    /// `-e`: `name=value …`, `@file`, or a mapping in YAML or JSON.
    pub extra: Vec<String>,
    /// Values of `vars_prompt`, by name. What is not answered has its default, or is not known yet.
    pub answers: BTreeMap<String, String>,
}

/// Loads a project. There is one only where nothing is wrong; the diagnostics are all there are, in the order of their places.
pub fn load(
    loader: &dyn Loader,
    request: &LoadRequest,
    catalog: &dyn Catalog,
) -> (Option<Project>, Vec<Diagnostic>, Sources) {
    let mut reader = Reader::new(loader);
    let project = resolve(&mut reader, request, catalog);
    let mut diagnostics = reader.diagnostics;
    diagnostics.sort_by_key(|found| {
        let place = found.place.clone().unwrap_or_default();
        (
            found.place.is_none(),
            place.file.clone(),
            place.line,
            place.column,
        )
    });
    let mut seen: Vec<Diagnostic> = Vec::new();
    for found in diagnostics {
        let near = seen
            .iter()
            .rev()
            .take_while(|known| known.place == found.place);
        if !near.into_iter().any(|known| *known == found) {
            seen.push(found);
        }
    }
    let wrong = seen.iter().any(|found| found.severity == Severity::Error);
    ((!wrong).then_some(project), seen, reader.sources)
}

fn resolve(reader: &mut Reader, request: &LoadRequest, catalog: &dyn Catalog) -> Project {
    let extra = extra(&request.extra, reader);
    let folders: Vec<PathBuf> = request.playbooks.iter().map(|path| folder(path)).collect();
    let inventory = inventory::load(&request.inventories, &folders, reader);
    let project = Project {
        inventory,
        extra,
        answers: request.answers.clone(),
        ..Project::default()
    };
    let mut resolver = Resolver::new(reader, catalog, project);
    for playbook in &request.playbooks {
        resolver.playbook(playbook, None, &Context::default());
    }
    let open = resolver.open;
    let next_task = resolver.next;
    let mut project = resolver.project;
    project.next_task = next_task;
    hostless(&project, reader);
    limit(&mut project, request.limit.as_deref(), reader);
    for index in 0..project.plays.len() {
        let mut play = project.plays[index].clone();
        handlers::bind(&project, &mut play, reader);
        project.plays[index] = play;
    }
    check::connection::check(&project, reader);
    check::references::check(&project, reader);
    check::templates::check(&project, reader);
    let open = open || reader.unread;
    check::variables::check(&project, open, reader);
    check::options::check(&mut project, open, reader);
    let tags = Tags::new(&request.tags, &request.skip_tags);
    reader.diagnostics.extend(tags.unknown(&project));
    project.plays.iter_mut().for_each(|play| tags.prune(play));
    project.tags = tags;
    project
}

/// Plays for nobody; beside a mistake that explains it there is nothing to add.
fn hostless(project: &Project, reader: &mut Reader) {
    if reader
        .diagnostics
        .iter()
        .any(|found| found.severity == Severity::Error)
    {
        return;
    }
    if project.inventory.hosts.is_empty() && !project.plays.is_empty() {
        let message = "the inventory names no host";
        let hint = "hosts are keys below `hosts:` of a group: `all: { hosts: { web1: } }`";
        return reader.report(Diagnostic::warning(message).hint(hint));
    }
    let silent = |play: &&Play| play.hosts.is_empty() && !play.vacant;
    for play in project.plays.iter().filter(silent) {
        let message = format!("play `{}` is for no host of the inventory", play.name);
        reader.report(Diagnostic::warning(message).at(&play.place));
    }
}

fn limit(project: &mut Project, limit: Option<&str>, reader: &mut Reader) {
    project.limit = project.inventory.hosts.keys().cloned().collect();
    let Some(text) = limit else { return };
    let selection = pattern::select(&project.inventory, text);
    let nothing_unknown = selection.unknown.is_empty() && selection.wrong.is_empty();
    for (name, hint) in selection.unknown {
        let message = format!("no host or group `{name}` in the inventory (--limit)");
        let mut diagnostic = Diagnostic::error(message);
        diagnostic.hint = hint;
        reader.report(diagnostic);
    }
    for (term, why) in selection.wrong {
        reader.report(Diagnostic::error(format!(
            "`{term}` is not a pattern: {why} (--limit)"
        )));
    }
    if nothing_unknown && selection.hosts.is_empty() {
        reader.report(Diagnostic::error(format!(
            "`--limit {text}` leaves no host"
        )));
    }
    project.limit = selection.hosts;
}

/// The variables of `-e`, later ones last.
fn extra(texts: &[String], reader: &mut Reader) -> Vec<Definition> {
    let mut definitions = Vec::new();
    for text in texts {
        let trimmed = text.trim();
        if let Some(path) = trimmed.strip_prefix('@') {
            definitions.extend(inventory::definitions(&PathBuf::from(path), reader));
        } else if trimmed.starts_with('{') {
            reader.sources.keep("-e", text);
            let (node, mistakes) = yaml::parse("-e", text.as_bytes());
            reader.diagnostics.extend(mistakes);
            definitions.extend(
                node.map(|node| field::definitions(&node, reader))
                    .unwrap_or_default(),
            );
        } else {
            definitions.extend(pairs(trimmed, reader));
        }
    }
    definitions
}

fn pairs(text: &str, reader: &mut Reader) -> Vec<Definition> {
    let place = Place {
        file: "-e".into(),
        ..Place::default()
    };
    let Some(pairs) = free_form::pairs(text) else {
        let message = format!("`-e {text}` is not `name=value`");
        reader.report(Diagnostic::error(message).hint("write `-e name=value` or `-e @file.yml`"));
        return Vec::new();
    };
    let values = pairs.into_iter();
    values
        .map(|(name, value)| Definition {
            name,
            place: place.clone(),
            value: field::made(value, &place),
        })
        .collect()
}
