//! The files a project was read from: each once, with its text kept for excerpts.
mod secret;

pub(crate) use secret::learn;

use crate::{Loader, Node, keyword, yaml};
use play_core::{Diagnostic, Place};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Texts of everything that was read, by the name places give.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    texts: BTreeMap<String, String>,
}

impl Sources {
    /// The text of a file that was read; bytes that are no UTF-8 are replaced.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    /// Keeps a text that is no file, such as an argument of the command line.
    pub fn keep(&mut self, name: &str, text: &str) {
        self.texts.insert(name.to_owned(), text.to_owned());
    }
}

/// Reads files and gathers what is wrong with them.
pub(crate) struct Reader<'a> {
    pub(crate) loader: &'a dyn Loader,
    pub(crate) sources: Sources,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Some file could not be read: what it would have defined is not known.
    pub(crate) unread: bool,
    documents: BTreeMap<PathBuf, Option<Node>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(loader: &'a dyn Loader) -> Self {
        Self {
            loader,
            sources: Sources::default(),
            diagnostics: Vec::new(),
            unread: false,
            documents: BTreeMap::new(),
        }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The bytes of a file; where it cannot be read, that is reported at `from`, the place that names it.
    pub(crate) fn bytes(&mut self, path: &Path, from: Option<&Place>) -> Option<Vec<u8>> {
        match self.loader.read(path) {
            // Excerpts of what was sealed would show it.
            Ok(bytes) if self.loader.was_sealed(path) => Some(bytes),
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                self.sources.keep(&shown(path), &text);
                Some(bytes)
            }
            Err(error) => {
                self.unread = true;
                let mut diagnostic = self.not_read(path, &error);
                let itself = self.loader.is_file(path).then(|| Place {
                    file: shown(path).into(),
                    line: 1,
                    column: 1,
                    ..Place::default()
                });
                diagnostic.place = from.cloned().or(itself);
                self.report(diagnostic);
                None
            }
        }
    }

    fn not_read(&self, path: &Path, error: &str) -> Diagnostic {
        let here = path.as_os_str().is_empty();
        let name = if here { ".".to_owned() } else { shown(path) };
        if here || self.loader.is_directory(path) {
            let hint = "name a file in it";
            return Diagnostic::error(format!("`{name}` is a folder, not a file")).hint(hint);
        }
        let words = error.split(" (os error").next().unwrap_or(error);
        let mut diagnostic = Diagnostic::error(format!("cannot read `{name}`: {words}"));
        if !self.loader.is_file(path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let beside = self.loader.list(&folder(path));
            diagnostic.hint = keyword::hint(&name, beside.iter().map(String::as_str));
        }
        diagnostic
    }

    /// A YAML document; read and parsed once however often it is asked for. None where it is empty or wrong.
    pub(crate) fn yaml(&mut self, path: &Path, from: Option<&Place>) -> Option<Node> {
        let path = normal(path);
        if let Some(known) = self.documents.get(&path) {
            return known.clone();
        }
        let node = self.bytes(&path, from).and_then(|bytes| {
            let (node, diagnostics) = yaml::parse(&shown(&path), &bytes);
            self.diagnostics.extend(diagnostics);
            let mut node = node?;
            secret::open(&mut node, self, self.loader.was_sealed(&path));
            Some(node)
        });
        self.documents.insert(path, node.clone());
        node
    }

    /// The first of these paths that is a file.
    pub(crate) fn first_file(&self, paths: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
        paths
            .into_iter()
            .map(|path| normal(&path))
            .find(|path| self.loader.is_file(path))
    }
}

/// A path as places name it.
pub(crate) fn shown(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        return ".".to_owned();
    }
    path.display().to_string()
}

/// The path without `.` and, where that is safe by name alone, without `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(out.components().next_back(), Some(Component::Normal(_))) =>
            {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// True for names of YAML and JSON files.
pub(crate) fn is_document(path: &Path) -> bool {
    let extension = path.extension().and_then(|name| name.to_str());
    matches!(extension, Some("yml" | "yaml" | "json"))
}

/// The folder a file is in; empty for a bare name.
pub(crate) fn folder(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normal() {
        assert_eq!(
            normal(Path::new("./a/../b/./c.yml")),
            PathBuf::from("b/c.yml")
        );
        assert_eq!(normal(Path::new("../b")), PathBuf::from("../b"));
        assert_eq!(normal(Path::new("/a/../../b")), PathBuf::from("/../b"));
    }
}
