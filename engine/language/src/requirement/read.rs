//! `roles.yml`: each entry with its place, and what is wrong with it.
use super::{Requirement, origin};
use crate::Node;
use crate::node::NodeKind;
use crate::source::{Reader, shown};
use crate::syntax::{field, table};
use play_core::{Diagnostic, Place};
use std::path::Path;

const ENTRY: &[&str] = &["name", "src", "version", "scm", "path"];

pub(super) fn requirements(file: &Path, reader: &mut Reader) -> Vec<Requirement> {
    let Some(node) = reader.yaml(file, None) else {
        return Vec::new();
    };
    let mut list = &node;
    if let Some(map) = node.as_map() {
        table::unknown_keys(map, &shown(file), &[&["roles", "collections"]], reader);
        if let Some((place, _)) = map.get("collections") {
            let message = "collections are not fetched: modules are part of the program";
            let hint = "`play doc` lists the modules; a role of a collection is fetched from its git repository with `path:`";
            reader.report(Diagnostic::warning(message).at(place).hint(hint));
        }
        let Some(roles) = node.field("roles") else {
            return Vec::new();
        };
        list = roles;
    }
    let mut found: Vec<Requirement> = Vec::new();
    for entry in field::list(list, "the list of roles", reader) {
        let Some(entry) = requirement(entry, reader) else {
            continue;
        };
        match found.iter().find(|known| known.name == entry.name) {
            Some(known) => reader.report(
                Diagnostic::error(format!("role `{}` is asked for twice", entry.name))
                    .at(&entry.place)
                    .also(&known.place, "first here")
                    .hint("remove one, or give it another `name:`"),
            ),
            None => found.push(entry),
        }
    }
    found
}

/// The name an entry gives or, where it gives none, its source does.
pub(super) fn name_of(entry: &Node) -> Option<&str> {
    let source = || entry.field("src").unwrap_or(entry).as_str();
    let named = entry.field("name").and_then(Node::as_str);
    named.or_else(|| source().map(origin::name))
}

fn requirement(entry: &Node, reader: &mut Reader) -> Option<Requirement> {
    let before = reader.diagnostics.len();
    if let Some(map) = entry.as_map() {
        table::unknown_keys(map, "an entry of roles", &[ENTRY], reader);
    } else if entry.as_str().is_none() {
        field::wrong(entry, "an entry of roles", "a mapping", reader);
        return None;
    }
    let source = source(entry, reader)?;
    let name = named(entry, &source, reader);
    let version = optional(entry, "version", reader, version_refused);
    let path = optional(entry, "path", reader, path_refused);
    if let Some(scm) = entry.field("scm")
        && scm.as_str() != Some("git")
    {
        let hint = "roles are fetched with git: write `scm: git`, or leave it out";
        let message = "`scm` is git, or nothing";
        reader.report(Diagnostic::error(message).at(&scm.place).hint(hint));
    }
    // What is wrong with one part says nothing of the others, but nothing of such an entry is used.
    let fine = reader.diagnostics.len() == before;
    fine.then_some(Requirement {
        name: name?,
        place: entry.place.clone(),
        source,
        version,
        path,
    })
}

fn source(entry: &Node, reader: &mut Reader) -> Option<String> {
    let node = match (entry.as_map(), entry.field("src")) {
        (Some(_), None) => {
            let name = entry.field("name").and_then(Node::as_str);
            let what = name.map_or("this entry".to_owned(), |name| format!("role `{name}`"));
            reader.report(
                Diagnostic::error(format!("{what} has no `src`"))
                    .at(&entry.place)
                    .hint(origin::GALAXY),
            );
            return None;
        }
        (_, src) => src.unwrap_or(entry),
    };
    let text = field::text(node, "`src`", reader)?;
    let text = text.strip_prefix("git+").unwrap_or(text);
    if let Some(login) = origin::login(text) {
        reader.loader.learn(login);
    }
    if let Err((message, hint)) = origin::check(text) {
        reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
        return None;
    }
    Some(text.to_owned())
}

fn named(entry: &Node, source: &str, reader: &mut Reader) -> Option<String> {
    let node = entry.field("name");
    let name = match node {
        Some(node) => field::text(node, "`name`", reader)?,
        None => origin::name(source),
    };
    if is_folder_name(name) {
        return Some(name.to_owned());
    }
    let place = node.map_or(&entry.place, |node| &node.place);
    let message = format!("`{name}` cannot be a role's name");
    let hint = "it becomes a folder: letters, digits, `_`, `-` and `.`, with a letter, a digit or `_` first";
    reader.report(Diagnostic::error(message).at(place).hint(hint));
    None
}

fn is_folder_name(name: &str) -> bool {
    let plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.');
    name.starts_with(|one: char| one.is_ascii_alphanumeric() || one == '_')
        && name.chars().all(plain)
        && !name.contains("..")
}

fn optional(
    entry: &Node,
    key: &str,
    reader: &mut Reader,
    refused: fn(&str) -> Option<&'static str>,
) -> Option<String> {
    let node = entry.field(key)?;
    if node.kind == NodeKind::Null {
        return None;
    }
    let text = field::text(node, &format!("`{key}`"), reader)?;
    if let Some(hint) = refused(text) {
        wrong(key, text, &node.place, hint, reader);
        return None;
    }
    let text = text.trim_end_matches('/');
    (!text.is_empty()).then(|| text.to_owned())
}

fn wrong(key: &str, text: &str, place: &Place, hint: &str, reader: &mut Reader) {
    let message = format!("`{text}` cannot be a `{key}`");
    reader.report(Diagnostic::error(message).at(place).hint(hint));
}

/// As git-check-ref-format(1) has it: what no tag and no branch can be called means something else to git.
fn version_refused(text: &str) -> Option<&'static str> {
    let strange = |one: char| {
        one.is_control() || one.is_whitespace() || "~^:?*[\\".contains(one) || !one.is_ascii()
    };
    let wrong = text.is_empty()
        || text.starts_with(['-', '+', '/'])
        || text.contains("..")
        || text.contains("@{")
        || text.chars().any(strange);
    wrong.then_some("a tag, a branch or a commit")
}

fn path_refused(text: &str) -> Option<&'static str> {
    let part = |part: &str| part == ".." || part.eq_ignore_ascii_case(".git");
    let wrong = text.starts_with(['/', '-', ':'])
        || text.split('/').any(part)
        || text.chars().any(char::is_control);
    wrong.then_some("the folder in the repository that is the role: `roles/web`")
}
