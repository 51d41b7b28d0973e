//! Secrets on their way: known to the mask and the agents before anything is told, and never in a list of processes.
use super::Dispatcher;
use crate::graph::Step;
use crate::host::Link;
use crate::prepared::{Prepared, Problem, Verdict};
use play_core::message::Request;
use play_core::unknown::{self, UNMADE};
use play_core::{Diagnostic, Value};

/// Modules whose arguments become a program's, and which of them do.
const EXPOSED: &[(&str, &[&str])] = &[
    ("command", &["cmd", "argv", "free_form"]),
    ("shell", &["cmd", "free_form"]),
    ("script", &["cmd", "free_form"]),
];

/// Modules that put text among their arguments into a file, whose mode a task may leave out.
const WRITING: &[&str] = &[
    "copy",
    "template",
    "lineinfile",
    "blockinfile",
    "ini_file",
    "replace",
];

impl Dispatcher<'_> {
    /// Hides what has become known as secret since.
    pub(super) fn learn_secrets(&mut self) {
        if self.language.secret_count() == self.hidden {
            return;
        }
        let secrets = self.language.secrets();
        self.hidden = secrets.len();
        for secret in &secrets {
            self.mask.add(secret);
        }
        for host in self.hosts.values().filter(|host| host.link == Link::Open) {
            host.line.send(Request::Secrets {
                secrets: secrets.clone(),
            });
        }
    }

    /// Whether a file it makes is nobody's business but its owner's: a secret comes into it, and no mode is asked for.
    pub(super) fn is_private(&self, step: &Step, arguments: &Value) -> bool {
        WRITING.contains(&step.task.module.as_str())
            && arguments.get("mode").is_none_or(Value::is_null)
            && (self.mask.finds(arguments) || unknown::mentions(arguments, UNMADE))
    }

    /// Every account of a host can read the arguments of its programs: no secret may be among them.
    pub(super) fn unexposed(&self, step: &Step, prepared: Prepared) -> Result<Prepared, Problem> {
        let module = step.task.module.as_str();
        let Some((_, names)) = EXPOSED.iter().find(|(name, _)| *name == module) else {
            return Ok(prepared);
        };
        let shows = |arguments: &Value| {
            names
                .iter()
                .filter_map(|name| arguments.get(name))
                .any(|value| self.mask.finds(value))
        };
        let mut items = prepared
            .items
            .iter()
            .filter(|item| !matches!(item.verdict, Verdict::Skip(_)));
        if items.any(|item| shows(&item.arguments)) {
            let message = format!(
                "`{module}` would have a secret among its arguments, which every account of the host can read"
            );
            return Err(Problem::Wrong(
                Diagnostic::error(message)
                    .at(&step.task.arguments.place)
                    .hint("give it to the program with `stdin:` or `environment:`"),
            ));
        }
        Ok(prepared)
    }
}
