//! The variables one host sees at one task: nine layers, rendered when looked up.
mod explain;
mod facts;
mod file;
mod held;
mod layer;
pub(crate) mod locate;
mod magic;
mod provided;
mod refusal;

pub use facts::top_level as top_level_facts;
pub use refusal::diagnose;

use crate::expression::{Truth, judge, names::Names, unwrap_braces};
use crate::inventory::Definition;
use crate::learned::HostLearned;
use crate::node::NodeKind;
use crate::play::{Condition, Play, Project, RoleScope, Task};
use crate::spec::typed;
use crate::template::{is_template, render_text, render_value, text_of};
use crate::vault::Recipe;
use crate::{Learned, Loader, Node};
pub use explain::Explanation;
use layer::{Layers, layers};
use play_core::{Diagnostic, Place, Value, unknown};
pub(crate) use provided::{is_provided, provided};
use refusal::{circle, refuse};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Refused = Box<Diagnostic>;

/// One variable of one definition that is being rendered: host, name, place.
type Frame = (String, String, Place);

/// What one host sees. Cheap to make; values are rendered and kept as they are asked for. For one thread at a time: variables that
/// two threads render at once look like a circle.
pub struct Scope<'a> {
    project: &'a Project,
    loader: &'a dyn Loader,
    learned: &'a Learned,
    host: String,
    play: Option<&'a Play>,
    task: Option<&'a Task>,
    check: bool,
    /// Secrets that are not there yet may be made.
    makes: bool,
    layers: Arc<Layers<'a>>,
    locals: Vec<(String, Arc<Value>)>,
    rendered: Mutex<HashMap<String, Arc<Value>>>,
    /// Shared with the scopes of other hosts that are reached from here, so that a cycle through them is seen.
    rendering: Arc<Mutex<Vec<Frame>>>,
    others: Mutex<HashMap<String, Arc<Scope<'a>>>>,
}

/// How many variables may lead from one to the next: more than anyone writes.
const CHAIN: usize = 100;

/// After so many variables rendering goes on with a fresh stack, because the size of the caller's is not known.
const HOP: usize = 4;

/// Bytes: enough for `HOP` variables whose expressions are as deep as is allowed, in a debug build.
const STACK: usize = 16 << 20;

const MISSING_FACTS: &str = "facts of host `";

/// The host whose facts are missing, where a diagnostic says that and nothing else is wrong.
pub fn missing_facts(diagnostic: &Diagnostic) -> Option<&str> {
    let rest = diagnostic.message.strip_prefix(MISSING_FACTS)?;
    rest.strip_suffix("` are not gathered")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Scope<'a> {
    /// The scope of a host; without a play or task, the layers of those are empty.
    pub fn new(
        project: &'a Project,
        loader: &'a dyn Loader,
        learned: &'a Learned,
        host: &str,
        play: Option<&'a Play>,
        task: Option<&'a Task>,
    ) -> Self {
        Self {
            project,
            loader,
            learned,
            host: host.to_owned(),
            play,
            task,
            check: false,
            makes: false,
            layers: Arc::new(layers(project, host, play, task)),
            locals: Vec::new(),
            rendered: Mutex::default(),
            rendering: Arc::default(),
            others: Mutex::default(),
        }
    }

    /// What `ansible_check_mode` is.
    #[must_use]
    pub fn check_mode(mut self, check: bool) -> Self {
        self.check = check;
        self
    }

    /// Secrets that are made once may be made now.
    #[must_use]
    pub fn making_secrets(mut self, makes: bool) -> Self {
        self.makes = makes;
        self
    }

    /// The scope with one more variable, above every other: loop variables. The value is data and never rendered.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> Self {
        self.with_all(&[(name.to_owned(), value)])
    }

    /// The scope with several more variables above every other, later ones winning.
    #[must_use]
    pub fn with_all(&self, variables: &[(String, Value)]) -> Self {
        let mut locals = self.locals.clone();
        let added = variables.iter().cloned();
        locals.extend(added.map(|(name, value)| (name, Arc::new(value))));
        Self {
            host: self.host.clone(),
            layers: self.layers.clone(),
            locals,
            rendered: Mutex::default(),
            rendering: Arc::default(),
            others: Mutex::default(),
            ..*self
        }
    }

    /// The value of what was written. Mappings and lists lose what equals `omit`.
    pub fn render(&self, node: &Node) -> Result<Value, Diagnostic> {
        self.node(node).map_err(|refused| *refused)
    }

    /// The text of a template file; errors stand at their line and column in it.
    pub fn render_text(&self, file: &str, text: &str) -> Result<String, Diagnostic> {
        let place = locate::whole(file, text);
        render_text(text, self).map_err(|trouble| *refuse(trouble, &place, text))
    }

    /// Whether a condition holds.
    pub fn condition(&self, condition: &Condition) -> Result<Truth, Diagnostic> {
        let text = &condition.text;
        // Spans count from inside the braces, where a condition is wrapped in them.
        let skipped =
            unwrap_braces(text).map_or(0, |inner| inner.as_ptr() as usize - text.as_ptr() as usize);
        judge(text, self).map_err(|problem| {
            problem.diagnostic(|start, end| {
                let mut place = locate::at_offset(&condition.place, text, start + skipped);
                if place != condition.place {
                    place.end = place.start + end.saturating_sub(start);
                }
                place
            })
        })
    }

    /// A variable's value; None where nobody defines it.
    pub fn lookup(&self, name: &str) -> Result<Option<Value>, Diagnostic> {
        let found = self.find(name).map_err(|refused| *refused)?;
        Ok(found.map(|value| (*value).clone()))
    }

    /// Where a variable is written that no run has set; what a run sets is written nowhere.
    pub fn definition(&self, name: &str) -> Option<&'a Definition> {
        let above = Layers::find(&self.layers.above, name);
        let below = || {
            self.of_run(name)
                .is_none()
                .then(|| Layers::find(&self.layers.below, name))?
        };
        above.or_else(below)
    }

    fn role(&self) -> Option<&'a RoleScope> {
        self.project.roles.get(self.task?.role?)
    }

    fn own(&self) -> Option<&'a HostLearned> {
        self.learned.hosts.get(&self.host)
    }

    fn of_run(&self, name: &str) -> Option<&'a Value> {
        self.own()?.variables.get(name)
    }

    /// `facts`, `ansible_facts` and `ansible_…`; an error where they are not gathered.
    fn fact(&self, name: &str) -> Option<Result<Value, Refused>> {
        let alias = name
            .strip_prefix("ansible_")
            .filter(|alias| facts::is_alias(alias));
        if alias.is_none() && !matches!(name, "facts" | "ansible_facts") {
            return None;
        }
        let gathered = self
            .own()
            .map(|own| &own.facts)
            .filter(|facts| !facts.is_null());
        let Some(gathered) = gathered else {
            let message = format!("{MISSING_FACTS}{}` are not gathered", self.host);
            let hint = "only facts that a task names are gathered, from hosts that answer: name them, as in facts.os.family";
            return Some(Err(Box::new(Diagnostic::error(message).hint(hint))));
        };
        match (name, alias) {
            ("facts", _) => Some(Ok(gathered.clone())),
            ("ansible_facts", _) => Some(Ok(facts::ansible(gathered))),
            (_, Some(alias)) => facts::alias(gathered, alias).map(Ok),
            _ => None,
        }
    }

    fn node(&self, node: &Node) -> Result<Value, Refused> {
        match &node.kind {
            NodeKind::String { text, .. } => self.text(node, text),
            NodeKind::List(items) => {
                let values = items.iter().map(|item| self.node(item));
                let kept = values.filter(|value| !value.as_ref().is_ok_and(is_omitted));
                Ok(Value::Array(kept.collect::<Result<_, _>>()?))
            }
            NodeKind::Map(entries) => {
                let mut map = serde_json::Map::new();
                for (key, (place, value)) in entries {
                    let value = self.node(value)?;
                    if !is_omitted(&value) {
                        map.insert(self.key(key, place)?, value);
                    }
                }
                Ok(Value::Object(map))
            }
            _ => Ok(node.value()),
        }
    }

    fn text(&self, node: &Node, text: &str) -> Result<Value, Refused> {
        if matches!(node.tag.as_deref(), Some("!unsafe" | "!vault")) || !is_template(text) {
            return Ok(Value::String(text.to_owned()));
        }
        render_value(text, self).map_err(|trouble| refuse(trouble, &node.place, text))
    }

    fn key(&self, key: &str, place: &Place) -> Result<String, Refused> {
        if !is_template(key) {
            return Ok(key.to_owned());
        }
        let value = render_value(key, self).map_err(|trouble| refuse(trouble, place, key))?;
        Ok(text_of(&value))
    }

    /// Renders a definition, unless that is being done already: then it needs itself.
    fn define(&self, definition: &Definition) -> Result<Value, Refused> {
        let depth = self.enter(definition)?;
        let value = if depth % HOP == 0 {
            std::thread::scope(|threads| {
                let builder = std::thread::Builder::new().stack_size(STACK);
                let thread = builder.spawn_scoped(threads, || self.node(&definition.value));
                match thread.map(std::thread::ScopedJoinHandle::join) {
                    Ok(Ok(value)) => value,
                    Ok(Err(panic)) => std::panic::resume_unwind(panic),
                    Err(error) => Err(Box::new(Diagnostic::error(format!(
                        "cannot start a thread: {error}"
                    )))),
                }
            })
        } else {
            self.node(&definition.value)
        };
        lock(&self.rendering).pop();
        value
    }

    /// Notes that a definition is being rendered; how many are then.
    fn enter(&self, definition: &Definition) -> Result<usize, Refused> {
        let frame = (
            self.host.clone(),
            definition.name.clone(),
            definition.place.clone(),
        );
        let mut rendering = lock(&self.rendering);
        if let Some(start) = rendering.iter().position(|known| *known == frame) {
            return Err(circle(&rendering[start..], &frame));
        }
        if rendering.len() >= CHAIN {
            let message = format!("a chain of more than {CHAIN} variables that use each other");
            return Err(Box::new(Diagnostic::error(message).at(&frame.2)));
        }
        rendering.push(frame);
        Ok(rendering.len())
    }

    /// Layers, facts and magic, without loop variables and without what is kept.
    fn compute(&self, name: &str) -> Result<Option<Arc<Value>>, Refused> {
        if let Some(value) = self.magic(name) {
            return Ok(Some(Arc::new(value)));
        }
        if let Some(definition) = Layers::find(&self.layers.above, name) {
            return self.define(definition).map(|value| Some(Arc::new(value)));
        }
        if let Some(value) = self.of_run(name) {
            return Ok(Some(Arc::new(value.clone())));
        }
        if let Some(definition) = Layers::find(&self.layers.below, name) {
            return self.define(definition).map(|value| Some(Arc::new(value)));
        }
        self.fact(name).transpose().map(|found| found.map(Arc::new))
    }

    /// As the task's role says it is.
    fn typed(&self, name: &str, value: Arc<Value>) -> Arc<Value> {
        let entry = self.role().and_then(RoleScope::options);
        match entry {
            Some(entry) if value.is_string() => {
                Arc::new(typed(entry, name, Arc::unwrap_or_clone(value)))
            }
            _ => value,
        }
    }

    fn other(&self, host: &str) -> Arc<Scope<'a>> {
        let mut others = lock(&self.others);
        let other = others.entry(host.to_owned()).or_insert_with(|| {
            let mut scope = Scope::new(self.project, self.loader, self.learned, host, None, None);
            scope.check = self.check;
            scope.makes = self.makes;
            scope.rendering = self.rendering.clone();
            Arc::new(scope)
        });
        other.clone()
    }
}

impl Names for Scope<'_> {
    fn find(&self, name: &str) -> Result<Option<Arc<Value>>, Refused> {
        if let Some((_, value)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Ok(Some(value.clone()));
        }
        if let Some(value) = lock(&self.rendered).get(name) {
            return Ok(Some(value.clone()));
        }
        let found = self.compute(name)?.map(|value| self.typed(name, value));
        if let Some(value) = &found {
            lock(&self.rendered).insert(name.to_owned(), value.clone());
        }
        Ok(found)
    }

    fn held(&self, host: Option<&str>, path: &[String]) -> Option<(usize, Cow<'_, Value>)> {
        match host {
            None => self.own_held(path),
            Some(host) if self.project.inventory.hosts.contains_key(host) => {
                self.other(host).own_held(path)
            }
            Some(_) => None,
        }
    }

    fn host_variable(&self, host: &str, name: &str) -> Result<Option<Arc<Value>>, Refused> {
        self.other(host).find(name)
    }

    fn hosts(&self) -> Vec<String> {
        self.project.inventory.hosts.keys().cloned().collect()
    }

    fn known(&self) -> Vec<String> {
        let layers = self.layers.below.iter().chain(&self.layers.above);
        let written = layers
            .flat_map(|layer| layer.definitions)
            .map(|definition| definition.name.clone());
        let learnt = self
            .own()
            .into_iter()
            .flat_map(|own| own.variables.keys().cloned());
        let locals = self.locals.iter().map(|(name, _)| name.clone());
        let magic = magic::NAMES
            .iter()
            .chain(&["facts", "ansible_facts", "hostvars", "vars"]);
        let facts = facts::aliases().map(|alias| format!("ansible_{alias}"));
        written
            .chain(learnt)
            .chain(locals)
            .chain(magic.map(ToString::to_string))
            .chain(facts)
            .collect()
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.loader.environment(name)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        self.read(&self.locate(path, "files")?)
    }

    fn secret(&self, name: &str, recipe: &Recipe) -> Result<Value, String> {
        let found = self.loader.secret(name, recipe, self.makes)?;
        Ok(Value::String(found.unwrap_or_else(|| {
            unknown::mark(&format!("{}{name} is made", unknown::UNMADE))
        })))
    }

    fn derive(&self, from: &[&Value], made: &Value) {
        self.loader.derive(from, made);
    }

    fn template(&self, path: &str) -> Result<String, Refused> {
        let text = self
            .locate(path, "templates")
            .and_then(|found| Ok((self.read(&found)?, found)));
        let (text, found) = text.map_err(|message| Box::new(Diagnostic::error(message)))?;
        self.render_text(&found.to_string_lossy(), &text)
            .map_err(Box::new)
    }
}

fn is_omitted(value: &Value) -> bool {
    value.as_str() == Some(magic::OMIT)
}

#[cfg(test)]
mod tests;
