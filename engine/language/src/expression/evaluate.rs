//! Trees to values.
use super::names::{Names, suggestion};
use super::operator::{apply, marked, truthy};
use super::predicate;
use super::problem::Problem;
use super::step::{Found, advice, letter, slice, step};
use super::tree::{Call, Kind, Tree};
use crate::template::{call_function, text_of};
use play_core::{Value, unknown};

/// Functions expressions can call.
pub(crate) const FUNCTIONS: &[&str] = &["lookup", "query", "q", "range", "dict", "secret"];

/// Filters that take part in evaluation because they accept what is missing, before the `|` or in what they do not choose.
const LENIENT: &[&str] = &["default", "d", "mandatory", "ternary"];

/// What a part of an expression came to.
pub(crate) enum Evaluated {
    Known(Value),
    /// Undefined: the path, and what could have been meant.
    Missing(String, Option<String>),
    /// `hostvars`: never made as a whole.
    Hosts,
    /// `hostvars[HOST]`.
    Host(String),
    /// `vars`.
    Variables,
}

use Evaluated::{Host, Hosts, Known, Missing, Variables};

/// Positional and named arguments.
type Given = (Vec<Value>, Vec<(String, Value)>);

pub(super) type Outcome = Result<Evaluated, Problem>;

/// Evaluates trees against names; `locals` are block parameters, later ones hiding earlier.
pub(crate) struct Evaluator<'a> {
    pub(crate) names: &'a dyn Names,
    pub(crate) locals: &'a [(String, Value)],
}

/// The value of a result, or the error that it is undefined.
pub(crate) fn known(
    evaluated: Evaluated,
    tree: &Tree,
    names: &dyn Names,
) -> Result<Value, Problem> {
    let span = (tree.start, tree.end);
    match evaluated {
        Known(value) => Ok(value),
        Missing(path, hint) => Err(Problem::Here {
            hint: hint.or_else(|| suggestion(&path, names.known())),
            message: format!("undefined variable `{path}`"),
            span,
        }),
        Hosts | Host(_) | Variables => Err(Problem::Here {
            message: "`hostvars` and `vars` have no value as a whole".into(),
            hint: Some("name the host and the variable: hostvars['host'].name".into()),
            span,
        }),
    }
}

pub(super) fn mark(reason: &str) -> Evaluated {
    Known(Value::String(unknown::mark(reason)))
}

impl Evaluator<'_> {
    pub(crate) fn evaluate(&self, tree: &Tree) -> Outcome {
        let here = |message: String| Problem::new(message, (tree.start, tree.end));
        Ok(match &tree.kind {
            Kind::Constant(value) => Known(value.clone()),
            Kind::Variable(_) | Kind::Attribute(..) => self.path(tree)?,
            Kind::Item(of, key) => {
                if tree.path().is_some() {
                    return self.path(tree);
                }
                let key = self.value(key)?;
                if let Some(reason) = unknown::within(&key) {
                    return Ok(mark(reason));
                }
                self.item(self.evaluate(of)?, &text_of(&key))?
            }
            Kind::List(items) => Known(self.values(items)?.into()),
            Kind::Map(entries) => {
                let mut map = serde_json::Map::new();
                for (key, value) in entries {
                    map.insert(text_of(&self.value(key)?), self.value(value)?);
                }
                Known(Value::Object(map))
            }
            Kind::Slice(of, bounds) => Known(self.slice(of, bounds)?),
            Kind::Not(inner) => {
                let value = self.value(inner)?;
                match marked(&value) {
                    Some(reason) => mark(reason),
                    None => Known(Value::Bool(!truthy(&value))),
                }
            }
            Kind::Negative(inner) => {
                let value = self.value(inner)?;
                Known(apply(super::tree::Operator::Subtract, &0.into(), &value).map_err(here)?)
            }
            Kind::And(left, right) => self.both(left, right, false)?,
            Kind::Or(left, right) => self.both(left, right, true)?,
            Kind::Binary(operator, left, right) => {
                let (left, right) = (
                    self.operand(*operator, left, false)?,
                    self.operand(*operator, right, true)?,
                );
                Known(apply(*operator, &left, &right).map_err(here)?)
            }
            Kind::Choice { condition, yes, no } => self.choice(condition, yes, no.as_deref())?,
            Kind::Filter(subject, call) => self.filter(tree, subject, call)?,
            Kind::Test(subject, call) => Known(self.test(tree, subject, call)?),
            Kind::Function(call) => self.function(tree, call)?,
            Kind::Method(subject, call) => self.method(tree, subject, call)?,
        })
    }

    /// The value of a part that must have one.
    pub(crate) fn value(&self, tree: &Tree) -> Result<Value, Problem> {
        known(self.evaluate(tree)?, tree, self.names)
    }

    fn values(&self, trees: &[Tree]) -> Result<Vec<Value>, Problem> {
        trees.iter().map(|tree| self.value(tree)).collect()
    }

    /// `x in hostvars` and `x in vars` ask for names, not for values.
    fn operand(
        &self,
        operator: super::tree::Operator,
        tree: &Tree,
        right: bool,
    ) -> Result<Value, Problem> {
        use super::tree::Operator;
        let evaluated = self.evaluate(tree)?;
        match evaluated {
            Hosts if right && matches!(operator, Operator::In | Operator::NotIn) => {
                Ok(self.names.hosts().into())
            }
            Variables if right && matches!(operator, Operator::In | Operator::NotIn) => {
                Ok(self.names.known().into())
            }
            other => known(other, tree, self.names),
        }
    }

    /// A chain of constant steps, walked by reference so that a large value is not copied for a small part of it.
    fn path(&self, tree: &Tree) -> Outcome {
        let Some(path) = tree.path() else {
            let Kind::Attribute(of, name) = &tree.kind else {
                return Ok(Missing(String::new(), None));
            };
            return self.item(self.evaluate(of)?, name);
        };
        self.resolve(&path)
    }

    /// A variable and steps into it.
    pub(crate) fn resolve(&self, path: &[String]) -> Outcome {
        let (name, steps) = (&path[0], &path[1..]);
        if let Some((_, value)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Ok(descend(value, name, steps));
        }
        let special = match name.as_str() {
            "hostvars" => Some(Hosts),
            "vars" => Some(Variables),
            _ => None,
        };
        if let (Some(Hosts), [host, path @ ..]) = (&special, steps)
            && let Some((taken, value)) = self.names.held(Some(host), path)
        {
            return Ok(descend(&value, &path[0], &path[taken..]));
        }
        if let Some(start) = special {
            return steps
                .iter()
                .try_fold(start, |value, key| self.item(value, key));
        }
        if let Some((taken, value)) = self.names.held(None, path) {
            return Ok(descend(&value, &path[..taken].join("."), &path[taken..]));
        }
        match self.names.find(name).map_err(Problem::Elsewhere)? {
            Some(value) => Ok(descend(&value, name, steps)),
            None => Ok(Missing(name.clone(), None)),
        }
    }

    pub(crate) fn item(&self, of: Evaluated, key: &str) -> Outcome {
        let found = match of {
            Known(value) => return Ok(descend(&value, "value", &[key.to_owned()])),
            Missing(path, hint) => return Ok(Missing(path, hint)),
            Hosts if self.names.hosts().iter().any(|host| host == key) => {
                return Ok(Host(key.to_owned()));
            }
            Hosts => {
                let hint = suggestion(key, self.names.hosts());
                return Ok(Missing(format!("hostvars.{key}"), hint));
            }
            Host(host) => {
                let found = self
                    .names
                    .host_variable(&host, key)
                    .map_err(Problem::Elsewhere)?;
                found.ok_or_else(|| format!("hostvars.{host}.{key}"))
            }
            Variables => {
                let found = self.names.find(key).map_err(Problem::Elsewhere)?;
                found.ok_or_else(|| format!("vars.{key}"))
            }
        };
        Ok(match found {
            Ok(value) => Known((*value).clone()),
            Err(path) => Missing(path, suggestion(key, self.names.known())),
        })
    }

    fn slice(&self, of: &Tree, bounds: &[Option<Box<Tree>>; 3]) -> Result<Value, Problem> {
        let value = self.value(of)?;
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                *number = self.value(bound)?.as_i64();
            }
        }
        if let Some(reason) = marked(&value) {
            return Ok(Value::String(unknown::mark(reason)));
        }
        let sliced = match &value {
            Value::Array(items) => slice(items, numbers).map(Value::Array),
            Value::String(text) => {
                let characters: Vec<char> = text.chars().collect();
                slice(&characters, numbers).map(|part| Value::String(part.into_iter().collect()))
            }
            other => Err(format!("cannot slice {}", super::operator::describe(other))),
        };
        let part = sliced.map_err(|message| Problem::new(message, (of.start, of.end)))?;
        self.names.derive(&[&value], &part);
        Ok(part)
    }

    /// `and` and `or` give one of their sides, as in Python; a side that decides the answer makes the other not matter.
    fn both(&self, left: &Tree, right: &Tree, or: bool) -> Outcome {
        let first = self.value(left)?;
        let Some(reason) = marked(&first) else {
            return if truthy(&first) == or {
                Ok(Known(first))
            } else {
                Ok(Known(self.value(right)?))
            };
        };
        let second = self.value(right)?;
        let decided = marked(&second).is_none() && truthy(&second) == or;
        Ok(if decided { Known(second) } else { mark(reason) })
    }

    fn choice(&self, condition: &Tree, yes: &Tree, no: Option<&Tree>) -> Outcome {
        let asked = self.value(condition)?;
        if let Some(reason) = marked(&asked) {
            return Ok(mark(reason));
        }
        match (truthy(&asked), no) {
            (true, _) => self.evaluate(yes),
            (false, Some(no)) => self.evaluate(no),
            (false, None) => Ok(Known(Value::String(String::new()))),
        }
    }

    pub(super) fn arguments(&self, call: &Call) -> Result<Given, Problem> {
        let named = call.named.iter();
        Ok((
            self.values(&call.arguments)?,
            named
                .map(|(name, tree)| Ok((name.clone(), self.value(tree)?)))
                .collect::<Result<_, Problem>>()?,
        ))
    }

    fn filter(&self, tree: &Tree, subject: &Tree, call: &Call) -> Outcome {
        if LENIENT.contains(&call.name.as_str()) {
            return self.lenient(tree, subject, call);
        }
        let first = self.evaluate(subject)?;
        let first = self.materialise(first, subject, call, None)?;
        let extracted = extracts(call).then(|| first.clone());
        let mut values = vec![first];
        let mut named = Vec::new();
        for argument in &call.arguments {
            let argument_value = self.evaluate(argument)?;
            values.push(self.materialise(argument_value, argument, call, extracted.as_ref())?);
        }
        for (name, argument) in &call.named {
            named.push((name.clone(), self.value(argument)?));
        }
        call_function(&call.name, values, named, self.names)
            .map(Known)
            .map_err(|message| Problem::new(message, (tree.start, tree.end)))
    }

    /// `hostvars` handed to a filter becomes a mapping of just the variables the filter's arguments name; of just the hosts
    /// that are `extracted`, so that nothing need be known of others.
    fn materialise(
        &self,
        value: Evaluated,
        tree: &Tree,
        call: &Call,
        extracted: Option<&Value>,
    ) -> Result<Value, Problem> {
        let hosts = match &value {
            Hosts => {
                let asked = |host: &String| match extracted {
                    Some(Value::Array(names)) => names.iter().any(|name| name == host),
                    Some(name) => name == host,
                    None => true,
                };
                self.names.hosts().into_iter().filter(asked).collect()
            }
            Host(host) => vec![host.clone()],
            _ => return known(value, tree, self.names),
        };
        let mut words = Vec::new();
        call.arguments
            .iter()
            .for_each(|tree| constants(tree, &mut words));
        call.named
            .iter()
            .for_each(|(_, tree)| constants(tree, &mut words));
        let mut out = serde_json::Map::new();
        for host in hosts {
            let mut variables = serde_json::Map::new();
            for word in &words {
                if let Some(found) = self
                    .names
                    .host_variable(&host, word)
                    .map_err(Problem::Elsewhere)?
                {
                    variables.insert(word.clone(), (*found).clone());
                }
            }
            out.insert(host, Value::Object(variables));
        }
        Ok(match value {
            Host(host) => out.remove(&host).unwrap_or_default(),
            _ => Value::Object(out),
        })
    }

    fn test(&self, tree: &Tree, subject: &Tree, call: &Call) -> Result<Value, Problem> {
        let first = self.evaluate(subject)?;
        match call.name.as_str() {
            "defined" => return Ok(Value::Bool(!matches!(first, Missing(..)))),
            "undefined" => return Ok(Value::Bool(matches!(first, Missing(..)))),
            "mapping" if matches!(first, Host(_) | Hosts) => return Ok(Value::Bool(true)),
            _ => {}
        }
        let mut values = vec![known(first, subject, self.names)?];
        let (arguments, named) = self.arguments(call)?;
        values.extend(arguments);
        values.extend(named.into_iter().map(|(_, value)| value));
        predicate::ask(&call.name, &values)
            .map_err(|message| Problem::new(message, (tree.start, tree.end)))
    }
}

/// Steps into a value by reference; copies only what is found.
fn descend(value: &Value, name: &str, steps: &[String]) -> Evaluated {
    let mut current = value;
    for (index, key) in steps.iter().enumerate() {
        match step(current, key) {
            Found::Value(next) => current = next,
            Found::Unknown(reason) => return mark(reason),
            Found::Nothing => {
                if let (Value::String(text), true) = (current, index + 1 == steps.len())
                    && let Some(letter) = letter(text, key)
                {
                    return Known(letter.to_string().into());
                }
                let path: Vec<&str> = std::iter::once(name)
                    .chain(steps[..=index].iter().map(String::as_str))
                    .collect();
                return Missing(path.join("."), advice(current, key));
            }
        }
    }
    Known(current.clone())
}

/// `extract`, and `map` with it.
fn extracts(call: &Call) -> bool {
    let first = call.arguments.first().map(|tree| &tree.kind);
    call.name == "extract"
        || (call.name == "map"
            && matches!(first, Some(Kind::Constant(Value::String(name))) if name == "extract"))
}

/// Text constants anywhere in a tree, of dotted ones the first step too: the names that a filter may ask `hostvars` for.
pub(crate) fn constants(tree: &Tree, words: &mut Vec<String>) {
    if let Kind::Constant(Value::String(text)) = &tree.kind {
        words.push(text.clone());
        words.extend(text.split_once('.').map(|(first, _)| first.to_owned()));
    }
    tree.children()
        .into_iter()
        .for_each(|child| constants(child, words));
}

pub(crate) fn is_filter(name: &str) -> bool {
    LENIENT.contains(&name) || crate::template::is_helper(name)
}

pub(crate) fn filters() -> Vec<String> {
    let lenient = LENIENT.iter().map(ToString::to_string);
    lenient
        .chain(crate::template::helpers().map(|helper| helper.name.to_owned()))
        .collect()
}

pub(crate) fn is_test(name: &str) -> bool {
    matches!(name, "defined" | "undefined") || predicate::NAMES.contains(&name)
}

pub(crate) fn tests() -> Vec<String> {
    ["defined", "undefined"]
        .iter()
        .chain(predicate::NAMES)
        .map(ToString::to_string)
        .collect()
}

/// What to use instead of something Ansible has and this does not.
pub(crate) fn replacement(name: &str) -> Option<String> {
    let words = match name {
        "random" | "shuffle" => "a value that differs each time makes every run a change",
        "sha1" | "md5" => "use `hash('sha256')`",
        "wordcount" => "use `split | length`",
        "pow" | "root" | "log" => "powers are written `a ** b`",
        "to_datetime" | "strftime" => "use facts.date, or a `command: date` with `register:`",
        "json_query" => "use `selectattr` and `map`",
        "now" => "use facts.date",
        "pipe" => "register what a `command` says: nothing is run on the controller by a template",
        "password" => "use secret('NAME')",
        "fileglob" | "first_found" | "dict" | "items" | "sequence" | "subelements" | "nested" => {
            "there is `with_…` for loops"
        }
        "url" => "register what `uri` answers",
        "append" | "extend" => "values are never altered: add lists with `+`",
        "update" | "pop" => "values are never altered: use `combine`",
        _ => return None,
    };
    Some(words.to_owned())
}
