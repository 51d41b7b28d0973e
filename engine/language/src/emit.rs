//! Values as YAML that any reader, of version 1.1 or 1.2, reads back equal.
use crate::node::NodeKind;
use play_core::{Value, unknown};
use std::fmt::Write;

/// Block style, keys in order, ending in a line end.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Array(items) if !items.is_empty() => sequence(items, 0, &mut out),
        Value::Object(map) if !map.is_empty() => mapping(map, 0, &mut out),
        scalar => {
            inline(scalar, &mut out);
            out.push('\n');
        }
    }
    out
}

fn sequence(items: &[Value], depth: usize, out: &mut String) {
    for item in items {
        indent(depth, out);
        out.push('-');
        match item {
            Value::Array(inner) if !inner.is_empty() => {
                out.push('\n');
                sequence(inner, depth + 1, out);
            }
            Value::Object(map) if !map.is_empty() => {
                // The first key stands on the line of the dash.
                let mut block = String::new();
                mapping(map, depth + 1, &mut block);
                out.push(' ');
                out.push_str(block.trim_start_matches(' '));
            }
            scalar => value_line(scalar, out),
        }
    }
}

fn mapping(map: &serde_json::Map<String, Value>, depth: usize, out: &mut String) {
    for (key, value) in map {
        indent(depth, out);
        inline(&Value::String(key.clone()), out);
        out.push(':');
        match value {
            Value::Array(inner) if !inner.is_empty() => {
                out.push('\n');
                sequence(inner, depth + 1, out);
            }
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                mapping(inner, depth + 1, out);
            }
            Value::String(text) if literal(text) => block(text, depth + 1, out),
            scalar => value_line(scalar, out),
        }
    }
}

fn value_line(value: &Value, out: &mut String) {
    out.push(' ');
    inline(value, out);
    out.push('\n');
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn inline(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::String(text) if plain(text) => out.push_str(text),
        Value::String(text) => double_quoted(text, out),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        // YAML 1.1 wants a point in a number that has an exponent.
        Value::Number(number) => {
            let text = number.to_string();
            match text.split_once('e') {
                Some((mantissa, exponent)) => {
                    let point = if mantissa.contains('.') { "" } else { ".0" };
                    let sign = if exponent.starts_with(['-', '+']) {
                        ""
                    } else {
                        "+"
                    };
                    // Writing to a String cannot fail.
                    let _ = write!(out, "{mantissa}{point}e{sign}{exponent}");
                }
                None => out.push_str(&text),
            }
        }
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
    }
}

/// Text that needs no quotes: it begins with a letter, `/` or `_`, has nothing YAML gives a meaning, and resolves to itself in
/// 1.1 and 1.2.
fn plain(text: &str) -> bool {
    let safe = |c: char| {
        c.is_alphanumeric()
            || " _-./+@%^()$;~".contains(c)
            || c == '='
            || c == ':'
            || unknown::reserved(c)
    };
    let begins = text
        .starts_with(|c: char| c.is_alphabetic() || c == '/' || c == '_' || unknown::reserved(c));
    let word = text.to_ascii_lowercase();
    begins
        && (text.chars().all(safe)
            || unknown::reason(text).is_some() && !text.contains(['\n', '#', '"', '\\']))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !matches!(
            word.as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        )
        && matches!(crate::yaml::resolve(text), NodeKind::String { .. })
}

/// Several lines that a literal block keeps as they are.
fn literal(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text
            .lines()
            .any(|line| line.trim().is_empty() && !line.is_empty())
        && text
            .chars()
            .all(|c| c == '\n' || c == '\t' || !c.is_control())
        && !text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
}

fn block(text: &str, depth: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    out.push_str(match text.len() - body.len() {
        0 => " |-\n",
        1 => " |\n",
        _ => " |+\n",
    });
    for line in body.split('\n') {
        if !line.is_empty() {
            indent(depth, out);
            out.push_str(line);
        }
        out.push('\n');
    }
    out.extend(std::iter::repeat_n(
        '\n',
        (text.len() - body.len()).saturating_sub(1),
    ));
}

fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn what_is_written_reads_back_equal() {
        let words = [
            "yes",
            "no",
            "on",
            "off",
            "y",
            "n",
            "true",
            "null",
            "~",
            "",
            "1",
            "0644",
            "0o17",
            "1.5",
            "1e3",
            ".5",
            "12:30",
            "2001-01-01",
            "- x",
            "a: b",
            "a:",
            "a #b",
            "#a",
            "x y",
            "/etc/x",
            "*a",
            "&a",
            "!t",
            "%x",
            "@x",
            "`x",
            "{a}",
            "[a]",
            "'q'",
            "\"q\"",
            "a\\b",
            " lead",
            "trail ",
            "tab\there",
            "line\nline",
            "line\nline\n",
            "two\n\n",
            "\nlead",
            "a\n  b\n",
            " a\nb",
            "\u{1}",
            "\u{feff}",
            "é",
            "a\n \nb",
            "---",
            "...",
            "?",
            "=",
            "<<",
            "a=b",
            "http://x:80/y",
            "{{ x }}",
            "a,b",
            "key: |",
            "\r\n",
        ];
        for word in words {
            for value in [
                json!(word),
                json!({"k": word, word: 1}),
                json!([word, [word]]),
                json!({"a": {"b": [{"c": word, "d": word}]}}),
            ] {
                let text = to_yaml(&value);
                let (node, diagnostics) = crate::yaml::parse("t", text.as_bytes());
                assert!(diagnostics.is_empty(), "{value} {text} {diagnostics:?}");
                assert_eq!(node.map(|node| node.value()), Some(value.clone()), "{text}");
                let other: Value = serde_yaml::from_str(&text).expect("the oracle reads it");
                assert_eq!(other, value, "{text}");
            }
        }
    }

    #[test]
    fn other_values() {
        let value = json!({"a": [], "b": {}, "c": null, "d": [1, -2, 1.5, 1e30, true], "e": [[1, [2]], {"x": [3]}]});
        let text = to_yaml(&value);
        assert_eq!(
            crate::yaml::parse("t", text.as_bytes())
                .0
                .map(|node| node.value()),
            Some(value)
        );
        assert_eq!(
            to_yaml(&json!({"a": [{"b": 1, "c": 2}]})),
            "a:\n  - b: 1\n    c: 2\n"
        );
    }
}
