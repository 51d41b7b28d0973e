//! Arguments written as one line: `command: ls creates=/x`, `apt: name=git state=present`.
use super::field;
use crate::Node;
use crate::node::NodeKind;
use crate::source::Reader;
use indexmap::IndexMap;
use play_core::{Description, Diagnostic, Place};

/// Arguments that may stand behind or before a command's own words.
const COMMAND: &[&str] = &[
    "creates",
    "removes",
    "chdir",
    "executable",
    "stdin",
    "stdin_add_newline",
    "strip_empty_ends",
];

/// What a module's key holds, as a mapping of arguments; as it was where it is none, which has been reported.
pub(crate) fn arguments(
    module: &str,
    node: &Node,
    description: Option<&Description>,
    reader: &mut Reader,
) -> Node {
    let free_form = description
        .and_then(|known| known.free_form)
        .or(own(module));
    let map = match &node.kind {
        NodeKind::Map(_) => return node.clone(),
        NodeKind::Null => IndexMap::new(),
        NodeKind::String { text, .. } | NodeKind::Number(_, text) => {
            match line(module, text, node, free_form, reader) {
                Some(map) => map,
                None => return node.clone(),
            }
        }
        NodeKind::List(_) | NodeKind::Bool(_) if free_form.is_some() => {
            let argument = free_form.unwrap_or_default().to_owned();
            IndexMap::from([(argument, (node.place.clone(), node.clone()))])
        }
        _ => {
            field::wrong(
                node,
                &format!("the arguments of `{module}`"),
                "a mapping",
                reader,
            );
            return node.clone();
        }
    };
    Node {
        place: node.place.clone(),
        tag: None,
        kind: NodeKind::Map(map),
    }
}

/// The free form of the modules the language itself carries out.
fn own(module: &str) -> Option<&'static str> {
    match module {
        "import_tasks" | "include_tasks" | "include_vars" | "import_playbook" => Some("file"),
        "import_role" | "include_role" => Some("name"),
        "meta" => Some("action"),
        _ => None,
    }
}

type Map = IndexMap<String, (Place, Node)>;

fn line(
    module: &str,
    text: &str,
    node: &Node,
    free_form: Option<&str>,
    reader: &mut Reader,
) -> Option<Map> {
    let command = matches!(
        module,
        "command" | "shell" | "script" | "raw" | "win_command" | "win_shell"
    );
    let pairs = split(text);
    let mut map = IndexMap::new();
    if let (Some(argument), true) = (free_form, command) {
        let is_argument = |piece: &Piece| {
            piece
                .pair
                .as_ref()
                .is_some_and(|(name, _)| COMMAND.contains(&name.as_str()))
        };
        let words: Vec<&str> = pairs
            .iter()
            .filter(|piece| !is_argument(piece))
            .map(|piece| piece.raw)
            .collect();
        let whole = if pairs.iter().any(is_argument) {
            words.join(" ")
        } else {
            text.to_owned()
        };
        map.insert(
            argument.to_owned(),
            (node.place.clone(), field::made(whole, &node.place)),
        );
        for piece in pairs.iter().filter(|piece| is_argument(piece)) {
            insert(&mut map, piece, node);
        }
    } else if !pairs.is_empty() && pairs.iter().all(|piece| piece.pair.is_some()) {
        pairs.iter().for_each(|piece| insert(&mut map, piece, node));
    } else if let Some(argument) = free_form {
        let (own, rest): (Vec<&Piece>, Vec<&Piece>) =
            pairs.iter().partition(|piece| piece.pair.is_none());
        let first = own
            .iter()
            .map(|piece| piece.raw)
            .collect::<Vec<_>>()
            .join(" ");
        let value = if rest.is_empty() {
            node.clone()
        } else {
            field::made(first, &node.place)
        };
        map.insert(argument.to_owned(), (node.place.clone(), value));
        rest.into_iter()
            .for_each(|piece| insert(&mut map, piece, node));
    } else if !text.trim().is_empty() {
        let message = format!("`{module}` takes a mapping of arguments, not text");
        let hint = format!("write them below it: `{module}:` and a line for each argument");
        reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
        return None;
    }
    Some(map)
}

/// The `name=value` pairs of a line; None where anything else is in it.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    split(text).into_iter().map(|piece| piece.pair).collect()
}

fn insert(map: &mut Map, piece: &Piece, node: &Node) {
    if let Some((name, value)) = &piece.pair {
        map.insert(
            name.clone(),
            (node.place.clone(), field::made(value.clone(), &node.place)),
        );
    }
}

/// A word of a line, and the `name=value` it is.
struct Piece<'a> {
    raw: &'a str,
    pair: Option<(String, String)>,
}

/// Words between white space; quotes and `{{ }}` keep theirs together.
fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start: Option<usize> = None;
    let mut quote: Option<char> = None;
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(mark), _) if character == mark && previous != '\\' => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '{') if previous == '{' => depth += 1,
            (None, '}') if previous == '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if quote.is_none() && depth == 0 && character.is_whitespace() {
            pieces.extend(start.take().map(|start| piece(&text[start..at])));
        } else {
            start.get_or_insert(at);
        }
        previous = character;
    }
    pieces.extend(start.map(|start| piece(&text[start..])));
    pieces
}

fn piece(raw: &str) -> Piece<'_> {
    let pair = raw
        .split_once('=')
        .filter(|(name, _)| crate::keyword::is_identifier(name));
    let pair = pair.map(|(name, value)| (name.to_owned(), unquoted(value).to_owned()));
    Piece { raw, pair }
}

fn unquoted(text: &str) -> &str {
    for mark in ['"', '\''] {
        if let Some(inside) = text
            .strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix(mark))
        {
            return inside;
        }
    }
    text
}
