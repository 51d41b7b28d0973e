//! Includes whose file only a host or an item of a loop says: resolved when their step comes.
use crate::check::arguments::from_value;
use crate::files::{self, Asker, Purpose};
use crate::inventory::{Definition, load};
use crate::play::{Item, Project, Task};
use crate::resolve::Resolver;
use crate::resolve::context::Context;
use crate::resolve::handlers;
use crate::role::{Files, Use};
use crate::source::{Reader, is_document};
use crate::syntax::keywords::Keywords;
use crate::{Loader, Node, NodeKind, Scope};
use play_core::{Catalog, Diagnostic, Place, Severity, Value};
use std::path::{Path, PathBuf};

/// The items an `include_tasks` or `include_role` stands for, now that its arguments are known. `variables` are the
/// loop's: its item and index. Handlers of an included role join the play's.
pub fn tasks(
    project: &mut Project,
    play: usize,
    task: &Task,
    arguments: &Value,
    variables: &[(String, Value)],
    loader: &dyn Loader,
    catalog: &dyn Catalog,
) -> Result<Vec<Item>, Vec<Diagnostic>> {
    let mut reader = Reader::new(loader);
    let mut resolver = Resolver::new(&mut reader, catalog, std::mem::take(project));
    resolver.resume(play);
    let mut context = context(task, variables);
    if let Some(map) = task.arguments.field("apply").and_then(Node::as_map) {
        context = context.under(&Keywords::read(map, resolver.reader));
    }
    let items = if task.module.ends_with("_role") {
        role(&mut resolver, arguments, task, &context)
    } else {
        file(&mut resolver, arguments, task, &context)
    };
    *project = resolver.suspend(play);
    let mut included = project.plays[play].clone();
    included.items = items;
    handlers::bind(project, &mut included, &mut reader);
    project.tags.prune(&mut included);
    project.plays[play].handlers = included.handlers;
    let wrong: Vec<Diagnostic> = reader
        .diagnostics
        .into_iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    if wrong.is_empty() {
        Ok(included.items)
    } else {
        Err(wrong)
    }
}

/// Conditions that held when it was included are not asked again of what it includes: whoever includes takes them off the task.
fn context(task: &Task, variables: &[(String, Value)]) -> Context {
    let mut own = task.variables.clone();
    for (name, value) in variables {
        let value = data(value, &task.place);
        own.push(Definition {
            name: name.clone(),
            place: task.place.clone(),
            value,
        });
    }
    Context {
        file: PathBuf::from(&*task.place.file),
        role: task.role,
        when: task.when.clone(),
        tags: task.tags.clone(),
        r#become: task.r#become.clone(),
        variables: own,
        environment: task.environment.clone(),
        ignore_errors: task.ignore_errors.clone(),
        check_mode: task.check_mode,
        run_once: task.run_once,
        no_log: task.no_log,
        irreversible: task.irreversible.clone(),
        delegate_to: task.delegate_to.clone(),
        throttle: task.throttle,
        timeout: task.timeout,
        notify: Vec::new(),
        needs: task.needs.clone(),
        module_defaults: Vec::new(),
    }
}

/// A value as a node that is never rendered: what a host said is data.
pub fn data(value: &Value, place: &Place) -> Node {
    fn mark(node: &mut Node) {
        match &mut node.kind {
            NodeKind::String { .. } => node.tag = Some("!unsafe".to_owned()),
            NodeKind::List(items) => items.iter_mut().for_each(mark),
            NodeKind::Map(map) => map.values_mut().for_each(|(_, node)| mark(node)),
            _ => {}
        }
    }
    let mut node = from_value(value, place);
    mark(&mut node);
    node
}

fn text(arguments: &Value, key: &str) -> Option<String> {
    arguments
        .get(key)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

fn file(resolver: &mut Resolver, arguments: &Value, task: &Task, context: &Context) -> Vec<Item> {
    let name = text(arguments, "file").unwrap_or_default();
    if let Some(path) = resolver.find_tasks(&name, context) {
        return resolver.tasks_file(&path, &task.place, context);
    }
    let message = format!("no file of tasks `{name}`");
    resolver
        .reader
        .report(Diagnostic::error(message).at(&task.arguments.place));
    Vec::new()
}

fn role(resolver: &mut Resolver, arguments: &Value, task: &Task, context: &Context) -> Vec<Item> {
    let name = text(arguments, "name")
        .or_else(|| text(arguments, "role"))
        .unwrap_or_default();
    let files = Files {
        tasks: text(arguments, "tasks_from"),
        vars: text(arguments, "vars_from"),
        defaults: text(arguments, "defaults_from"),
        handlers: text(arguments, "handlers_from"),
    };
    let place = &task.arguments.place;
    let mut inner = context.clone();
    let parameters = std::mem::take(&mut inner.variables);
    let wanted = Use {
        name: &name,
        place,
        parameters,
        files,
        again: true,
    };
    resolver.role(&wanted, &inner)
}

/// The files an `include_vars` names: a file, or all in a folder.
fn named(
    name: &str,
    task: &Task,
    folder: &Path,
    project: &Project,
    loader: &dyn Loader,
) -> Result<Vec<PathBuf>, Diagnostic> {
    let asker = Asker {
        project,
        folder,
        role: task.role,
        file: &task.place.file,
    };
    let path = files::find(loader, &asker, Purpose::Variables, name).map_err(|missing| {
        let mut diagnostic =
            Diagnostic::error(format!("no file of variables `{name}`")).at(&task.place);
        diagnostic.hint = missing.hint;
        diagnostic
    })?;
    if !loader.is_directory(&path) {
        return Ok(vec![path]);
    }
    let names = loader.list(&path).into_iter();
    let paths = names.map(|name| path.join(name));
    Ok(paths.filter(|path| is_document(path)).collect())
}

/// The variables an `include_vars` brings, rendered for the host; `arguments` are rendered already.
pub fn variables(
    scope: &Scope,
    project: &Project,
    folder: &Path,
    task: &Task,
    arguments: &Value,
    loader: &dyn Loader,
) -> Result<Vec<(String, Value)>, Vec<Diagnostic>> {
    let name = text(arguments, "file")
        .or_else(|| text(arguments, "dir"))
        .unwrap_or_default();
    let paths = named(&name, task, folder, project, loader).map_err(|found| vec![found])?;
    let mut reader = Reader::new(loader);
    let mut values: Vec<(String, Value)> = Vec::new();
    for path in paths {
        for definition in load::definitions(&path, &mut reader) {
            let value = scope
                .with_all(&values)
                .render(&definition.value)
                .map_err(|found| vec![found])?;
            values.push((definition.name, value));
        }
    }
    if !reader.diagnostics.is_empty() {
        return Err(reader.diagnostics);
    }
    Ok(match text(arguments, "name") {
        Some(name) => vec![(name, values.into_iter().collect())],
        None => values,
    })
}
