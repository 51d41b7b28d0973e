//! Playbooks: lists of plays, and of other playbooks.
use super::Resolver;
use super::context::Context;
use crate::node::NodeKind;
use crate::source::{folder, normal, shown};
use crate::syntax::keywords::Keywords;
use crate::syntax::{field, table};
use crate::{Node, keyword, template};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place};
use std::path::Path;

impl Resolver<'_, '_> {
    /// Adds the plays of a playbook to the project.
    pub(crate) fn playbook(&mut self, path: &Path, from: Option<&Place>, context: &Context) {
        let path = normal(path);
        let nowhere = Place {
            file: shown(&path).into(),
            ..Place::default()
        };
        if !self.enter(&path, "a playbook", from.unwrap_or(&nowhere)) {
            return;
        }
        if let Some(node) = self.reader.yaml(&path, from) {
            let before = std::mem::replace(&mut self.folder, folder(&path));
            let inner = Context {
                file: path.clone(),
                ..context.clone()
            };
            self.plays(&node, &path, &inner);
            self.folder = before;
        }
        self.leave();
    }

    fn plays(&mut self, node: &Node, path: &Path, context: &Context) {
        if node.as_list().is_none() {
            let message = format!(
                "a playbook must be a list of plays, not {}",
                node.describe()
            );
            let hint = format!("begin `{}` with `- hosts: …`", shown(path));
            return self
                .reader
                .report(Diagnostic::error(message).at(&node.place).hint(hint));
        }
        for entry in field::list(node, "a playbook", self.reader) {
            if matches!(entry.kind, NodeKind::Null) {
                continue;
            }
            let Some(map) = field::mapping(entry, "a play", self.reader) else {
                continue;
            };
            let import = map
                .iter()
                .find(|(key, _)| crate::syntax::action::short(key) == "import_playbook");
            match import {
                Some((key, (_, file))) => self.import(key, file, map, context),
                None => self.play(entry, map, context),
            }
        }
    }

    fn import(
        &mut self,
        key: &str,
        file: &Node,
        map: &IndexMap<String, (Place, Node)>,
        context: &Context,
    ) {
        table::unknown_keys(
            map,
            "an import of a playbook",
            &[&[key], table::SHARED],
            self.reader,
        );
        let inner = context.under(&Keywords::read(map, self.reader));
        let Some(name) = field::text(file, "`import_playbook`", self.reader) else {
            return;
        };
        if template::is_template(name) {
            let message =
                "the playbook to import must be known before the run: it cannot be a template";
            return self
                .reader
                .report(Diagnostic::error(message).at(&file.place));
        }
        let path = normal(&self.folder.join(name));
        if self.reader.loader.is_file(&path) {
            return self.playbook(&path, Some(&file.place), &inner);
        }
        let mut diagnostic =
            Diagnostic::error(format!("no playbook `{}`", shown(&path))).at(&file.place);
        let near = self.reader.loader.list(&folder(&path));
        let last = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or(name);
        diagnostic.hint = keyword::hint(last, near.iter().map(String::as_str));
        self.reader.report(diagnostic);
    }
}
