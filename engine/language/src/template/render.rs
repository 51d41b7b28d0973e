//! Templates to values: handlebars' tree walked over names.
use super::compile::Compiled;
use super::path::{Path, Start, parse_path};
use super::{Mistake, call_function, compiled, text_of};
use crate::expression::Problem;
use crate::expression::evaluate::{Evaluated, Evaluator, known};
use crate::expression::names::{Names, suggestion};
use crate::expression::operator::{describe, marked, truthy};
use crate::expression::step::{Found, advice, step};
use crate::yaml::position;
use handlebars::Template;
use handlebars::template::{BlockParam, HelperTemplate, Parameter, TemplateElement};
use play_core::{Diagnostic, Value, unknown};

/// Why a template has no text.
#[derive(Debug)]
pub(crate) enum Trouble {
    Here(Mistake),
    Elsewhere(Box<Diagnostic>),
}

/// Leaves a rendering early.
enum Stop {
    Trouble(Trouble),
    /// What decides the shape of the text is not known yet.
    Unknown(String),
}

type Rendered<T> = Result<T, Stop>;

/// What a block is about.
#[derive(Clone, Default)]
struct Frame {
    this: Option<Value>,
    /// Block parameters.
    names: Vec<(String, Value)>,
    /// `@index` and the like.
    locals: Vec<(&'static str, Value)>,
}

struct Renderer<'a> {
    names: &'a dyn Names,
    compiled: &'a Compiled,
    text: &'a str,
    frames: Vec<Frame>,
    /// Line and column of the element being rendered.
    at: (usize, usize),
}

/// Renders text of a playbook: one `{{ }}` alone keeps its type.
pub(crate) fn render_value(text: &str, names: &dyn Names) -> Result<Value, Trouble> {
    let trimmed = text.trim();
    if let Ok(alone) = compiled(trimmed)
        && alone.single
    {
        let value = run(trimmed, &alone, names, only)?;
        if trimmed.len() == text.len() || !value.is_string() {
            return Ok(value);
        }
    }
    render_text(text, names).map(Value::String)
}

/// Renders a template to text.
pub(crate) fn render_text(text: &str, names: &dyn Names) -> Result<String, Trouble> {
    let compiled = compiled(text).map_err(Trouble::Here)?;
    let value = run(text, &compiled, names, |renderer| {
        let mut out = String::new();
        renderer.template(&renderer.compiled.parsed, &mut out)?;
        Ok(Value::String(out))
    })?;
    Ok(text_of(&value))
}

fn run(
    text: &str,
    compiled: &Compiled,
    names: &dyn Names,
    render: impl FnOnce(&mut Renderer<'_>) -> Rendered<Value>,
) -> Result<Value, Trouble> {
    let mut renderer = Renderer {
        names,
        compiled,
        text,
        frames: Vec::new(),
        at: (1, 1),
    };
    match render(&mut renderer) {
        Ok(value) => Ok(value),
        Err(Stop::Unknown(reason)) => Ok(Value::String(unknown::mark(&reason))),
        Err(Stop::Trouble(trouble)) => Err(trouble),
    }
}

impl Renderer<'_> {
    fn wrong(&self, message: impl Into<String>, hint: Option<String>) -> Stop {
        Stop::Trouble(Trouble::Here(Mistake {
            message: message.into(),
            line: u32::try_from(self.at.0).unwrap_or(1),
            column: u32::try_from(self.at.1).unwrap_or(1),
            hint,
        }))
    }

    fn template(&mut self, template: &Template, out: &mut String) -> Rendered<()> {
        for (index, element) in template.elements.iter().enumerate() {
            if let Some(place) = template.mapping.get(index) {
                self.at = (place.0, place.1);
            }
            match element {
                TemplateElement::RawString(text) => out.push_str(text),
                TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                    out.push_str(&text_of(&self.call(call)?));
                }
                TemplateElement::HelperBlock(block) => self.block(block, out)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn block(&mut self, block: &HelperTemplate, out: &mut String) -> Rendered<()> {
        let name = block.name.as_name().unwrap_or_default();
        let body =
            |template: Option<&Template>, renderer: &mut Self, out: &mut String| match template {
                Some(template) => renderer.template(template, out),
                None => Ok(()),
            };
        let Some(parameter) = block.params.first() else {
            return body(block.template.as_ref(), self, out);
        };
        let value = self.parameter(parameter)?;
        if let Some(reason) = marked(&value) {
            return Err(Stop::Unknown(reason.to_owned()));
        }
        match name {
            "each" => return self.each(block, &value, out),
            "with" if truthy(&value) => {
                let names = parameter_names(block);
                let names = names
                    .into_iter()
                    .take(1)
                    .map(|name| (name, value.clone()))
                    .collect();
                self.frames.push(Frame {
                    this: Some(value),
                    names,
                    locals: Vec::new(),
                });
                let done = body(block.template.as_ref(), self, out);
                self.frames.pop();
                return done;
            }
            _ => {}
        }
        let chosen = match name {
            "unless" => !truthy(&value),
            "with" => false,
            _ => truthy(&value),
        };
        let template = if chosen {
            &block.template
        } else {
            &block.inverse
        };
        body(template.as_ref(), self, out)
    }

    fn each(&mut self, block: &HelperTemplate, value: &Value, out: &mut String) -> Rendered<()> {
        let entries: Vec<(Value, &Value)> = match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (index.into(), item))
                .collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone().into(), value))
                .collect(),
            Value::Null => Vec::new(),
            other => {
                return Err(self.wrong(
                    format!(
                        "`{{{{#each}}}}` needs a list or a mapping and got {}",
                        describe(other)
                    ),
                    None,
                ));
            }
        };
        if entries.is_empty() {
            return match &block.inverse {
                Some(inverse) => self.template(inverse, out),
                None => Ok(()),
            };
        }
        let Some(template) = &block.template else {
            return Ok(());
        };
        let names = parameter_names(block);
        let count = entries.len();
        for (index, (key, item)) in entries.into_iter().enumerate() {
            let bound = [item.clone(), key.clone()];
            self.frames.push(Frame {
                this: Some(item.clone()),
                names: names.iter().cloned().zip(bound).collect(),
                locals: vec![
                    ("index", index.into()),
                    ("key", key),
                    ("first", (index == 0).into()),
                    ("last", (index + 1 == count).into()),
                ],
            });
            let done = self.template(template, out);
            self.frames.pop();
            done?;
        }
        Ok(())
    }

    /// `{{name}}` or `{{helper …}}`.
    fn call(&mut self, call: &HelperTemplate) -> Rendered<Value> {
        if call.params.is_empty() && call.hash.is_empty() {
            return self.parameter(&call.name);
        }
        let name = call.name.as_name().unwrap_or_default();
        match name {
            "default" | "not" if call.params.is_empty() => {
                return Err(self.wrong(format!("`{name}` needs an argument"), None));
            }
            "default" => {
                let found = self.maybe(&call.params[0])?;
                return match (found, call.params.get(1)) {
                    (Evaluated::Missing(..), Some(fallback)) => self.parameter(fallback),
                    (Evaluated::Missing(..), None) => Ok(Value::String(String::new())),
                    (found, _) => self.known(found),
                };
            }
            "and" | "or" => return self.junction(&call.params, name == "or"),
            "not" => {
                let value = self.parameter(&call.params[0])?;
                return Ok(match marked(&value) {
                    Some(_) => value,
                    None => Value::Bool(!truthy(&value)),
                });
            }
            "lookup" => {
                let found = self.lookup(&call.params)?;
                return self.known(found);
            }
            _ => {}
        }
        let values = call
            .params
            .iter()
            .map(|p| self.parameter(p))
            .collect::<Rendered<Vec<_>>>()?;
        let mut named = Vec::new();
        for (key, parameter) in &call.hash {
            named.push((key.clone(), self.parameter(parameter)?));
        }
        call_function(name, values, named, self.names).map_err(|message| self.wrong(message, None))
    }

    /// Three-valued: what is known may decide although the rest is not.
    fn junction(&mut self, parameters: &[Parameter], or: bool) -> Rendered<Value> {
        let mut open: Option<Value> = None;
        for parameter in parameters {
            let value = self.parameter(parameter)?;
            if marked(&value).is_some() {
                open.get_or_insert(value);
            } else if truthy(&value) == or {
                return Ok(Value::Bool(or));
            }
        }
        Ok(open.unwrap_or(Value::Bool(!or)))
    }

    fn lookup(&mut self, parameters: &[Parameter]) -> Rendered<Evaluated> {
        let [of, key] = parameters else {
            return Err(self.wrong("`lookup` takes a value and a key", None));
        };
        let (of, key) = (self.maybe(of)?, self.parameter(key)?);
        if marked(&key).is_some() {
            return Ok(Evaluated::Known(key));
        }
        let evaluator = Evaluator {
            names: self.names,
            locals: &[],
        };
        evaluator
            .item(of, &text_of(&key))
            .map_err(|problem| self.problem(problem, 0))
    }

    fn parameter(&mut self, parameter: &Parameter) -> Rendered<Value> {
        let found = self.maybe(parameter)?;
        self.known(found)
    }

    fn known(&self, found: Evaluated) -> Rendered<Value> {
        match found {
            Evaluated::Known(value) => Ok(value),
            Evaluated::Missing(path, hint) => {
                let hint = hint.or_else(|| suggestion(&path, self.names.known()));
                Err(self.wrong(format!("undefined variable `{path}`"), hint))
            }
            _ => Err(self.wrong(
                "`hostvars` and `vars` have no value as a whole",
                Some("name the host and the variable: hostvars.[host].name".into()),
            )),
        }
    }

    fn maybe(&mut self, parameter: &Parameter) -> Rendered<Evaluated> {
        match parameter {
            Parameter::Literal(value) => Ok(Evaluated::Known(value.clone())),
            Parameter::Subexpression(inner) => match inner.as_element() {
                TemplateElement::Expression(call)
                    if call.params.is_empty() && call.hash.is_empty() =>
                {
                    self.maybe(&call.name)
                }
                TemplateElement::Expression(call) if call.name.as_name() == Some("lookup") => {
                    self.lookup(&call.params)
                }
                TemplateElement::Expression(call) => self.call(call).map(Evaluated::Known),
                _ => Err(self.wrong("not a call", None)),
            },
            other => {
                let raw = other.as_name().unwrap_or_default();
                match self.compiled.embedded(raw) {
                    Some(embedded) => self.embedded(embedded),
                    None => self.path(&parse_path(raw), raw),
                }
            }
        }
    }

    /// An expression, which sees block parameters, `this` and the fields of what a block is about.
    fn embedded(&mut self, embedded: &super::scan::Embedded) -> Rendered<Evaluated> {
        let mut locals = Vec::new();
        for frame in &self.frames {
            if let Some(this) = &frame.this {
                locals.push(("this".to_owned(), this.clone()));
                if let Value::Object(map) = this {
                    locals.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
            }
            locals.extend(frame.names.iter().cloned());
        }
        let evaluator = Evaluator {
            names: self.names,
            locals: &locals,
        };
        let value = evaluator
            .evaluate(&embedded.tree)
            .and_then(|found| known(found, &embedded.tree, self.names));
        value
            .map(Evaluated::Known)
            .map_err(|problem| self.problem(problem, embedded.offset))
    }

    fn problem(&self, problem: Problem, offset: usize) -> Stop {
        match problem {
            Problem::Elsewhere(diagnostic) => Stop::Trouble(Trouble::Elsewhere(diagnostic)),
            Problem::Here { message, hint, .. } if offset == 0 => self.wrong(message, hint),
            Problem::Here {
                message,
                hint,
                span,
            } => {
                let (line, column) = position(self.text, offset + span.0);
                Stop::Trouble(Trouble::Here(Mistake {
                    message,
                    line,
                    column,
                    hint,
                }))
            }
        }
    }

    fn path(&self, path: &Path, raw: &str) -> Rendered<Evaluated> {
        let visible = self.frames.len().saturating_sub(path.up);
        let frames = &self.frames[..visible];
        let missing = |hint| Ok(Evaluated::Missing(raw.to_owned(), hint));
        let Some(first) = path.steps.first() else {
            return match frames.iter().rev().find_map(|frame| frame.this.clone()) {
                Some(this) => Ok(Evaluated::Known(this)),
                None => missing(Some(
                    "`this` is there only inside {{#each}} and {{#with}}".into(),
                )),
            };
        };
        let locals: Vec<(String, Value)> = match path.start {
            Start::Root => Vec::new(),
            Start::Local => {
                let mut around = frames.iter().rev().filter(|frame| !frame.locals.is_empty());
                let frame = around.next();
                let found =
                    frame.and_then(|frame| frame.locals.iter().find(|(name, _)| name == first));
                return match found {
                    Some((_, value)) => Ok(Evaluated::Known(value.clone())),
                    None => missing(Some(
                        "@index, @key, @first and @last are there inside {{#each}}".into(),
                    )),
                };
            }
            Start::This => {
                let this = frames.iter().rev().find_map(|frame| frame.this.as_ref());
                return this
                    .map_or_else(|| missing(None), |this| Ok(fields(this, &path.steps, raw)));
            }
            Start::Name => match frames.iter().rev().find_map(|frame| bound(frame, first)) {
                Some((value, skip)) => return Ok(fields(value, &path.steps[skip..], raw)),
                None => Vec::new(),
            },
        };
        let evaluator = Evaluator {
            names: self.names,
            locals: &locals,
        };
        evaluator
            .resolve(&path.steps)
            .map_err(|problem| self.problem(problem, 0))
    }
}

/// What a frame has under a name, and how many steps that takes.
fn bound<'a>(frame: &'a Frame, name: &str) -> Option<(&'a Value, usize)> {
    if let Some((_, value)) = frame.names.iter().find(|(known, _)| known == name) {
        return Some((value, 1));
    }
    let this = frame.this.as_ref()?;
    this.as_object()
        .is_some_and(|map| map.contains_key(name))
        .then_some((this, 0))
}

fn fields(value: &Value, steps: &[String], raw: &str) -> Evaluated {
    let mut current = value;
    for key in steps {
        match step(current, key) {
            Found::Value(next) => current = next,
            Found::Unknown(reason) => {
                return Evaluated::Known(Value::String(unknown::mark(reason)));
            }
            Found::Nothing => return Evaluated::Missing(raw.to_owned(), advice(current, key)),
        }
    }
    Evaluated::Known(current.clone())
}

fn parameter_names(block: &HelperTemplate) -> Vec<String> {
    let name = |parameter: &Parameter| parameter.as_name().unwrap_or_default().to_owned();
    match &block.block_param {
        Some(BlockParam::Single(one)) => vec![name(one)],
        Some(BlockParam::Pair((one, two))) => vec![name(one), name(two)],
        _ => Vec::new(),
    }
}

/// The value of a template that is one `{{ }}`.
fn only(renderer: &mut Renderer<'_>) -> Rendered<Value> {
    let elements = &renderer.compiled.parsed.elements;
    if let [TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call)] =
        &elements[..]
    {
        return renderer.call(call);
    }
    let mut out = String::new();
    renderer.template(&renderer.compiled.parsed, &mut out)?;
    Ok(Value::String(out))
}
