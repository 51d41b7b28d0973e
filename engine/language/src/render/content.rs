//! What files of the controller hold, put into arguments: modules see content, never a path of another machine.
use crate::files::{self, Asker, Purpose};
use crate::play::{Project, Task};
use crate::source::{learn, shown};
use crate::{Loader, Scope};
use play_core::content::CARRIED;
use play_core::{Diagnostic, Place, Value};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Who fills, and for which task.
pub(super) struct Filling<'a, 's> {
    pub(super) scope: &'a Scope<'s>,
    pub(super) project: &'a Project,
    pub(super) folder: &'a Path,
    pub(super) loader: &'a dyn Loader,
    pub(super) task: &'a Task,
}

type Blobs = Vec<(String, PathBuf)>;

/// `template`: `content`. `copy`: `content`, `blob` or `tree`. `script`: `content`. `unarchive`: `blob`. `src` stays, for its name.
pub(super) fn fill(
    arguments: &mut Value,
    filling: &Filling,
    blobs: &mut Blobs,
) -> Result<(), Diagnostic> {
    let module = filling.task.module.as_str();
    let remote = arguments
        .get("remote_src")
        .is_some_and(|value| value != &Value::Bool(false));
    let Some((argument, purpose)) =
        files::named(module).filter(|_| !remote && module != "include_vars")
    else {
        return Ok(());
    };
    let Some(name) = arguments
        .get(argument)
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        return Ok(());
    };
    if files::is_remote(&name) || play_core::unknown::reason(&name).is_some() {
        return Ok(());
    }
    let name = if module == "script" {
        name.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    } else {
        name
    };
    let path = filling.find(purpose, &name)?;
    let added = match module {
        "template" => ("content", Value::String(filling.template(&path)?)),
        "script" => ("content", Value::String(filling.text(&path)?)),
        "unarchive" => ("blob", filling.blob(&path, blobs)?),
        _ if filling.loader.is_directory(&path) => ("tree", filling.tree(&path, &name, blobs)?),
        _ => filling.content(&path, blobs)?,
    };
    if let Value::Object(map) = arguments {
        if let Some(plain) = name
            .strip_suffix(".age")
            .filter(|_| filling.loader.was_sealed(&path))
        {
            map.insert(argument.to_owned(), plain.into());
        }
        map.insert(added.0.to_owned(), added.1);
    }
    Ok(())
}

impl Filling<'_, '_> {
    fn place(&self) -> &Place {
        &self.task.arguments.place
    }

    fn find(&self, purpose: Purpose, name: &str) -> Result<PathBuf, Diagnostic> {
        let asker = Asker {
            project: self.project,
            folder: self.folder,
            role: self.task.role,
            file: &self.task.place.file,
        };
        files::find(self.loader, &asker, purpose, name).map_err(|missing| {
            let mut diagnostic =
                Diagnostic::error(format!("no {} `{name}`", purpose.noun())).at(self.place());
            diagnostic.hint = missing.hint;
            diagnostic
        })
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Diagnostic> {
        let bytes = self.loader.read(path).map_err(|error| {
            Diagnostic::error(format!("cannot read `{}`: {error}", shown(path))).at(self.place())
        })?;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            learn(self.loader, path, text);
        }
        Ok(bytes)
    }

    fn text(&self, path: &Path) -> Result<String, Diagnostic> {
        String::from_utf8(self.bytes(path)?).map_err(|_| {
            Diagnostic::error(format!("`{}` is not UTF-8 text", shown(path))).at(self.place())
        })
    }

    fn template(&self, path: &Path) -> Result<String, Diagnostic> {
        self.scope.render_text(&shown(path), &self.text(path)?)
    }

    fn content(&self, path: &Path, blobs: &mut Blobs) -> Result<(&'static str, Value), Diagnostic> {
        let bytes = self.bytes(path)?;
        // What looks like a marker of the unknown must not become one.
        let plain = |text: &str| !text.chars().any(play_core::unknown::reserved);
        match std::str::from_utf8(&bytes) {
            Ok(text) if bytes.len() as u64 <= CARRIED && plain(text) => {
                Ok(("content", text.into()))
            }
            _ => Ok(("blob", digest(&bytes, path, blobs))),
        }
    }

    fn blob(&self, path: &Path, blobs: &mut Blobs) -> Result<Value, Diagnostic> {
        Ok(digest(&self.bytes(path)?, path, blobs))
    }

    /// A directory as a list of what is in it. With a slash behind its name its content is meant, else it too, as in Ansible.
    fn tree(&self, path: &Path, name: &str, blobs: &mut Blobs) -> Result<Value, Diagnostic> {
        let last = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let prefix = if name.ends_with('/') {
            String::new()
        } else {
            last
        };
        let mut entries = Vec::new();
        if !prefix.is_empty() {
            entries.push(json!({"path": prefix, "directory": true}));
        }
        self.walk(path, &prefix, &mut entries, blobs)?;
        Ok(Value::Array(entries))
    }

    fn walk(
        &self,
        path: &Path,
        prefix: &str,
        out: &mut Vec<Value>,
        blobs: &mut Blobs,
    ) -> Result<(), Diagnostic> {
        for name in self.loader.list(path) {
            let below = path.join(&name);
            let shown = if prefix.is_empty() {
                name
            } else {
                format!("{prefix}/{name}")
            };
            if self.loader.is_directory(&below) {
                out.push(json!({"path": shown, "directory": true}));
                self.walk(&below, &shown, out, blobs)?;
            } else {
                let mode = if self.loader.is_executable(&below) {
                    "0755"
                } else {
                    "0644"
                };
                let (key, value) = self.content(&below, blobs)?;
                out.push(json!({"path": shown, "mode": mode, key: value}));
            }
        }
        Ok(())
    }
}

fn digest(bytes: &[u8], path: &Path, blobs: &mut Blobs) -> Value {
    let mut sha256 = String::new();
    for byte in Sha256::digest(bytes) {
        write!(sha256, "{byte:02x}").unwrap_or_default();
    }
    blobs.push((sha256.clone(), path.to_path_buf()));
    json!({"sha256": sha256, "size": bytes.len()})
}
