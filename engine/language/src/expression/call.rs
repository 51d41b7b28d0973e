//! Calls in expressions: functions, lookups and methods.
use super::evaluate::Evaluated::{Host, Hosts, Known, Missing, Variables};
use super::evaluate::{Evaluator, Outcome, known, mark};
use super::method;
use super::problem::Problem;
use super::tree::{Call, Kind, Tree};
use crate::template::{call_function, text_of};
use play_core::{Value, unknown};

/// Python's `dict`: of a mapping or of pairs, and of what is named behind it.
fn mapping(values: &[Value], named: Vec<(String, Value)>) -> Result<Value, String> {
    let mut map = serde_json::Map::new();
    match values {
        [] => {}
        [Value::Object(given)] => map.clone_from(given),
        [Value::Array(pairs)] => {
            for pair in pairs {
                let Some([key, value]) = pair.as_array().map(Vec::as_slice) else {
                    return Err(format!("`dict` takes pairs, and {} is none", text_of(pair)));
                };
                map.insert(text_of(key), value.clone());
            }
        }
        _ => return Err("`dict` takes a mapping, or a list of pairs".into()),
    }
    map.extend(named);
    Ok(map.into())
}

/// What `lookup` can be asked for.
pub(super) const LOOKUPS: [&str; 4] = ["env", "file", "template", "vars"];

/// The kind of a lookup, where it is written out and there is none such.
pub(super) fn unknown_lookup(call: &Call) -> Option<&String> {
    let lookup = matches!(call.name.as_str(), "lookup" | "query" | "q");
    let kind = call.arguments.first().filter(|_| lookup)?;
    let Kind::Constant(Value::String(kind)) = &kind.kind else {
        return None;
    };
    let plain = kind.rsplit('.').next().unwrap_or(kind);
    (!LOOKUPS.contains(&plain)).then_some(kind)
}

impl Evaluator<'_> {
    pub(super) fn function(&self, tree: &Tree, call: &Call) -> Outcome {
        let here = |message: String| Problem::new(message, (tree.start, tree.end));
        let (values, named) = self.arguments(call)?;
        if let Some(reason) = values.iter().find_map(unknown::within) {
            return Ok(mark(reason));
        }
        match call.name.as_str() {
            "range" | "secret" => call_function(&call.name, values, named, self.names)
                .map(Known)
                .map_err(here),
            "dict" => mapping(&values, named).map(Known).map_err(here),
            name => self.lookup(tree, name != "lookup", &values),
        }
    }

    fn lookup(&self, tree: &Tree, list: bool, values: &[Value]) -> Outcome {
        let here = |message: String| Problem::new(message, (tree.start, tree.end));
        let kind = values.first().map(text_of).unwrap_or_default();
        let kind = kind.rsplit('.').next().unwrap_or_default();
        let mut found = Vec::new();
        for term in values.iter().skip(1).map(text_of) {
            found.push(match kind {
                "env" => Value::String(self.names.environment(&term).unwrap_or_default()),
                "file" => {
                    Value::String(self.names.file(&term).map_err(here)?.trim_end().to_owned())
                }
                "template" => {
                    Value::String(self.names.template(&term).map_err(Problem::Elsewhere)?)
                }
                "vars" => match self.item(Variables, &term)? {
                    Known(value) => value,
                    missing => return Ok(missing),
                },
                _ => {
                    return Err(here(format!(
                        "there is no lookup `{kind}`: env, file, template and vars are there"
                    )));
                }
            });
        }
        Ok(Known(match found.len() {
            1 if !list => found.swap_remove(0),
            _ => Value::Array(found),
        }))
    }

    pub(super) fn method(&self, tree: &Tree, subject: &Tree, call: &Call) -> Outcome {
        let first = self.evaluate(subject)?;
        let (values, _) = self.arguments(call)?;
        let key = values.first().map(text_of);
        match (first, call.name.as_str(), key) {
            (Hosts, "keys", _) => Ok(Known(self.names.hosts().into())),
            (of @ (Hosts | Host(_) | Variables), "get", Some(key)) => {
                Ok(match self.item(of, &key)? {
                    Missing(..) => Known(values.get(1).cloned().unwrap_or_default()),
                    found => found,
                })
            }
            (first, _, _) => {
                let first = known(first, subject, self.names)?;
                let made = method::call(&first, &call.name, &values)
                    .map_err(|message| Problem::new(message, (tree.start, tree.end)))?;
                let from: Vec<&Value> = std::iter::once(&first).chain(&values).collect();
                self.names.derive(&from, &made);
                Ok(Known(made))
            }
        }
    }
}
