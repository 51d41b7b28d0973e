//! `roles.lock`: which commit of each role it is, and what its files are.
use super::Requirement;
use crate::Node;
use crate::source::Reader;
use crate::syntax::{field, table};
use play_core::Diagnostic;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

const HEADING: &str =
    "# Which commit each role of roles.yml is. `play roles` writes this; commit it.\n";
const KEYS: &[&str] = &["source", "version", "path", "commit", "sha256"];

/// What was chosen, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    pub roles: BTreeMap<String, Locked>,
}

/// One role as it was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    pub source: String,
    /// As asked for.
    pub version: Option<String>,
    pub path: Option<String>,
    /// In full.
    pub commit: String,
    /// Of its files, in hexadecimal.
    pub sha256: String,
}

impl Locked {
    /// Whether it was chosen for what is asked now.
    pub fn answers(&self, asked: &Requirement) -> bool {
        self.source == asked.source && self.version == asked.version && self.path == asked.path
    }
}

impl Lock {
    /// The file's text: sorted, a value a line, so that a change is a line.
    pub fn text(&self) -> String {
        let mut text = HEADING.to_owned();
        for (name, role) in &self.roles {
            let values = [
                Some(&role.source),
                role.version.as_ref(),
                role.path.as_ref(),
                Some(&role.commit),
                Some(&role.sha256),
            ];
            let _ = writeln!(text, "\n{}:", quoted(name));
            for (key, value) in KEYS.iter().zip(values) {
                if let Some(value) = value {
                    let _ = writeln!(text, "  {key}: {}", quoted(value));
                }
            }
        }
        text
    }
}

/// JSON's strings are YAML's, and no commit in quotes is a number.
fn quoted(text: &str) -> serde_json::Value {
    text.into()
}

pub(super) fn read(file: &Path, reader: &mut Reader) -> Lock {
    let mut lock = Lock::default();
    if !reader.loader.is_file(file) {
        return lock;
    }
    let Some(node) = reader.yaml(file, None) else {
        return lock;
    };
    for (name, (_, node)) in field::mapping_or_nothing(&node, "the lock", reader)
        .into_iter()
        .flatten()
    {
        if let Some(role) = locked(node, reader) {
            lock.roles.insert(name.clone(), role);
        }
    }
    lock
}

fn locked(node: &Node, reader: &mut Reader) -> Option<Locked> {
    let map = field::mapping(node, "a role of the lock", reader)?;
    table::unknown_keys(map, "a role of the lock", &[KEYS], reader);
    let mut text = |key: &str, length: Option<usize>| {
        let Some(node) = node.field(key) else {
            if length.is_some() || key == "source" {
                report(
                    &format!("the lock does not say the role's `{key}`"),
                    node,
                    reader,
                );
            }
            return None;
        };
        let text = field::text(node, &format!("`{key}`"), reader)?;
        if length.is_some_and(|length| !is_digest(text, length)) {
            report(&format!("`{text}` is no {key}"), node, reader);
            return None;
        }
        Some(text.to_owned())
    };
    Some(Locked {
        version: text("version", None),
        path: text("path", None),
        source: text("source", None)?,
        commit: text("commit", Some(40))?,
        sha256: text("sha256", Some(64))?,
    })
}

fn is_digest(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn report(message: &str, node: &Node, reader: &mut Reader) {
    let hint = "take the file as it was committed; or remove the role's lines, and `play roles install` chooses anew";
    reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
}
