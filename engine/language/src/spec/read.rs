//! A specification out of its file.
use super::{Entry, KINDS, Kind, Opt, Options, Spec};
use crate::source::Reader;
use crate::syntax::{field, table};
use crate::{Node, keyword};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place};
use std::path::Path;

const ENTRY: &[&str] = &[
    "short_description",
    "description",
    "options",
    "author",
    "version_added",
    "seealso",
    "examples",
];

const OPTION: &[&str] = &[
    "type",
    "elements",
    "required",
    "default",
    "choices",
    "options",
    "description",
    "no_log",
    "version_added",
    "aliases",
];

/// `meta/argument_specs.yml`, or the same key in `meta/main.yml`.
pub(crate) fn read(reader: &mut Reader, folder: &Path) -> Option<Spec> {
    let own =
        ["argument_specs.yml", "argument_specs.yaml"].map(|name| folder.join("meta").join(name));
    let shared = ["main.yml", "main.yaml"].map(|name| folder.join("meta").join(name));
    let own = reader.first_file(own);
    let node = reader.yaml(&own.clone().or_else(|| reader.first_file(shared))?, None)?;
    if let (Some(_), Some(map)) = (own, node.as_map()) {
        table::unknown_keys(
            map,
            "a role's specification",
            &[&["argument_specs"]],
            reader,
        );
    }
    let map = field::mapping_or_nothing(node.field("argument_specs")?, "`argument_specs`", reader)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut spec = Spec {
        role: name.into_owned(),
        ..Spec::default()
    };
    for (name, (_, node)) in map {
        let name = name.trim_end_matches(".yml").trim_end_matches(".yaml");
        spec.entries.insert(name.to_owned(), entry(node, reader));
    }
    Some(spec)
}

fn entry(node: &Node, reader: &mut Reader) -> Entry {
    let Some(map) = field::mapping_or_nothing(node, "an entry of a specification", reader) else {
        return Entry::default();
    };
    table::unknown_keys(map, "an entry of a specification", &[ENTRY], reader);
    let short = node.field("short_description").and_then(Node::as_str);
    Entry {
        short: short.unwrap_or_default().to_owned(),
        description: words(node, reader),
        options: node
            .field("options")
            .map(|node| options(node, reader))
            .unwrap_or_default(),
    }
}

fn words(node: &Node, reader: &mut Reader) -> Vec<String> {
    let Some(node) = node.field("description") else {
        return Vec::new();
    };
    let texts = field::texts(node, "`description`", reader);
    texts.into_iter().map(|(text, _)| text.to_owned()).collect()
}

fn options(node: &Node, reader: &mut Reader) -> Options {
    let mut found = IndexMap::new();
    for (name, (place, node)) in field::mapping_or_nothing(node, "`options`", reader)
        .into_iter()
        .flatten()
    {
        if let Some(option) = option(name, place, node, reader) {
            found.insert(name.clone(), option);
        }
    }
    found
}

fn option(name: &str, place: &Place, node: &Node, reader: &mut Reader) -> Option<Opt> {
    let what = format!("option `{name}`");
    if let Some(map) = field::mapping_or_nothing(node, &what, reader) {
        table::unknown_keys(map, &what, &[OPTION], reader);
    }
    let flag = |key: &str, reader: &mut Reader| {
        let node = node.field(key);
        node.and_then(|node| field::boolean(node, &format!("`{key}`"), reader))
            .unwrap_or(false)
    };
    let (required, hidden) = (flag("required", reader), flag("no_log", reader));
    let option = Opt {
        place: place.clone(),
        kind: kind(node.field("type"), reader)?.unwrap_or_default(),
        elements: kind(node.field("elements"), reader)?,
        required,
        default: node.field("default").cloned(),
        choices: node
            .field("choices")
            .map(|node| field::list(node, "`choices`", reader))
            .unwrap_or_default()
            .iter()
            .map(Node::value)
            .collect(),
        options: node.field("options").map(|node| options(node, reader)),
        description: words(node, reader),
        hidden,
    };
    agree(&what, &option, reader);
    Some(option)
}

/// What an option says of itself must go together.
fn agree(what: &str, option: &Opt, reader: &mut Reader) {
    let mut report = |message: String, hint: &str| {
        let diagnostic = Diagnostic::error(message).at(&option.place);
        reader.report(diagnostic.hint(hint));
    };
    if option.elements.is_some() && option.kind != Kind::List {
        report(
            format!("{what} has `elements` and is no list"),
            "write `type: list`",
        );
    }
    let holds_mappings = option.kind == Kind::Mapping || option.elements == Some(Kind::Mapping);
    if option.options.is_some() && !holds_mappings {
        report(
            format!("{what} has `options` and is no mapping"),
            "write `type: dict`, or `type: list` and `elements: dict`",
        );
    }
    if option.required && option.default.is_some() {
        report(
            format!("{what} is required and has a default"),
            "it is one or the other",
        );
    }
}

/// `type` or `elements`; the outer None is a mistake, which is reported.
#[expect(
    clippy::option_option,
    reason = "not said, and said wrongly, are two things"
)]
fn kind(node: Option<&Node>, reader: &mut Reader) -> Option<Option<Kind>> {
    let Some(node) = node else { return Some(None) };
    let text = field::text(node, "a type", reader)?;
    let known = KINDS.iter().find(|(name, _)| *name == text);
    if known.is_none() {
        let mut diagnostic = Diagnostic::error(format!("unknown type `{text}`")).at(&node.place);
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        diagnostic.hint = keyword::hint(text, names.iter().copied())
            .or_else(|| Some(format!("one of {}", names.join(", "))));
        reader.report(diagnostic);
    }
    known.map(|(_, kind)| Some(*kind))
}
