//! Values that cannot be known in a check. They travel inside text, so that templates, conditions and diffs carry them
//! without knowing of them: a marker no user can write holds the reason, and is shown as "(known after …)".
use crate::Value;

/// Private-use code points of Unicode's plane 16; the YAML reader refuses them in what users write.
const OPEN: char = '\u{10FF00}';
const CLOSE: char = '\u{10FF01}';

/// Text that stands for a value known only after `reason` ("command `wg genkey` on vps1").
pub fn mark(reason: &str) -> String {
    let reason: String = reason
        .chars()
        .filter(|c| *c != OPEN && *c != CLOSE)
        .collect();
    format!("{OPEN}{reason}{CLOSE}")
}

/// The reason of the first unknown span, where there is one.
pub fn reason(text: &str) -> Option<&str> {
    let start = text.find(OPEN)? + OPEN.len_utf8();
    let length = text[start..].find(CLOSE)?;
    Some(&text[start..start + length])
}

/// The reason of the first unknown found anywhere in a value.
pub fn within(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => reason(text),
        Value::Array(items) => items.iter().find_map(within),
        Value::Object(map) => map
            .iter()
            .find_map(|(key, value)| reason(key).or_else(|| within(value))),
        _ => None,
    }
}

/// How the reason of a secret that is yet to be made begins.
pub const UNMADE: &str = "the secret ";

/// Whether a reason that begins so stands anywhere in a value.
pub fn mentions(value: &Value, beginning: &str) -> bool {
    match value {
        Value::String(text) => text
            .split(OPEN)
            .skip(1)
            .any(|span| span.starts_with(beginning)),
        Value::Array(items) => items.iter().any(|item| mentions(item, beginning)),
        Value::Object(map) => map.values().any(|value| mentions(value, beginning)),
        _ => false,
    }
}

/// True for the code points markers are made of.
pub fn reserved(character: char) -> bool {
    character == OPEN || character == CLOSE
}

/// The text with every unknown span as a person reads it: `(known after …)`.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        out.push_str(&rest[..start]);
        let after = &rest[start + OPEN.len_utf8()..];
        let Some(end) = after.find(CLOSE) else {
            rest = after;
            continue;
        };
        out.push_str("(known after ");
        out.push_str(&after[..end]);
        out.push(')');
        rest = &after[end + CLOSE.len_utf8()..];
    }
    out.push_str(rest);
    out
}

/// True where two texts can be equal once the unknown spans of `pattern` are known: everything between them fits, in order.
pub fn may_equal(pattern: &str, text: &str) -> bool {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(start) = rest.find(OPEN) {
        pieces.push(&rest[..start]);
        match rest[start..].find(CLOSE) {
            Some(end) => rest = &rest[start + end + CLOSE.len_utf8()..],
            None => return false,
        }
    }
    let (Some(first), last) = (pieces.first().copied(), rest) else {
        return pattern == text;
    };
    let Some(mut middle) = text.strip_prefix(first).and_then(|t| t.strip_suffix(last)) else {
        return false;
    };
    for piece in &pieces[1..] {
        let Some(at) = middle.find(piece) else {
            return false;
        };
        middle = &middle[at + piece.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_and_shown() {
        let text = format!("key = {}\n", mark("wg genkey"));
        assert_eq!(reason(&text), Some("wg genkey"));
        assert_eq!(shown(&text), "key = (known after wg genkey)\n");
        assert!(may_equal(&text, "key = abc\n"));
        assert!(!may_equal(&text, "kex = abc\n"));
    }

    #[test]
    fn plain_text_has_none() {
        assert_eq!(reason("plain"), None);
        assert!(may_equal("plain", "plain"));
        assert!(!may_equal("plain", "other"));
    }
}
