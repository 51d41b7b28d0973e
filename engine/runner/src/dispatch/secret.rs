//! Secrets on their way: known to the mask and the agents before anything is told, and never in a list of processes.
use super::Dispatcher;
use crate::graph::Step;
use crate::host::Link;
use crate::prepared::{Prepared, Problem, Verdict};
use play_core::message::Request;
use play_core::{Diagnostic, Value};

/// Modules whose arguments become a program's, and which of them do.
const EXPOSED: &[(&str, &[&str])] = &[
    ("command", &["cmd", "argv", "free_form"]),
    ("shell", &["cmd", "free_form"]),
    ("script", &["cmd", "free_form"]),
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
