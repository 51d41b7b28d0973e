//! A task for one host and one item: everything rendered, files of the controller filled in.
mod content;
mod items;

pub use items::{Items, Iteration, items};

use crate::check::arguments::coerce;
use crate::expression::unwrap_braces;
use crate::play::{Condition, Project, Task};
use crate::syntax::field::made;
use crate::template::text_of;
use crate::{Loader, Node, Scope, Truth};
use play_core::{Diagnostic, Value};
use std::path::PathBuf;

/// What a step needs of its task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    pub name: String,
    pub arguments: Value,
    pub environment: Vec<(String, String)>,
    pub escalation: Escalation,
    pub delegate_to: Option<String>,
    /// Why a rollback is to leave what it changes.
    pub irreversible: Option<String>,
    /// Files that arguments name by digest: SHA-256 in lower-case hexadecimal, and where the bytes are.
    pub blobs: Vec<(String, PathBuf)>,
    /// Handlers whose names were only known now.
    pub notify: Vec<String>,
    /// `reads` and `writes`, rendered.
    pub declared: Option<Vec<(play_core::Access, String)>>,
}

/// `become`, as a task has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Escalation {
    /// None where nothing says: the connection's settings decide.
    pub on: Option<bool>,
    /// The account; None where no keyword names one: the connection's settings decide, and else it is root.
    pub user: Option<String>,
}

/// Renders a task. `folder` is the play's.
pub fn render(
    scope: &Scope,
    project: &Project,
    folder: &std::path::Path,
    loader: &dyn Loader,
    task: &Task,
) -> Result<Rendered, Diagnostic> {
    let mut arguments = scope.render(&task.arguments)?;
    if task.module == "debug" {
        look_up(scope, task, &mut arguments)?;
    }
    let mut blobs = Vec::new();
    content::fill(
        &mut arguments,
        &content::Filling {
            scope,
            project,
            folder,
            loader,
            task,
        },
        &mut blobs,
    )?;
    if let Some(description) = project.modules.get(&task.module) {
        arguments = coerce(&description.schema, &task.module, &arguments);
    }
    let mut notify = Vec::new();
    for late in &task.notify {
        if let crate::play::Notify::Late(node) = late {
            notify.extend(texts(&scope.render(node)?));
        }
    }
    Ok(Rendered {
        name: name(scope, task),
        arguments,
        environment: environment(scope, &task.environment)?,
        escalation: escalation(scope, task)?,
        delegate_to: task
            .delegate_to
            .as_ref()
            .map(|node| text(scope, node))
            .transpose()?,
        irreversible: irreversible(scope, task)?,
        blobs,
        notify,
        declared: declared(scope, task)?,
    })
}

/// Where the task says nothing but that it is so.
const FOR_GOOD: &str = "its task says that it is irreversible";

fn irreversible(scope: &Scope, task: &Task) -> Result<Option<String>, Diagnostic> {
    let value = task.irreversible.as_ref().map(|node| scope.render(node));
    Ok(match value.transpose()? {
        None | Some(Value::Null | Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(FOR_GOOD.to_owned()),
        Some(value) => match text_of(&value) {
            text if text.trim().is_empty() => None,
            text => match crate::syntax::field::truth(&text) {
                Some(true) => Some(FOR_GOOD.to_owned()),
                Some(false) => None,
                None => Some(text),
            },
        },
    })
}

/// What `debug` finds under the expression of its `var`: its message.
fn look_up(scope: &Scope, task: &Task, arguments: &mut Value) -> Result<(), Diagnostic> {
    let Some(text) = task.arguments.field("var").and_then(Node::as_str) else {
        return Ok(());
    };
    let text = unwrap_braces(text).unwrap_or(text);
    let asked = format!("{{{{ ({text}) | default('(undefined)') }}}}");
    let value = scope.render(&made(asked, &task.arguments.place))?;
    arguments["var"] = text.trim().into();
    arguments["msg"] = value;
    Ok(())
}

/// A name is only for people: one that cannot be rendered yet is shown as written.
pub fn name(scope: &Scope, task: &Task) -> String {
    let written = || task.name.as_str().unwrap_or_default().to_owned();
    text(scope, &task.name).unwrap_or_else(|_| written())
}

fn text(scope: &Scope, node: &Node) -> Result<String, Diagnostic> {
    scope.render(node).map(|value| text_of(&value))
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(text_of).collect(),
        other => vec![text_of(other)],
    }
}

fn declared(
    scope: &Scope,
    task: &Task,
) -> Result<Option<Vec<(play_core::Access, String)>>, Diagnostic> {
    let Some(list) = &task.declared else {
        return Ok(None);
    };
    let rendered = list
        .iter()
        .map(|(access, node)| Ok((*access, text(scope, node)?)));
    rendered.collect::<Result<_, _>>().map(Some)
}

/// Environments from the outside in; the nearest wins.
fn environment(scope: &Scope, nodes: &[Node]) -> Result<Vec<(String, String)>, Diagnostic> {
    let mut environment: Vec<(String, String)> = Vec::new();
    for node in nodes {
        let Value::Object(map) = scope.render(node)? else {
            return Err(Diagnostic::error("`environment` must be a mapping").at(&node.place));
        };
        for (name, value) in map {
            environment.retain(|(known, _)| *known != name);
            environment.push((name, text_of(&value)));
        }
    }
    Ok(environment)
}

fn escalation(scope: &Scope, task: &Task) -> Result<Escalation, Diagnostic> {
    let condition = task.r#become.on.as_ref();
    let on = condition
        .map(|condition| match scope.condition(condition)? {
            Truth::False => Ok(false),
            Truth::True => Ok(true),
            Truth::Unknown(reason) => {
                let message = format!("`become` is only known after {reason}");
                Err(Diagnostic::error(message).at(&condition.place))
            }
        })
        .transpose()?;
    let user = task.r#become.user.as_ref().filter(|_| on != Some(false));
    let user = user.map(|node| text(scope, node)).transpose()?;
    Ok(Escalation { on, user })
}

/// Whether a task's conditions hold, and the text of the one that decided it does not.
pub fn when(scope: &Scope, task: &Task) -> Result<(Truth, Option<String>), Diagnostic> {
    all(scope, &task.when)
}

/// All of some conditions; those behind one that is false are not asked, as they may speak of what is not there.
pub fn all(scope: &Scope, conditions: &[Condition]) -> Result<(Truth, Option<String>), Diagnostic> {
    let mut unknown = None;
    for condition in conditions {
        match scope.condition(condition) {
            Ok(Truth::False) => return Ok((Truth::False, Some(condition.text.clone()))),
            Ok(Truth::Unknown(reason)) => {
                unknown.get_or_insert((reason, condition.text.clone()));
            }
            Err(error) if unknown.is_none() => return Err(error),
            // Behind what is not known yet, a mistake may be one only because of that.
            Ok(Truth::True) | Err(_) => {}
        }
    }
    Ok(match unknown {
        Some((reason, text)) => (Truth::Unknown(reason), Some(text)),
        None => (Truth::True, None),
    })
}
