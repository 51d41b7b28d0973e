//! Handlers, and who notifies whom.
use super::Resolver;
use super::context::Context;
use crate::play::{Item, Notify, Play, Task};
use crate::source::Reader;
use crate::syntax::entry;
use crate::{Node, Project, keyword, template};
use play_core::Diagnostic;

impl Resolver<'_, '_> {
    /// The handlers of a list join the play's.
    pub(crate) fn handlers_of(&mut self, node: &Node, context: &Context) {
        let entries = entry::entries(node, "`handlers`", self.catalog, self.reader);
        let items = self.items(&entries, context);
        let mut found = Vec::new();
        flat(items, &mut found);
        for task in found {
            self.add_handler(task);
        }
    }

    fn add_handler(&mut self, task: Task) {
        let name = task.name.as_str().unwrap_or_default();
        if name == task.module && task.listen.is_empty() {
            let message = "a handler without a name can never be notified";
            self.reader.report(
                Diagnostic::error(message)
                    .at(&task.place)
                    .hint("give it a `name:`"),
            );
        }
        let same = |known: &&Task| {
            known.role == task.role && known.name.as_str() == Some(name) && name != task.module
        };
        if let Some(first) = self.handlers.iter().find(same) {
            let message = format!("two handlers are named `{name}`");
            let diagnostic = Diagnostic::error(message).at(&task.name.place);
            self.reader
                .report(diagnostic.also(&first.name.place, "the first is here"));
        }
        self.handlers.push(task);
    }
}

fn flat(items: Vec<Item>, out: &mut Vec<Task>) {
    for item in items {
        match item {
            Item::Task(task) => out.push(*task),
            Item::Block(block) => {
                flat(block.items, out);
                flat(block.rescue, out);
                flat(block.always, out);
            }
            Item::Flush(_) => {}
        }
    }
}

/// The handlers a rendered name means for a task of this role: the one of that name in the role itself, else the last of
/// that name in the play, and all that listen to it. `title` tells a handler's name.
pub fn notified(
    project: &Project,
    handlers: &[Task],
    role: Option<usize>,
    name: &str,
    title: &dyn Fn(&Task) -> String,
) -> Vec<usize> {
    let folder = |task: &Task| task.role.map(|index| &project.roles[index].folder);
    let home = role.map(|index| &project.roles[index].folder);
    let (prefix, plain) = match name.split_once(" : ") {
        Some((prefix, plain)) => (Some(prefix.trim()), plain.trim()),
        None => (None, name.trim()),
    };
    let named = |task: &Task| {
        let role = task.role.map(|index| project.roles[index].name.as_str());
        let title = title(task);
        title == plain && (prefix.is_none() || prefix == role) || title == name
    };
    let by_name = handlers
        .iter()
        .rposition(|task| named(task) && folder(task) == home)
        .or_else(|| handlers.iter().rposition(named));
    let listening = (0..handlers.len())
        .filter(|index| handlers[*index].listen.iter().any(|topic| topic == name));
    let mut found: Vec<usize> = by_name.into_iter().chain(listening).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Binds the names tasks notify to the play's handlers; names nobody bears are reported.
pub(crate) fn bind(project: &Project, play: &mut Play, reader: &mut Reader) {
    let handlers = play.handlers.clone();
    let late_names = handlers
        .iter()
        .any(|task| task.name.as_str().is_some_and(template::is_template));
    let mut each = |task: &mut Task| {
        for notify in &mut task.notify {
            let Notify::Late(node) = notify else { continue };
            let Some(name) = node.as_str() else {
                let message = format!(
                    "`notify` must be the name of a handler, not {}",
                    node.describe()
                );
                reader.report(Diagnostic::error(message).at(&node.place));
                continue;
            };
            if template::is_template(name) {
                continue;
            }
            let written = |handler: &Task| handler.name.as_str().unwrap_or_default().to_owned();
            let found = notified(project, &handlers, task.role, name, &written);
            if !found.is_empty() {
                *notify = Notify::Handlers(found);
            } else if !late_names {
                unknown(name, node, &handlers, reader);
            }
        }
    };
    visit(&mut play.items, &mut each);
    play.handlers.iter_mut().for_each(each);
}

fn unknown(name: &str, node: &Node, handlers: &[Task], reader: &mut Reader) {
    let mut diagnostic = Diagnostic::error(format!("no handler `{name}`")).at(&node.place);
    let names = handlers.iter().filter_map(|task| task.name.as_str());
    let topics = handlers
        .iter()
        .flat_map(|task| task.listen.iter().map(String::as_str));
    let near = keyword::hint(name, names.chain(topics));
    diagnostic.hint = near.or_else(|| {
        Some("write it under `handlers:` of the play, or in handlers/main.yml of the role".into())
    });
    reader.report(diagnostic);
}

/// Every task among items, in the order written.
pub(crate) fn visit(items: &mut [Item], each: &mut dyn FnMut(&mut Task)) {
    for item in items {
        match item {
            Item::Task(task) => each(task),
            Item::Block(block) => {
                visit(&mut block.items, each);
                visit(&mut block.rescue, each);
                visit(&mut block.always, each);
            }
            Item::Flush(_) => {}
        }
    }
}
