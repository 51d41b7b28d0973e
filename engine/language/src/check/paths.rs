//! Files of the controller that tasks name: there, or reported.
use crate::files::{self, Asker};
use crate::node::NodeKind;
use crate::play::Task;
use crate::resolve::Resolver;
use crate::source::shown;
use crate::{Node, template};
use play_core::Diagnostic;
use std::path::PathBuf;

pub(crate) fn check(task: &Task, resolver: &mut Resolver) {
    let Some((path, node)) = local(task, resolver) else {
        return;
    };
    if task.module == "include_vars" && !resolver.reader.loader.is_directory(&path) {
        // What it defines is looked up again when variables are checked; here it is read for its mistakes.
        resolver.reader.yaml(&path, Some(&node.place));
    }
}

/// The file a task names, where its name is known now; one that is missing is reported.
fn local<'a>(task: &'a Task, resolver: &mut Resolver) -> Option<(PathBuf, &'a Node)> {
    let (argument, purpose) = files::named(&task.module)?;
    let remote = task
        .arguments
        .field("remote_src")
        .is_some_and(|node| node.kind != NodeKind::Bool(false));
    let node = task.arguments.field(argument)?;
    let text = node.as_str()?;
    if template::is_template(text) || remote || files::is_remote(text) {
        return None;
    }
    let name = if task.module == "script" {
        text.split_whitespace().next()?
    } else {
        text
    };
    let asker = Asker {
        project: &resolver.project,
        folder: &resolver.folder,
        role: task.role,
        file: &task.place.file,
    };
    match files::find(resolver.reader.loader, &asker, purpose, name) {
        Ok(path) if task.module == "template" && resolver.reader.loader.is_directory(&path) => {
            let message = format!("`{}` is a directory, not a template", shown(&path));
            resolver
                .reader
                .report(Diagnostic::error(message).at(&node.place));
            None
        }
        Ok(path) => Some((path, node)),
        Err(missing) => {
            let mut diagnostic =
                Diagnostic::error(format!("no {} `{name}`", purpose.noun())).at(&node.place);
            diagnostic.hint = missing.hint;
            resolver.reader.report(diagnostic);
            resolver.open |= task.module == "include_vars";
            None
        }
    }
}
