//! Which variables a text uses, found without evaluating it: undefined ones are told before a run, facts and other hosts' values
//! make edges of the graph.
use crate::Node;
use crate::expression::evaluate::constants;
use crate::expression::tree::{Call, Kind, Tree};
use crate::expression::{compile, unwrap_braces};
use crate::node::NodeKind;
use crate::play::Task;
use crate::scope::locate;
use crate::template::{Compiled, Start, compiled, is_template, parse_path};
use handlebars::Template;
use handlebars::template::{BlockParam, HelperTemplate, Parameter, TemplateElement};
use play_core::{Place, Value};

/// One use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The variable and the constant steps into it: `facts`, `os`, `family`. After `hostvars`, a host that is computed is [`ANY_HOST`].
    pub path: Vec<String>,
    /// It may be undefined: `default` or `is defined` looks after it, or it may be a field of what a block is about.
    pub guarded: bool,
    pub place: Place,
}

/// Where a path names a host, one that is only known when it is evaluated. No host has this name.
pub const ANY_HOST: &str = "";

/// Every use in the templates anywhere in a value. Texts that do not compile have none; `template::check` tells about those.
pub fn uses(node: &Node) -> Vec<Use> {
    let mut out = Vec::new();
    walk_node(node, &mut out);
    out
}

/// The uses of a condition.
pub fn of_condition(text: &str, place: &Place) -> Vec<Use> {
    let text = unwrap_braces(text).unwrap_or(text);
    let mut finder = Finder::new(place, text);
    if let Ok(tree) = compile(text) {
        finder.tree(&tree, false, 0);
    }
    finder.finish()
}

/// The uses of the expressions among a task's arguments.
pub fn of_expressions(task: &Task) -> Vec<Use> {
    let expressions = task.expressions().into_iter();
    let written = expressions.filter_map(|node| Some((node.as_str()?, &node.place)));
    written
        .flat_map(|(text, place)| of_condition(text, place))
        .collect()
}

/// The uses of a template file's text; `place` is the file.
pub fn of_template(text: &str, place: &Place) -> Vec<Use> {
    let mut finder = Finder::new(place, text);
    if let Ok(template) = compiled(text) {
        finder.template(&template, &template.parsed);
    }
    finder.finish()
}

fn walk_node(node: &Node, out: &mut Vec<Use>) {
    match &node.kind {
        NodeKind::String { text, .. }
            if is_template(text) && !matches!(node.tag.as_deref(), Some("!unsafe" | "!vault")) =>
        {
            out.extend(of_template(text, &node.place));
        }
        NodeKind::List(items) => items.iter().for_each(|item| walk_node(item, out)),
        NodeKind::Map(map) => {
            for (key, (place, value)) in map {
                if is_template(key) {
                    out.extend(of_template(key, place));
                }
                walk_node(value, out);
            }
        }
        _ => {}
    }
}

/// Collects the uses of one text.
struct Finder<'a> {
    place: &'a Place,
    text: &'a str,
    /// Block parameters in force.
    bound: Vec<String>,
    /// How many blocks are around that are about a value.
    depth: usize,
    /// Where in the text the element looked at begins.
    element: usize,
    /// Where in the text the next parameter of the element is looked for.
    next: usize,
    /// Paths some `is defined` of the text asks about: their other uses are looked after too.
    asked: Vec<Vec<String>>,
    found: Vec<Use>,
}

impl<'a> Finder<'a> {
    fn new(place: &'a Place, text: &'a str) -> Self {
        Self {
            place,
            text,
            bound: Vec::new(),
            depth: 0,
            element: 0,
            next: 0,
            asked: Vec::new(),
            found: Vec::new(),
        }
    }

    fn finish(self) -> Vec<Use> {
        let mut found = self.found;
        for one in &mut found {
            one.guarded |= self.asked.iter().any(|asked| one.path.starts_with(asked));
        }
        found
    }

    fn add(&mut self, mut path: Vec<String>, guarded: bool, place: Place) {
        if path.len() > 1 && path[0] == "vars" {
            path.remove(0);
        }
        if self.bound.contains(&path[0]) || (self.depth > 0 && path[0] == "this") {
            return;
        }
        self.found.push(Use {
            path,
            guarded: guarded || self.depth > 0,
            place,
        });
    }

    /// An expression that begins at a byte of the text.
    fn tree(&mut self, tree: &Tree, guarded: bool, offset: usize) {
        if let Some(path) = tree.path() {
            let mut place = locate::at_offset(self.place, self.text, offset + tree.start);
            if place != *self.place {
                place.end = place.start + (tree.end - tree.start);
            }
            self.add(path, guarded, place);
            return;
        }
        if let Some(names) = of_any_host(tree) {
            let path = [&["hostvars", ANY_HOST][..], &names].concat();
            let path = path.into_iter().map(str::to_owned).collect();
            let place = locate::at_offset(self.place, self.text, offset + tree.start);
            self.add(path, true, place);
            self.computed(tree, offset);
            return;
        }
        match &tree.kind {
            Kind::Filter(subject, call) if matches!(call.name.as_str(), "default" | "d") => {
                self.tree(subject, true, offset);
                let named = call.named.iter().map(|(_, tree)| tree);
                for argument in call.arguments.iter().chain(named) {
                    self.tree(argument, guarded, offset);
                }
            }
            Kind::Filter(_, call) if tree.children().into_iter().any(is_hostvars) => {
                self.handed_hostvars(tree, call, guarded, offset);
            }
            Kind::Test(subject, call) if matches!(call.name.as_str(), "defined" | "undefined") => {
                self.asked.extend(subject.path());
                self.tree(subject, true, offset);
            }
            Kind::Function(call) if matches!(call.name.as_str(), "lookup" | "query" | "q") => {
                if let [kind, name, ..] = &call.arguments[..]
                    && let (Some("vars"), Some(name)) = (constant(kind), constant(name))
                {
                    let place = locate::at_offset(self.place, self.text, offset + tree.start);
                    self.add(vec![name.to_owned()], guarded, place);
                }
                tree.children()
                    .into_iter()
                    .for_each(|child| self.tree(child, guarded, offset));
            }
            _ => tree
                .children()
                .into_iter()
                .for_each(|child| self.tree(child, guarded, offset)),
        }
    }

    /// A filter that is handed `hostvars` sees just the variables that its arguments name.
    fn handed_hostvars(&mut self, tree: &Tree, call: &Call, guarded: bool, offset: usize) {
        let mut names = Vec::new();
        let arguments = call.arguments.iter();
        arguments.for_each(|argument| constants(argument, &mut names));
        let place = locate::at_offset(self.place, self.text, offset + tree.start);
        for name in names {
            let path = vec!["hostvars".to_owned(), ANY_HOST.to_owned(), name];
            self.add(path, true, place.clone());
        }
        let others = tree
            .children()
            .into_iter()
            .filter(|part| !is_hostvars(part));
        others.for_each(|part| self.tree(part, guarded, offset));
    }

    /// What the host of `hostvars[HOST].NAME` is computed from.
    fn computed(&mut self, tree: &Tree, offset: usize) {
        match &tree.kind {
            Kind::Item(of, key) if is_hostvars(of) => self.tree(key, false, offset),
            Kind::Item(of, _) | Kind::Attribute(of, _) => self.computed(of, offset),
            _ => {}
        }
    }

    fn template(&mut self, compiled: &Compiled, template: &Template) {
        for (index, element) in template.elements.iter().enumerate() {
            if let Some(place) = template.mapping.get(index) {
                let number = |value: usize| u32::try_from(value).unwrap_or(1);
                self.element = locate::offset_of(self.text, number(place.0), number(place.1));
                self.next = self.element;
            }
            match element {
                TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                    self.call(compiled, call, false);
                }
                TemplateElement::HelperBlock(block) => self.block(compiled, block),
                _ => {}
            }
        }
    }

    fn block(&mut self, compiled: &Compiled, block: &HelperTemplate) {
        for parameter in &block.params {
            self.parameter(compiled, parameter, false);
        }
        let about = matches!(block.name.as_name(), Some("each" | "with"));
        let before = self.bound.len();
        match &block.block_param {
            Some(BlockParam::Single(one)) => self.bound.extend(one.as_name().map(str::to_owned)),
            Some(BlockParam::Pair((one, two))) => {
                self.bound.extend(
                    [one, two]
                        .into_iter()
                        .filter_map(|name| name.as_name().map(str::to_owned)),
                );
            }
            _ => {}
        }
        self.depth += usize::from(about);
        if let Some(template) = &block.template {
            self.template(compiled, template);
        }
        self.depth -= usize::from(about);
        self.bound.truncate(before);
        if let Some(template) = &block.inverse {
            self.template(compiled, template);
        }
    }

    fn call(&mut self, compiled: &Compiled, call: &HelperTemplate, guarded: bool) {
        if call.params.is_empty() && call.hash.is_empty() {
            self.parameter(compiled, &call.name, guarded);
            return;
        }
        let default = call.name.as_name() == Some("default");
        for (index, parameter) in call.params.iter().chain(call.hash.values()).enumerate() {
            self.parameter(compiled, parameter, guarded || (default && index == 0));
        }
    }

    fn parameter(&mut self, compiled: &Compiled, parameter: &Parameter, guarded: bool) {
        match parameter {
            Parameter::Literal(_) => {}
            Parameter::Subexpression(inner) => {
                if let TemplateElement::Expression(call) = inner.as_element() {
                    self.call(compiled, call, guarded);
                }
            }
            other => {
                let raw = other.as_name().unwrap_or_default();
                if let Some(embedded) = compiled.embedded(raw) {
                    let (tree, offset) = (embedded.tree.clone(), embedded.offset);
                    self.tree(&tree, guarded, offset);
                    return;
                }
                let path = parse_path(raw);
                let variable =
                    matches!(path.start, Start::Name | Start::Root) && !path.steps.is_empty();
                if variable {
                    let place = self.find(raw);
                    self.add(path.steps, guarded, place);
                }
            }
        }
    }

    /// Where a path stands in the element: handlebars keeps the places of elements only. Parameters come in their order, but
    /// those with names in any.
    fn find(&mut self, raw: &str) -> Place {
        let found = [self.next, self.element]
            .into_iter()
            .find_map(|from| Some(from + word(self.text.get(from..)?, raw)?));
        let Some(offset) = found else {
            return locate::at_offset(self.place, self.text, self.element);
        };
        self.next = offset + raw.len();
        let mut place = locate::at_offset(self.place, self.text, offset);
        if place != *self.place {
            place.end = place.start + raw.len();
        }
        place
    }
}

/// Where a path stands by itself, not within another one or a text.
fn word(text: &str, path: &str) -> Option<usize> {
    let part = |one: char| {
        one.is_alphanumeric() || matches!(one, '_' | '.' | '/' | '"' | '\'' | '@' | '#')
    };
    text.match_indices(path).map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + path.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(|one| part(one) || one == '=')
    })
}

fn is_hostvars(tree: &Tree) -> bool {
    matches!(&tree.kind, Kind::Variable(name) if name == "hostvars")
}

/// The constant steps after `hostvars[HOST]`, where the host is computed.
fn of_any_host(tree: &Tree) -> Option<Vec<&str>> {
    let (of, step) = match &tree.kind {
        Kind::Item(of, _) if is_hostvars(of) => return Some(Vec::new()),
        Kind::Item(of, key) => (of, constant(key)?),
        Kind::Attribute(of, name) => (of, name.as_str()),
        _ => return None,
    };
    let mut steps = of_any_host(of)?;
    steps.push(step);
    Some(steps)
}

fn constant(tree: &Tree) -> Option<&str> {
    match &tree.kind {
        Kind::Constant(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(found: &[Use]) -> Vec<String> {
        let shown = |one: &Use| {
            format!(
                "{}{}",
                one.path.join("."),
                if one.guarded { "?" } else { "" }
            )
        };
        found.iter().map(shown).collect()
    }

    fn of(text: &str) -> Vec<String> {
        paths(&of_template(text, &locate::whole("t", text)))
    }

    #[test]
    fn templates() {
        assert_eq!(
            of("{{a}} {{b.c}} {{upper d}} {{default e f}}"),
            ["a", "b.c", "d", "e?", "f"]
        );
        assert_eq!(
            of("{{ a | default(b) }} {{ c['d'] ~ x }}"),
            ["a?", "b", "c.d", "x"]
        );
        assert_eq!(
            of("{{#each users as |u|}}{{u.name}}{{port}}{{@index}}{{/each}}{{port}}"),
            ["users", "port?", "port"]
        );
        assert_eq!(
            of("{{#each users as |u|}}{{ u.name ~ port }}{{/each}}"),
            ["users", "port?"]
        );
        assert_eq!(
            of("{{#if (eq facts.os.family \"x\")}}{{ansible_facts.os_family}}{{/if}}"),
            ["facts.os.family", "ansible_facts.os_family"]
        );
        assert_eq!(
            of("{{ hostvars['vps1'].ip }} {{hostvars.vps2.ip}} {{ hostvars[x].ip }}"),
            ["hostvars.vps1.ip", "hostvars.vps2.ip", "hostvars..ip?", "x"]
        );
        assert_eq!(
            of("{{ hostvars[x[0]].facts.cpu | int }} {{ hostvars[x][y] }}"),
            ["hostvars..facts.cpu?", "x.0", "hostvars.?", "x", "y"]
        );
        assert_eq!(
            of("{{ groups.all | map('extract', hostvars, ['ip', 'v4']) | list }}"),
            [
                "hostvars..extract?",
                "hostvars..ip?",
                "hostvars..v4?",
                "groups.all"
            ]
        );
        assert_eq!(of("{{ lookup('vars', 'a') }} {{ vars.b }}"), ["a", "b"]);
    }

    #[test]
    fn conditions() {
        let place = Place::default();
        assert_eq!(
            paths(&of_condition("x is defined and x.y == z", &place)),
            ["x?", "x.y?", "z"]
        );
        assert_eq!(
            paths(&of_condition("{{ result.stdout == 'a' }}", &place)),
            ["result.stdout"]
        );
        assert_eq!(
            paths(&of_condition("not (a | default(false))", &place)),
            ["a?"]
        );
    }

    #[test]
    fn uses_have_places() {
        let text = "one\n{{ two }} {{ x | upper }}";
        let found = of_template(text, &locate::whole("t", text));
        assert_eq!(
            (
                found[0].place.line,
                found[1].place.line,
                found[1].place.column
            ),
            (2, 2, 14)
        );
        assert_eq!((found[0].place.column, found[0].place.end), (4, 10));
        let text = "{{upper \"x\" (default ax x)}}{{#if y}}{{/if}}{{join list sep=x}}";
        let columns = of_template(text, &locate::whole("t", text))
            .iter()
            .map(|one| one.place.column)
            .collect::<Vec<_>>();
        assert_eq!(columns, [22, 25, 35, 52, 61]);
    }
}
