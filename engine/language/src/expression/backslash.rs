//! Backslashes in the texts of expressions. `'\1'` is a group of a pattern and `'\b'` the edge of a word, as Ansible's users mean
//! them; Jinja's parser would read an octal number and a backspace.
use play_core::Value;
use std::borrow::Cow;

/// What may stand behind the backslash, in the order of the characters that stand in for both.
const KEPT: &str = "01234567b";

/// The first stand-in: control characters as long in UTF-8 as what they stand for, so that every place stays where it is.
const FIRST: u32 = 0x90;

/// The expression with stand-ins in it, for the parser.
pub(super) fn hidden(text: &str) -> Cow<'_, str> {
    let taken = |character: char| kept(character).is_some();
    if !text.contains('\\') || text.contains(taken) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let next = characters.next();
        match next.and_then(stand_in) {
            Some(one) => out.push(one),
            None => out.extend(std::iter::once(character).chain(next)),
        }
    }
    out.into()
}

/// A constant the parser made, with what was written in place of the stand-ins.
pub(super) fn restored(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains(|one| kept(one).is_some()) => {
            let mut out = String::with_capacity(text.len());
            for character in text.chars() {
                match kept(character) {
                    Some(kept) => out.extend(['\\', kept]),
                    None => out.push(character),
                }
            }
            Value::String(out)
        }
        Value::Array(items) => items.into_iter().map(restored).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, restored(value)))
            .collect(),
        other => other,
    }
}

fn stand_in(character: char) -> Option<char> {
    let index = KEPT.find(character)?;
    char::from_u32(FIRST + u32::try_from(index).ok()?)
}

fn kept(character: char) -> Option<char> {
    let index = u32::from(character).checked_sub(FIRST)?;
    KEPT.chars().nth(usize::try_from(index).ok()?)
}
