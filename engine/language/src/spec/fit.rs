//! A role's variables on one host, held against its specification.
use super::{Entry, Kind, Opt, Options};
use crate::expression::operator::describe;
use crate::syntax::field::truth;
use crate::template::text_of;
use crate::{Node, NodeKind, Scope, keyword};
use play_core::{Diagnostic, Place, Value, unknown};
use std::fmt::Write;

/// What was found.
#[derive(Debug, Default)]
pub struct Judgement {
    pub wrong: Vec<Diagnostic>,
    /// Why something of it is not known yet.
    pub late: Option<String>,
}

/// Holds a role's variables against one entry of its specification. `place` is where the role is used. Variables that a run
/// sets are known late; without a run, so is whatever cannot be looked up.
pub fn judge(
    role: &str,
    entry: &Entry,
    scope: &Scope,
    place: &Place,
    set_late: Option<&dyn Fn(&str) -> bool>,
) -> Judgement {
    let mut fit = Fit::default();
    for (name, option) in &entry.options {
        if set_late.is_some_and(|late| late(name)) {
            fit.found.late = Some(format!("`{name}` is set"));
            continue;
        }
        fit.root = scope.definition(name).map(|found| &found.value);
        fit.place.clone_from(place);
        fit.path.clear();
        match scope.lookup(name) {
            Ok(None | Some(Value::Null)) if option.required => {
                let mut diagnostic =
                    Diagnostic::error(format!("role `{role}` needs the variable `{name}`"));
                diagnostic.hint = option.description.first().cloned();
                let place = fit.root.map_or(place, |node| &node.place);
                fit.found.wrong.push(diagnostic.at(place));
            }
            Ok(None) => {}
            Ok(Some(value)) => {
                fit.path.push(Step::Name(name.clone()));
                fit.value(option, &value);
            }
            Err(diagnostic) => match unknown::reason(&diagnostic.message) {
                Some(reason) => fit.found.late = Some(reason.to_owned()),
                // What nothing defines is told by whoever looks for that.
                None if set_late.is_some() => fit.found.late = Some(diagnostic.message),
                None => fit.found.wrong.push(diagnostic),
            },
        }
    }
    fit.found
}

enum Step {
    Name(String),
    Item(usize),
}

/// The way down into one value.
#[derive(Default)]
struct Fit<'a> {
    found: Judgement,
    /// Where the variable is written, and where the role is used.
    root: Option<&'a Node>,
    place: Place,
    path: Vec<Step>,
}

impl Fit<'_> {
    fn value(&mut self, option: &Opt, value: &Value) {
        if self.is_late(value) || value.is_null() && !option.required {
            return;
        }
        if !self.takes(option.kind, value) {
            return;
        }
        match value {
            Value::Array(items) if option.kind == Kind::List => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(at));
                    self.item(option, item);
                    self.path.pop();
                }
            }
            Value::Object(map) if option.kind == Kind::Mapping => {
                if let Some(options) = &option.options {
                    self.keys(options, map);
                }
            }
            _ => self.choice(option, value),
        }
    }

    fn item(&mut self, option: &Opt, item: &Value) {
        if self.is_late(item) {
            return;
        }
        if let Some(kind) = option.elements
            && !self.takes(kind, item)
        {
            return;
        }
        match (item, &option.options) {
            (Value::Object(map), Some(options)) => self.keys(options, map),
            _ => self.choice(option, item),
        }
    }

    fn keys(&mut self, options: &Options, map: &serde_json::Map<String, Value>) {
        for (name, option) in options {
            self.path.push(Step::Name(name.clone()));
            match map.get(name) {
                None | Some(Value::Null) if option.required => {
                    self.path.pop();
                    self.report(format!("`{}` needs `{name}`", self.shown()), None);
                    continue;
                }
                Some(value) => self.value(option, value),
                None => {}
            }
            self.path.pop();
        }
        for name in map.keys().filter(|name| !options.contains_key(*name)) {
            let message = format!("unknown key `{name}` in `{}`", self.shown());
            let hint = keyword::hint(name, options.keys().map(String::as_str)).or_else(|| {
                let names: Vec<&str> = options.keys().map(String::as_str).collect();
                Some(format!("it has {}", names.join(", ")))
            });
            self.path.push(Step::Name(name.clone()));
            self.report(message, hint);
            self.path.pop();
        }
    }

    fn choice(&mut self, option: &Opt, value: &Value) {
        let is = |choice: &Value| choice == value || text_of(choice) == text_of(value);
        if option.choices.is_empty() || option.choices.iter().any(is) {
            return;
        }
        let choices: Vec<String> = option.choices.iter().map(text_of).collect();
        let but = if option.hidden {
            String::new()
        } else {
            format!(", not `{}`", text_of(value))
        };
        let message = format!(
            "`{}` must be one of {}{but}",
            self.shown(),
            choices.join(", ")
        );
        let hint = keyword::hint(&text_of(value), choices.iter().map(String::as_str));
        self.report(message, hint.filter(|_| !option.hidden));
    }

    /// Whether the value is of the kind; reported where it is not.
    fn takes(&mut self, kind: Kind, value: &Value) -> bool {
        let fits = match kind {
            Kind::Any => true,
            Kind::Text => value.is_string() || value.is_number(),
            Kind::Path => value.is_string(),
            Kind::Integer => {
                value.is_i64()
                    || value.is_u64()
                    || parses(value, |text| text.parse::<i64>().is_ok())
            }
            Kind::Float => value.is_number() || parses(value, |text| text.parse::<f64>().is_ok()),
            Kind::Boolean => value.is_boolean() || parses(value, |text| truth(text).is_some()),
            Kind::Size => value.is_number() || parses(value, is_size),
            Kind::List => value.is_array(),
            Kind::Mapping => value.is_object(),
        };
        if !fits {
            let hint = match (kind, value) {
                (Kind::Text | Kind::Path, Value::Bool(_)) => Some(
                    "words such as `yes`, `no`, `on` are booleans unless they are quoted".into(),
                ),
                (Kind::List, Value::String(_)) => Some("write it as a list: `[…]`".into()),
                _ => None,
            };
            let message = format!(
                "`{}` must be {}, not {}",
                self.shown(),
                kind.words(),
                describe(value)
            );
            self.report(message, hint);
        }
        fits
    }

    fn is_late(&mut self, value: &Value) -> bool {
        let Some(reason) = value.as_str().and_then(unknown::reason) else {
            return false;
        };
        self.found.late = Some(reason.to_owned());
        true
    }

    fn report(&mut self, message: String, hint: Option<String>) {
        let mut diagnostic = Diagnostic::error(message).at(&self.at());
        diagnostic.hint = hint;
        self.found.wrong.push(diagnostic);
    }

    /// `base_admins[0].name`.
    fn shown(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) if text.is_empty() => text.push_str(name),
                Step::Name(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                // Writing to a String cannot fail.
                Step::Item(at) => drop(write!(text, "[{at}]")),
            }
        }
        text
    }

    /// The place of the value, as far down as it is written out; of a key that has none to look at, its own.
    fn at(&self) -> Place {
        let Some(mut node) = self.root else {
            return self.place.clone();
        };
        let mut place = &node.place;
        for step in self.path.iter().skip(1) {
            let next = match (&node.kind, step) {
                (NodeKind::Map(map), Step::Name(name)) => {
                    map.get(name).map(|(key, node)| (key, node))
                }
                (NodeKind::List(items), Step::Item(at)) => {
                    items.get(*at).map(|node| (&node.place, node))
                }
                _ => None,
            };
            let Some((at, below)) = next else { break };
            (place, node) = (at, below);
        }
        place.clone()
    }
}

fn parses(value: &Value, fits: impl Fn(&str) -> bool) -> bool {
    value.as_str().is_some_and(|text| fits(text.trim()))
}

/// `10M`, `1.5 GB`, `64Kb`.
fn is_size(text: &str) -> bool {
    let text = text.trim_end_matches(['b', 'B']);
    let number = text.trim_end_matches(|c: char| "kKmMgGtTpPeEzZyY".contains(c));
    text.len() - number.len() <= 1 && number.trim_end().parse::<f64>().is_ok()
}
