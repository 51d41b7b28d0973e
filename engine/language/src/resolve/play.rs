//! One play: its hosts, its variables, its items.
use super::Resolver;
use super::context::Context;
use crate::check::references::LOCAL;
use crate::inventory::connection::{KIND, PORT, USER};
use crate::inventory::{Definition, Host, load, pattern};
use crate::node::NodeKind;
use crate::play::{Item, Need, Play, Share};
use crate::source::normal;
use crate::syntax::keywords::Keywords;
use crate::syntax::{entry, field, table};
use crate::{Learned, Node, Scope, template, uses};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place, Value, unknown};
use std::path::PathBuf;

type Map = IndexMap<String, (Place, Node)>;

/// Keywords of plays that say how to connect, and the variable each is.
const CONNECTION: [(&str, &str); 4] = [
    ("remote_user", USER[0]),
    ("user", USER[0]),
    ("connection", KIND[0]),
    ("port", PORT[0]),
];

impl Resolver<'_, '_> {
    pub(crate) fn play(&mut self, node: &Node, map: &Map, context: &Context) {
        table::unknown_keys(map, "play", &[table::PLAY, table::SHARED], self.reader);
        self.unsupported(map);
        let mut keywords = Keywords::read(map, self.reader);
        let mut variables = connection(map);
        // Variables of an import around the play are under the play's own.
        variables.extend(context.variables.iter().cloned());
        variables.append(&mut keywords.variables);
        variables.extend(self.prompts(map));
        let needs: Option<Vec<Need>> = keywords.needs.take();
        let known = Play {
            variables,
            file_variables: self.vars_files(map),
            ..Play::default()
        };
        let (hosts, vacant) = self.targets(node, map, &known);
        let outer = Context {
            variables: Vec::new(),
            ..context.clone()
        };
        let inner = outer.under(&keywords);
        let items = self.parts(map, &inner);
        let name = keywords
            .name
            .as_ref()
            .and_then(Node::as_str)
            .map(str::to_owned);
        let mut flag = |key: &str| match map.get(key) {
            Some((_, node)) => field::boolean(node, &format!("`{key}`"), self.reader),
            None => None,
        };
        let gather_facts = flag("gather_facts").unwrap_or(true);
        let play = Play {
            name: name.unwrap_or_else(|| pattern_text(map)),
            place: node.place.clone(),
            vacant,
            hosts,
            items,
            handlers: std::mem::take(&mut self.handlers),
            serial: self.serial(map),
            max_fail_percentage: self.budget(map),
            any_errors_fatal: keywords.any_errors_fatal.unwrap_or_default(),
            gather_facts,
            needs,
            folder: self.folder.clone(),
            order: self.project.plays.len(),
            ..known
        };
        self.handler_roles.clear();
        self.roles_done.clear();
        self.project.plays.push(play);
    }

    /// The parts of a play in the order they run; handlers are pending until the flush behind each.
    fn parts(&mut self, map: &Map, context: &Context) -> Vec<Item> {
        let mut items = Vec::new();
        self.list_of(map, "pre_tasks", context, &mut items);
        if let Some((_, roles)) = map.get("roles") {
            for entry in field::list(roles, "`roles`", self.reader) {
                if !crate::role::is_nothing(entry) {
                    items.extend(self.role_entry(entry, context));
                }
            }
        }
        let before = items.len();
        if let Some((place, tasks)) = map.get("tasks") {
            let entries = entry::entries(tasks, "`tasks`", self.catalog, self.reader);
            items.extend(self.items(&entries, context));
            items.push(Item::Flush(place.clone()));
        } else if let Some((place, _)) = map.get("roles").filter(|_| before > 0) {
            items.push(Item::Flush(place.clone()));
        }
        self.list_of(map, "post_tasks", context, &mut items);
        if let Some((_, handlers)) = map.get("handlers") {
            self.handlers_of(handlers, context);
        }
        items
    }

    fn list_of(&mut self, map: &Map, key: &str, context: &Context, items: &mut Vec<Item>) {
        if let Some((place, node)) = map.get(key) {
            let entries = entry::entries(node, &format!("`{key}`"), self.catalog, self.reader);
            items.extend(self.items(&entries, context));
            items.push(Item::Flush(place.clone()));
        }
    }

    fn unsupported(&mut self, map: &Map) {
        for key in ["strategy", "order", "fact_path"] {
            if let Some((place, node)) = map.get(key)
                && !matches!(node.as_str(), Some("linear" | "free" | "inventory"))
            {
                self.reader
                    .report(Diagnostic::warning(format!("`{key}` has no effect")).at(place));
            }
        }
    }

    /// The hosts of a play, whose variables may say which those are, and whether it is meant to have none: until somebody who is to
    /// be asked has answered, too.
    fn targets(&mut self, node: &Node, map: &Map, known: &Play) -> (Vec<String>, bool) {
        let Some((_, hosts)) = map.get("hosts") else {
            let diagnostic =
                Diagnostic::error("play does not say on which hosts it runs").at(&node.place);
            let file = &node.place.file;
            let hint = if file.contains("tasks/") || file.contains("handlers/") {
                "this is a part of a role, not a playbook: name the role under `roles:` of a play"
            } else if map.keys().any(|key| self.catalog.canonical(key).is_some()) {
                "a task stands under `tasks:` of a play; a play says `hosts: all`, or the name of a group"
            } else {
                "write `hosts: all`, or the name of a group"
            };
            self.reader.report(diagnostic.hint(hint));
            return (Vec::new(), false);
        };
        let mut texts: Vec<(String, Place)> = Vec::new();
        for (text, place) in field::texts(hosts, "`hosts`", self.reader) {
            let Some(value) = self.named(text, place, known) else {
                continue;
            };
            if unknown::within(&value).is_some() {
                return (Vec::new(), true);
            }
            let items = match value {
                Value::Array(items) => items,
                one => vec![one],
            };
            texts.extend(
                items
                    .iter()
                    .map(|item| (template::text_of(item), place.clone())),
            );
        }
        for (text, place) in &texts {
            self.check_pattern(text, place);
        }
        let whole: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
        let separator = if whole.iter().any(|text| text.contains(',')) || whole.len() > 1 {
            ","
        } else {
            ":"
        };
        let whole = whole.join(separator);
        let hosts = pattern::select(&self.project.inventory, &whole).hosts;
        let vacant = hosts.is_empty() && self.are_groups(map);
        (hosts, vacant)
    }

    /// What `hosts` says, over which the play's own variables are known, and no host's.
    fn named(&mut self, text: &str, place: &Place, known: &Play) -> Option<Value> {
        if !template::is_template(text) {
            return Some(text.into());
        }
        let learned = Learned::default();
        let play = Some(known);
        let scope = Scope::new(&self.project, self.reader.loader, &learned, "", play, None);
        let mut wrong = match scope.render(&field::made(text, place)) {
            Ok(value) => return Some(value),
            Err(wrong) => wrong,
        };
        let names = uses::of_template(text, place);
        let mut names = names.iter().filter_map(|one| one.path.first());
        let asks = |name: &&String| self.project.prompts.iter().any(|one| one.name == **name);
        wrong.hint = Some(match names.find(asks) {
            Some(name) => format!("another play asks for `{name}`: write it into the `vars_prompt` of this one, too; it is asked for once"),
            None => "hosts are chosen before there is a host: known here are `-e`, and `vars`, `vars_files` and `vars_prompt` of the play; not what an inventory says of hosts and groups, nor what a task finds out".to_owned(),
        });
        wrong.place = Some(place.clone());
        self.reader.report(wrong);
        self.open = true;
        None
    }

    /// Whether a play is for groups alone, or for some of their hosts by number, and the inventory has each group.
    fn are_groups(&self, map: &Map) -> bool {
        let texts: Vec<&str> = match map.get("hosts") {
            Some((_, node)) => match node.as_list() {
                Some(items) => items.iter().filter_map(Node::as_str).collect(),
                None => node.as_str().into_iter().collect(),
            },
            None => return false,
        };
        let groups = &self.project.inventory.groups;
        let known = |text: &&str| groups.contains_key(text.split('[').next().unwrap_or_default());
        !texts.is_empty() && texts.iter().all(known)
    }

    fn check_pattern(&mut self, text: &str, place: &Place) {
        for name in LOCAL {
            if text.split([',', ':']).any(|term| term.trim() == name) {
                self.implicit(name, place);
            }
        }
        let selection = pattern::select(&self.project.inventory, text);
        for (name, hint) in selection.unknown {
            let mut diagnostic =
                Diagnostic::error(format!("no host or group `{name}` in the inventory")).at(place);
            diagnostic.hint = hint;
            self.reader.report(diagnostic);
        }
        for (term, why) in selection.wrong {
            let message = format!("`{term}` is not a pattern: {why}");
            self.reader.report(Diagnostic::error(message).at(place));
        }
    }

    /// This machine, as Ansible has it: there without being in the inventory, and in no group's hosts.
    pub(crate) fn implicit(&mut self, name: &str, place: &Place) {
        if self.project.inventory.hosts.contains_key(name) {
            return;
        }
        let variables = vec![Definition {
            name: KIND[0].to_owned(),
            place: place.clone(),
            value: field::made("local", place),
        }];
        let host = Host {
            name: name.to_owned(),
            place: place.clone(),
            groups: vec!["all".to_owned()],
            variables,
        };
        self.project.inventory.hosts.insert(name.to_owned(), host);
    }

    fn vars_files(&mut self, map: &Map) -> Vec<Definition> {
        let Some((_, node)) = map.get("vars_files") else {
            return Vec::new();
        };
        let mut definitions = Vec::new();
        let items = match node.as_list() {
            Some(items) => items,
            None => std::slice::from_ref(node),
        };
        for item in items {
            // A list within the list: the first of them that is there.
            let names = field::texts(item, "`vars_files`", self.reader);
            let mut paths: Vec<PathBuf> = Vec::new();
            for (text, place) in names {
                if let Some(text) = self.known_text(text, place) {
                    paths.push(normal(&self.folder.join(text)));
                }
            }
            match self.reader.first_file(paths.clone()) {
                Some(path) => definitions.extend(load::definitions(&path, self.reader)),
                None => self.missing_variables(&paths, item),
            }
        }
        definitions
    }

    fn missing_variables(&mut self, paths: &[PathBuf], item: &Node) {
        self.open = true;
        let Some(path) = paths.first() else { return };
        let mut diagnostic =
            Diagnostic::error(format!("no file of variables `{}`", path.display())).at(&item.place);
        let near = self.reader.loader.list(&crate::source::folder(path));
        let last = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        diagnostic.hint = crate::keyword::hint(last, near.iter().map(String::as_str));
        self.reader.report(diagnostic);
    }

    /// Text that may hold `{{ }}` over what `-e` gave, and over nothing else.
    pub(super) fn known_text(&mut self, text: &str, place: &Place) -> Option<String> {
        if !template::is_template(text) {
            return Some(text.to_owned());
        }
        let learned = Learned::default();
        let scope = Scope::new(&self.project, self.reader.loader, &learned, "", None, None);
        let rendered = scope.render(&field::made(text, place));
        match rendered.map(|value| template::text_of(&value)) {
            Ok(text) => Some(text),
            Err(mut diagnostic) => {
                diagnostic.place = Some(place.clone());
                diagnostic.hint = Some("only variables given with `-e` are known here".to_owned());
                self.reader.report(diagnostic);
                self.open = true;
                None
            }
        }
    }

    fn serial(&mut self, map: &Map) -> Vec<Share> {
        let Some((_, node)) = map.get("serial") else {
            return Vec::new();
        };
        let mut shares = Vec::new();
        for (text, place) in field::texts(node, "`serial`", self.reader) {
            let share = match text.trim().strip_suffix('%') {
                Some(percent) => percent
                    .trim()
                    .parse()
                    .ok()
                    .filter(|p| *p > 0.0 && *p <= 100.0)
                    .map(Share::Percent),
                None => text
                    .trim()
                    .parse()
                    .ok()
                    .filter(|hosts| *hosts > 0)
                    .map(Share::Hosts),
            };
            if share.is_none() {
                let message =
                    format!("`serial` must be a number of hosts or a percentage, not `{text}`");
                self.reader.report(Diagnostic::error(message).at(place));
            }
            shares.extend(share);
        }
        shares
    }

    fn budget(&mut self, map: &Map) -> Option<f64> {
        let (_, node) = map.get("max_fail_percentage")?;
        field::number(node, "`max_fail_percentage`", self.reader)
    }
}

fn pattern_text(map: &Map) -> String {
    let hosts = map.get("hosts").map(|(_, node)| node);
    match hosts.map(|node| &node.kind) {
        Some(NodeKind::String { text, .. }) => text.clone(),
        Some(NodeKind::List(items)) => items
            .iter()
            .filter_map(Node::as_str)
            .collect::<Vec<_>>()
            .join(","),
        _ => String::new(),
    }
}

fn connection(map: &Map) -> Vec<Definition> {
    let given = CONNECTION
        .iter()
        .filter_map(|(key, name)| map.get(*key).map(|found| (name, found)));
    given
        .map(|(name, (place, node))| Definition {
            name: (*name).to_owned(),
            place: place.clone(),
            value: node.clone(),
        })
        .collect()
}
