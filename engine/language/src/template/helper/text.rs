//! Text.
use super::{Arguments, Flow, Helper, helper};
use crate::template::text_of;
use play_core::Value;
use regex::{Regex, RegexBuilder};

pub(super) const TABLE: &[Helper] = &[
    helper(
        "upper",
        "upper text",
        "In capital letters.",
        Flow::Opaque,
        |a| Ok(a.text(0)?.to_uppercase().into()),
    ),
    helper(
        "lower",
        "lower text",
        "In small letters.",
        Flow::Opaque,
        |a| Ok(a.text(0)?.to_lowercase().into()),
    ),
    helper(
        "capitalize",
        "capitalize text",
        "The first letter capital, the others small.",
        Flow::Opaque,
        |a| Ok(capitalize(&a.text(0)?).into()),
    ),
    helper(
        "title",
        "title text",
        "Each word capitalized.",
        Flow::Opaque,
        |a| {
            Ok(a.text(0)?
                .split(' ')
                .map(capitalize)
                .collect::<Vec<_>>()
                .join(" ")
                .into())
        },
    ),
    helper(
        "trim",
        "trim text [characters]",
        "Without blanks, or these characters, at its ends.",
        Flow::Spans,
        |a| {
            let characters: Vec<char> = a.text_option("chars", 1, " \t\r\n").chars().collect();
            Ok(a.text(0)?.trim_matches(&characters[..]).into())
        },
    ),
    helper(
        "replace",
        "replace text old new",
        "Every occurrence replaced.",
        Flow::Opaque,
        |a| Ok(a.text(0)?.replace(&a.text(1)?, &a.text(2)?).into()),
    ),
    helper(
        "split",
        "split text [separator]",
        "The parts between separators; between blanks without one.",
        Flow::Opaque,
        split,
    ),
    helper(
        "regex_replace",
        "regex_replace text pattern new",
        "Every match replaced; \\1 stands for a group.",
        Flow::Opaque,
        regex_replace,
    ),
    helper(
        "regex_search",
        "regex_search text pattern [\"\\1\"…]",
        "The first match, or the groups asked for; nothing where there is none.",
        Flow::Opaque,
        regex_search,
    ),
    helper(
        "regex_findall",
        "regex_findall text pattern",
        "Every match; its group where the pattern has one.",
        Flow::Opaque,
        regex_all,
    ),
    helper(
        "regex_escape",
        "regex_escape text",
        "The text as a pattern for itself.",
        Flow::Opaque,
        |a| Ok(regex::escape(&a.text(0)?).into()),
    ),
    helper(
        "indent",
        "indent text [4] [first=true]",
        "Lines after the first indented.",
        Flow::Spans,
        indent,
    ),
    helper(
        "quote",
        "quote text",
        "As one word of a shell command.",
        Flow::Opaque,
        |a| Ok(quote(&a.text(0)?).into()),
    ),
    helper(
        "comment",
        "comment text [\"plain\"]",
        "Each line a comment: plain (#), c, cblock, erlang, xml.",
        Flow::Spans,
        comment,
    ),
    helper(
        "format",
        "format pattern values…",
        "Values put into %s, %d and the like.",
        Flow::Opaque,
        |a| format_text(&a.text(0)?, &a.values[1..]).map(Value::String),
    ),
    helper(
        "truncate",
        "truncate text 255",
        "At most so many characters.",
        Flow::Opaque,
        |a| {
            let length = usize::try_from(a.integer_option("length", 1, 255)).unwrap_or(0);
            Ok(a.text(0)?.chars().take(length).collect::<String>().into())
        },
    ),
    helper(
        "center",
        "center text 80",
        "In the middle of a line of this width.",
        Flow::Opaque,
        |a| {
            let width = usize::try_from(a.integer_option("width", 1, 80))
                .unwrap_or(0)
                .min(4096);
            Ok(format!("{:^width$}", a.text(0)?).into())
        },
    ),
];

pub(crate) fn capitalize(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first
            .to_uppercase()
            .chain(characters.as_str().to_lowercase().chars())
            .collect()
    })
}

fn split(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    let parts: Vec<&str> = match arguments.values.get(1) {
        None => text.split_whitespace().collect(),
        Some(_) => text
            .split(arguments.text(1)?.as_str())
            .map(|part| &text[offset(&text, part)..][..part.len()])
            .collect(),
    };
    Ok(parts.into_iter().map(Value::from).collect())
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// A pattern of users, of bounded size; Python's differences are few: no look-around, no back-references.
pub(crate) fn pattern(text: &str) -> Result<Regex, String> {
    build(text, false, false)
}

fn build(text: &str, ignore_case: bool, lines: bool) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .case_insensitive(ignore_case)
        .multi_line(lines)
        .size_limit(1 << 22)
        .build()
        .map_err(|error| match error {
            regex::Error::Syntax(_)
                if text.contains("(?=") || text.contains("(?!") || text.contains("(?<") =>
            {
                format!("the pattern `{text}` looks ahead or behind, which is not supported")
            }
            other => format!("not a pattern: {other}"),
        })
}

fn given(arguments: &Arguments<'_>) -> Result<Regex, String> {
    let flag = |name| {
        arguments
            .named(name)
            .is_some_and(crate::expression::operator::truthy)
    };
    build(&arguments.text(1)?, flag("ignorecase"), flag("multiline"))
}

fn regex_replace(arguments: &Arguments<'_>) -> Result<Value, String> {
    let replacement = dollars(&arguments.text_option("replacement", 2, ""));
    let text = arguments.text(0)?;
    Ok(given(arguments)?
        .replace_all(&text, replacement.as_str())
        .into_owned()
        .into())
}

/// Python's `\1` and `\g<name>` as this library writes them.
fn dollars(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek().copied()) {
            ('$', _) => out.push_str("$$"),
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                out.extend(["${", &digit.to_string(), "}"]);
                characters.next();
            }
            ('\\', Some('g')) => {
                characters.next();
                let name: String = characters
                    .by_ref()
                    .skip_while(|c| *c == '<')
                    .take_while(|c| *c != '>')
                    .collect();
                out.extend(["${", &name, "}"]);
            }
            ('\\', Some('n')) => {
                out.push('\n');
                characters.next();
            }
            ('\\', Some('\\')) => {
                out.push('\\');
                characters.next();
            }
            _ => out.push(character),
        }
    }
    out
}

fn regex_search(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    let Some(found) = given(arguments)?.captures(&text).map(|found| {
        let groups = arguments.values[2..].iter().map(|group| {
            let group = text_of(group);
            let name = group
                .trim_start_matches("\\g")
                .trim_matches(['\\', '<', '>']);
            let part = match name.parse() {
                Ok(index) => found.get(index),
                Err(_) => found.name(name),
            };
            part.map_or(Value::Null, |part| part.as_str().into())
        });
        let groups: Vec<Value> = groups.collect();
        if groups.is_empty() {
            found[0].into()
        } else {
            Value::Array(groups)
        }
    }) else {
        return Ok(Value::Null);
    };
    Ok(found)
}

fn regex_all(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    let pattern = given(arguments)?;
    let shown = |found: regex::Captures<'_>| match found.len() {
        1 => Value::from(&found[0]),
        2 => found.get(1).map_or("", |part| part.as_str()).into(),
        _ => found
            .iter()
            .skip(1)
            .map(|part| Value::from(part.map_or("", |part| part.as_str())))
            .collect(),
    };
    Ok(pattern.captures_iter(&text).map(shown).collect())
}

fn indent(arguments: &Arguments<'_>) -> Result<Value, String> {
    let prefix = match arguments.option("width", 1) {
        Some(Value::String(text)) if text.parse::<usize>().is_err() => text.clone(),
        _ => " ".repeat(
            usize::try_from(arguments.integer_option("width", 1, 4))
                .unwrap_or(4)
                .min(256),
        ),
    };
    let (first, blank) = (arguments.flag("first", 2), arguments.flag("blank", 3));
    let text = arguments.text(0)?;
    let mut lines = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let indented = (index > 0 || first) && (blank || !line.is_empty());
        lines.push(if indented {
            format!("{prefix}{line}")
        } else {
            line.to_owned()
        });
    }
    Ok(lines.join("\n").into())
}

/// One word for a POSIX shell.
pub(crate) fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}

fn comment(arguments: &Arguments<'_>) -> Result<Value, String> {
    let style = arguments.text_option("style", 1, "plain");
    let (begin, prefix, end) = match style.as_str() {
        "plain" => ("", "# ", ""),
        "c" => ("", "// ", ""),
        "cblock" => ("/*", " * ", " */"),
        "erlang" => ("", "% ", ""),
        "xml" => ("<!--", " - ", "-->"),
        other => return Err(format!("no style `{other}`: plain, c, cblock, erlang, xml")),
    };
    let prefix = arguments
        .named("decoration")
        .map_or_else(|| prefix.to_owned(), text_of);
    let text = arguments.text(0)?;
    let bare = prefix.trim_end().to_owned();
    let body = text.trim_end_matches('\n').split('\n');
    let body = body.map(|line| {
        if line.is_empty() {
            bare.clone()
        } else {
            format!("{prefix}{line}")
        }
    });
    // Ansible's plain comments begin and end with an empty comment line.
    let frame = (begin.is_empty()).then(|| bare.clone());
    let lines = std::iter::once(begin.to_owned())
        .chain(frame.clone())
        .chain(body)
        .chain(frame.clone())
        .chain(std::iter::once(end.to_owned()));
    Ok(lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
        .into())
}

/// Python's `%` formatting: %s %r %d %i %x %o %f %%, with flags, width and precision.
pub(crate) fn format_text(format: &str, values: &[Value]) -> Result<String, String> {
    let directive = pattern(r"%([-0 +]*)(\d*)(?:\.(\d+))?([a-zA-Z%])")?;
    let mut out = String::new();
    let (mut end, mut next) = (0, 0);
    for found in directive.captures_iter(format) {
        let whole = found.get(0).map_or(0..0, |m| m.range());
        out.push_str(&format[end..whole.start]);
        end = whole.end;
        let kind = &found[4];
        if kind == "%" {
            out.push('%');
            continue;
        }
        let value = values.get(next).ok_or("more directives than values")?;
        next += 1;
        let precision = found
            .get(3)
            .and_then(|digits| digits.as_str().parse::<usize>().ok());
        let text = convert(kind, value, precision.map(|precision| precision.min(64)))?;
        out.push_str(&pad(
            &text,
            &found[1],
            found[2].parse::<usize>().unwrap_or(0).min(4096),
        ));
    }
    out.push_str(&format[end..]);
    Ok(out)
}

fn convert(kind: &str, value: &Value, precision: Option<usize>) -> Result<String, String> {
    let number = || match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    let whole = || {
        value
            .as_i64()
            .or_else(|| text_of(value).trim().parse().ok())
            .ok_or_else(|| format!("`{}` is no whole number", text_of(value)))
    };
    Ok(match kind {
        "s" => text_of(value),
        "r" => value.to_string(),
        "d" | "i" | "u" => whole()?.to_string(),
        "x" => format!("{:x}", whole()?),
        "X" => format!("{:X}", whole()?),
        "o" => format!("{:o}", whole()?),
        "f" | "F" => {
            let number = number().ok_or_else(|| format!("`{}` is no number", text_of(value)))?;
            format!("{number:.*}", precision.unwrap_or(6))
        }
        other => return Err(format!("no directive %{other}")),
    })
}

fn pad(text: &str, flags: &str, width: usize) -> String {
    if flags.contains('-') {
        format!("{text:<width$}")
    } else if flags.contains('0') {
        match text.strip_prefix('-') {
            Some(digits) => format!("-{digits:0>0$}", width.saturating_sub(1)),
            None => format!("{text:0>width$}"),
        }
    } else {
        format!("{text:>width$}")
    }
}

/// Python's `str.format` with `{}` and `{0}`.
pub(crate) fn format_braces(format: &str, values: &[Value]) -> Result<String, String> {
    let field = pattern(r"\{\{|\}\}|\{(\d*)\}")?;
    let mut out = String::new();
    let (mut end, mut next) = (0, 0);
    for found in field.captures_iter(format) {
        let whole = found.get(0).map_or(0..0, |m| m.range());
        out.push_str(&format[end..whole.start]);
        end = whole.end;
        match (&found[0], found.get(1)) {
            ("{{", _) => out.push('{'),
            ("}}", _) => out.push('}'),
            (_, index) => {
                let index = index
                    .and_then(|index| index.as_str().parse().ok())
                    .unwrap_or(next);
                next = index + 1;
                out.push_str(&text_of(
                    values.get(index).ok_or("more fields than values")?,
                ));
            }
        }
    }
    out.push_str(&format[end..]);
    Ok(out)
}
