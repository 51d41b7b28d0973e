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

/// Modules whose text is a command: `a=b` in it is the command's.
const COMMANDS: [&str; 4] = ["command", "shell", "script", "raw"];

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
    let pieces = split(text);
    let all_pairs = !pieces.is_empty() && pieces.iter().all(|piece| piece.pair.is_some());
    let command = COMMANDS.contains(&module);
    let mut map = IndexMap::new();
    let apart: Vec<&Piece> = match free_form {
        Some(_) if command => pieces.iter().filter(|piece| is_argument(piece)).collect(),
        _ => pieces.iter().filter(|piece| piece.pair.is_some()).collect(),
    };
    match free_form {
        _ if all_pairs && !command => {}
        Some(argument) => {
            let value = if apart.is_empty() {
                node.clone()
            } else {
                field::made(without(text, &apart), &node.place)
            };
            map.insert(argument.to_owned(), (node.place.clone(), value));
        }
        None if text.trim().is_empty() => {}
        None => {
            let message = format!("`{module}` takes a mapping of arguments, not text");
            let hint = format!("write them below it: `{module}:` and a line for each argument");
            reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
            return None;
        }
    }
    for piece in apart {
        insert(&mut map, piece, node);
    }
    Some(map)
}

fn is_argument(piece: &Piece) -> bool {
    let pair = piece.pair.as_ref();
    pair.is_some_and(|(name, _)| COMMAND.contains(&name.as_str()))
}

/// The text with some of its words cut out, everything else as it was.
fn without(text: &str, words: &[&Piece]) -> String {
    let mut out = String::new();
    let mut from = 0;
    for word in words {
        let at = word.raw.as_ptr() as usize - text.as_ptr() as usize;
        out.push_str(text[from..at].trim_end_matches(' '));
        from = at + word.raw.len();
    }
    out.push_str(&text[from..]);
    out.trim().to_owned()
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
