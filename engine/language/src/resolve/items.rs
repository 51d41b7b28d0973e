//! Entries of a list of tasks as items of a play.
use super::Resolver;
use super::context::Context;
use crate::check::references::{LOCAL, literal};
use crate::node::NodeKind;
use crate::play::{Block, Item, Notify, Task};
use crate::syntax::action;
use crate::syntax::entry::{BlockEntry, Entry, TaskEntry};
use crate::syntax::field;
use crate::{Node, check, keyword};
use play_core::Diagnostic;

const META: [&str; 8] = [
    "flush_handlers",
    "end_play",
    "end_host",
    "clear_facts",
    "noop",
    "clear_host_errors",
    "refresh_inventory",
    "reset_connection",
];

impl Resolver<'_, '_> {
    pub(crate) fn items(&mut self, entries: &[Entry], context: &Context) -> Vec<Item> {
        let mut items = Vec::new();
        for entry in entries {
            match entry {
                Entry::Task(task) => items.extend(self.step(task, context)),
                Entry::Block(block) => items.extend(self.block(block, context)),
            }
        }
        items
    }

    /// A block without rescue and always is its tasks: its keywords are on them already.
    fn block(&mut self, entry: &BlockEntry, context: &Context) -> Vec<Item> {
        let inner = context.under(&entry.keywords);
        let items = self.items(&entry.items, &inner);
        if entry.rescue.is_empty() && entry.always.is_empty() {
            return items;
        }
        let name = entry
            .keywords
            .name
            .as_ref()
            .and_then(Node::as_str)
            .map(str::to_owned);
        let rescue = self.items(&entry.rescue, &inner);
        let always = self.items(&entry.always, &inner);
        let place = entry.place.clone();
        vec![Item::Block(Box::new(Block {
            name,
            place,
            items,
            rescue,
            always,
        }))]
    }

    /// One task entry: imports become what they import.
    fn step(&mut self, entry: &TaskEntry, context: &Context) -> Vec<Item> {
        match entry.action.module.as_str() {
            "import_tasks" | "include_tasks" => self.tasks_import(entry, context),
            "import_role" | "include_role" => self.role_import(entry, context),
            "meta" => self.meta(entry, context),
            "import_playbook" => {
                let message = "`import_playbook` stands beside plays, not among tasks";
                self.reader
                    .report(Diagnostic::error(message).at(&entry.action.place));
                Vec::new()
            }
            _ => vec![Item::Task(Box::new(self.task(entry, context)))],
        }
    }

    fn meta(&mut self, entry: &TaskEntry, context: &Context) -> Vec<Item> {
        let action = entry.action.arguments.field("action");
        let name = action.and_then(Node::as_str).unwrap_or_default();
        if name == "flush_handlers" {
            return vec![Item::Flush(entry.place.clone())];
        }
        if !META.contains(&name) {
            let place = action.map_or(&entry.action.place, |node| &node.place);
            let mut diagnostic =
                Diagnostic::error(format!("unknown meta action `{name}`")).at(place);
            diagnostic.hint = keyword::hint(name, META);
            self.reader.report(diagnostic);
        }
        vec![Item::Task(Box::new(self.task(entry, context)))]
    }

    /// A task with everything around it on it.
    pub(crate) fn task(&mut self, entry: &TaskEntry, context: &Context) -> Task {
        let mut inner = context.under(&entry.keywords);
        if entry.action.local {
            inner.delegate_to = Some(field::made("localhost", &entry.action.place));
        }
        if let Some(host) = inner
            .delegate_to
            .as_ref()
            .and_then(literal)
            .filter(|host| LOCAL.contains(host))
        {
            self.implicit(host, &entry.place);
        }
        let module = entry.action.module.clone();
        let arguments = self.with_defaults(&module, &entry.action.arguments, &inner);
        let name = entry.keywords.name.clone();
        let mut task = Task {
            id: self.number(),
            name: name.unwrap_or_else(|| field::made(module.clone(), &entry.place)),
            place: entry.place.clone(),
            role: inner.role,
            module,
            arguments,
            when: inner.when,
            repeat: entry.repeat.clone(),
            register: entry.register.clone(),
            until: entry.until.clone(),
            tags: inner.tags,
            r#become: inner.r#become,
            variables: inner.variables,
            environment: inner.environment,
            changed_when: entry.changed_when.clone(),
            failed_when: entry.failed_when.clone(),
            ignore_errors: inner.ignore_errors,
            check_mode: inner.check_mode,
            delegate_to: inner.delegate_to,
            run_once: inner.run_once,
            notify: inner.notify.into_iter().map(Notify::Late).collect(),
            listen: entry.listen.clone(),
            no_log: inner.no_log,
            irreversible: inner.irreversible,
            needs: inner.needs,
            declared: entry.declared.clone(),
            throttle: inner.throttle,
            timeout: inner.timeout,
        };
        check::task(&mut task, &entry.action.place, self);
        task
    }

    /// `module_defaults`: the nearest wins, the task's own arguments above all.
    fn with_defaults(&self, module: &str, arguments: &Node, context: &Context) -> Node {
        let mut arguments = arguments.clone();
        for (name, defaults) in context.module_defaults.iter().rev() {
            if action::canonical(name, self.catalog).as_deref() != Some(module) {
                continue;
            }
            if let (NodeKind::Map(own), Some(more)) = (&mut arguments.kind, defaults.as_map()) {
                for (key, value) in more {
                    own.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        arguments
    }
}
