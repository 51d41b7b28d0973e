//! Secrets on their way: known to the mask and the agents before anything is told, and never in a list of processes.
use super::Dispatcher;
use crate::graph::Step;
use crate::host::Link;
use crate::prepared::{Prepared, Problem};
use play_core::message::Request;
use play_core::unknown::{self, UNMADE};
use play_core::{Diagnostic, Mask, Value};
use serde::Serialize;
use std::path::PathBuf;

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
        for secret in secrets {
            self.mask.add(&secret);
            self.secrets
                .entry(secret)
                .or_insert_with_key(|secret| Mask::new([secret.clone()]));
        }
    }

    /// The secrets among what a host is about to get, or has: its journal must not hold them. It learns of no others, as whoever
    /// has taken it over could read them.
    pub(super) fn entrust(&mut self, name: &str, texts: &impl Serialize) {
        self.learn_secrets();
        if self.secrets.is_empty() {
            return;
        }
        let (Some(host), Ok(value)) = (self.hosts.get_mut(name), serde_json::to_value(texts))
        else {
            return;
        };
        if !self.mask.alters(&value) {
            return;
        }
        let found = self.secrets.iter().filter(|(_, mask)| mask.alters(&value));
        let secrets: Vec<String> = found
            .map(|(secret, _)| secret.clone())
            .filter(|secret| host.secrets.insert(secret.clone()))
            .collect();
        if !secrets.is_empty() && host.link == Link::Open {
            host.line.send(Request::Secrets { secrets });
        }
    }

    /// The same for files that come sealed.
    pub(super) fn entrust_files(&mut self, name: &str, blobs: &[(String, PathBuf)]) {
        for (_, path) in blobs {
            if self.language.was_sealed(path)
                && let Ok(Ok(text)) = self.language.read(path).map(String::from_utf8)
            {
                self.entrust(name, &text);
            }
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
        let mut items = prepared.items.iter().filter(|item| !item.is_skipped());
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
