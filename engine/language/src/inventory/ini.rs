//! Inventories in INI: `[group]`, `[group:children]`, `[group:vars]`, and a host with its variables a line.
use super::tree::Tree;
use super::{Definition, address, yaml};
use crate::node::NodeKind;
use crate::{Node, keyword, source::Reader};
use play_core::{Diagnostic, Place};
use std::sync::Arc;

#[derive(Clone)]
enum Section {
    Hosts(String),
    Children(String),
    Variables(String),
    /// Its header was wrong: what is below it is not looked at.
    Unknown,
}

pub(crate) fn read(file: &str, text: &str, tree: &mut Tree, reader: &mut Reader) {
    let file: Arc<str> = file.into();
    let mut section = Section::Hosts("ungrouped".to_owned());
    let mut offset = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let at = Line {
            file: &file,
            number,
            offset,
            text: line,
        };
        offset += line.len();
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let is_address = header(content).is_some_and(address::is_ipv6);
        if content.starts_with('[') && header(content).is_some() && !is_address {
            section = open(content, &at, tree, reader);
        } else {
            entry(&section, &at, tree, reader);
        }
    }
}

/// One line, and where its pieces are.
struct Line<'a> {
    file: &'a Arc<str>,
    number: u32,
    offset: usize,
    text: &'a str,
}

impl Line<'_> {
    /// The place of a span of the line, given in bytes.
    fn place(&self, start: usize, end: usize) -> Place {
        let column = self
            .text
            .get(..start)
            .map_or(0, |before| before.chars().count());
        Place {
            file: self.file.clone(),
            line: self.number,
            column: u32::try_from(column).unwrap_or(u32::MAX - 1) + 1,
            start: self.offset + start,
            end: self.offset + end,
        }
    }

    fn whole(&self) -> Place {
        let start = self.text.len() - self.text.trim_start().len();
        self.place(start, start + self.text.trim().len())
    }
}

/// The inside of `[…]`, comments behind it dropped; None for a line such as `[a:b]host`.
fn header(content: &str) -> Option<&str> {
    let (inside, rest) = content.strip_prefix('[')?.split_once(']')?;
    let rest = rest.trim();
    (rest.is_empty() || rest.starts_with(['#', ';'])).then_some(inside)
}

fn open(content: &str, line: &Line, tree: &mut Tree, reader: &mut Reader) -> Section {
    let inside = header(content).unwrap_or_default();
    let (name, kind) = inside.split_once(':').unwrap_or((inside, "hosts"));
    let (name, kind) = (name.trim().to_owned(), kind.trim());
    if !yaml::valid_group(&name, &line.whole(), reader) {
        return Section::Unknown;
    }
    tree.group(&name);
    match kind {
        "hosts" => Section::Hosts(name),
        "children" => Section::Children(name),
        "vars" => Section::Variables(name),
        other => {
            let message = format!("unknown kind of section `[{name}:{other}]`");
            let mut diagnostic = Diagnostic::error(message).at(&line.whole());
            diagnostic.hint = keyword::hint(other, ["children", "vars", "hosts"])
                .or_else(|| Some(format!("write `[{name}:children]` or `[{name}:vars]`")));
            reader.report(diagnostic);
            Section::Unknown
        }
    }
}

fn entry(section: &Section, line: &Line, tree: &mut Tree, reader: &mut Reader) {
    match section {
        Section::Unknown => {}
        Section::Hosts(group) => host(group, line, tree, reader),
        Section::Children(group) => {
            let name = line
                .text
                .trim()
                .split(['#', ';', ' ', '\t'])
                .next()
                .unwrap_or_default();
            if yaml::valid_group(name, &line.whole(), reader) {
                tree.child(group, name, &line.whole());
            }
        }
        Section::Variables(group) => match line.text.split_once('=') {
            Some((name, value)) => {
                let start = name.len() - name.trim_start().len();
                let value = value.trim();
                let from = line.text.len()
                    - line
                        .text
                        .split_once('=')
                        .map_or(0, |(_, v)| v.trim_start().len());
                let place = line.place(from, from + value.len());
                let definition = define(
                    name.trim(),
                    value,
                    &line.place(start, name.trim_end().len()),
                    &place,
                    reader,
                );
                tree.define_group(group, definition.into_iter().collect());
            }
            None => reader.report(
                Diagnostic::error("a line of variables is `name = value`").at(&line.whole()),
            ),
        },
    }
}

fn host(group: &str, line: &Line, tree: &mut Tree, reader: &mut Reader) {
    let words = match words(line.text) {
        Ok(words) => words,
        Err((column, message)) => {
            let place = line.place(column, line.text.trim_end().len().max(column));
            return reader.report(Diagnostic::error(message).at(&place));
        }
    };
    let mut words = words.into_iter();
    let Some(first) = words.next() else { return };
    let place = line.place(first.start, first.end);
    let mut definitions = Vec::new();
    for word in words {
        let place = line.place(word.start, word.end);
        if let Some((name, value)) = word.text.split_once('=') {
            definitions.extend(define(name, value, &place, &place, reader));
        } else {
            let message = format!("`{}` is not a variable of host `{}`", word.text, first.text);
            let hint = "behind a host's name come `name=value` pairs";
            reader.report(Diagnostic::error(message).at(&place).hint(hint));
        }
    }
    yaml::add(group, &first.text, &place, &definitions, tree, reader);
}

/// A word of a line, unquoted, with the bytes it was written in.
struct Word {
    text: String,
    start: usize,
    end: usize,
}

/// Words between white space; quotes and backslashes as a shell reads them, `#` begins a comment.
fn words(line: &str) -> Result<Vec<Word>, (usize, String)> {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        let word = &mut open;
        match (quote, character) {
            (Some((mark, _)), _) if character == mark => quote = None,
            (None, '#') if word.is_none() => break,
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some((character, at));
                word.get_or_insert(Word {
                    text: String::new(),
                    start: at,
                    end: at,
                });
            }
            (quoted, _) => {
                let escaped = character == '\\' && quoted.is_none_or(|(mark, _)| mark == '"');
                let next = if escaped {
                    characters.next().map(|(_, c)| c)
                } else {
                    Some(character)
                };
                let start = Word {
                    text: String::new(),
                    start: at,
                    end: at,
                };
                word.get_or_insert(start).text.extend(next);
            }
        }
        if let Some(word) = &mut open {
            word.end = characters.offset();
        }
    }
    if let Some((mark, at)) = quote {
        return Err((at, format!("the quote `{mark}` is never closed")));
    }
    words.extend(open);
    Ok(words)
}

fn define(
    name: &str,
    value: &str,
    at: &Place,
    place: &Place,
    reader: &mut Reader,
) -> Option<Definition> {
    if !keyword::is_identifier(name) {
        let message = format!("`{name}` cannot be a variable's name");
        let hint = format!("use letters, digits and `_`: `{}`", repaired(name));
        reader.report(Diagnostic::error(message).at(at).hint(hint));
        return None;
    }
    let kind = literal(value);
    let value = Node {
        place: place.clone(),
        tag: None,
        kind,
    };
    Some(Definition {
        name: name.to_owned(),
        place: at.clone(),
        value,
    })
}

pub(crate) fn repaired(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(plain).collect()
}

/// Values are what they look like: whole numbers, booleans, `None`, text in quotes, lists and mappings; all else is text.
fn literal(text: &str) -> NodeKind {
    let unquoted = text
        .strip_prefix(['"', '\''])
        .and_then(|rest| rest.strip_suffix(['"', '\'']));
    if let Some(text) = unquoted {
        return NodeKind::String {
            text: text.to_owned(),
            plain: false,
        };
    }
    match text {
        "true" | "True" | "yes" => return NodeKind::Bool(true),
        "false" | "False" | "no" => return NodeKind::Bool(false),
        "None" => return NodeKind::Null,
        _ => {}
    }
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if let (Ok(number), false) = (text.parse::<i64>(), leading_zero) {
        return NodeKind::Number(number.into(), text.to_owned());
    }
    let is_address = address::bare(text) != text;
    if text.starts_with(['[', '{']) && !text.starts_with("{{") && !is_address {
        let (node, mistakes) = crate::yaml::parse("", text.as_bytes());
        if let (Some(node), true) = (node, mistakes.is_empty()) {
            return node.kind;
        }
    }
    NodeKind::String {
        text: text.to_owned(),
        plain: true,
    }
}
