//! Regular expressions as Ansible users write them, which is as Python reads them.
use play_core::Fault;
use regex::{Regex, RegexBuilder};

/// A compiled expression. Look-around and backreferences are refused: they have no bound in time.
pub(crate) fn compile(argument: &str, text: &str) -> Result<Regex, Fault> {
    build(argument, text, false)
}

/// The same, where `^` and `$` mean the ends of every line.
pub(crate) fn compile_lines(argument: &str, text: &str) -> Result<Regex, Fault> {
    build(argument, text, true)
}

fn build(argument: &str, text: &str, lines: bool) -> Result<Regex, Fault> {
    RegexBuilder::new(&text.replace("\\Z", "\\z"))
        .multi_line(lines)
        // The end of a line is before its carriage return, where it has one.
        .crlf(lines)
        .build()
        .map_err(|error| {
            let words = error.to_string();
            let last = words.lines().last().unwrap_or_default();
            let last = last.strip_prefix("error: ").unwrap_or(last);
            Fault::arguments(format!("{argument} `{text}`: {last}"))
        })
}

/// Python's replacement text (`\1`, `\g<name>`) in the form that [`regex::Captures::expand`] reads.
pub(crate) fn replacement(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '$' => out.push_str("$$"),
            '\\' => rest = escape(rest, &mut out),
            other => out.push(other),
        }
    }
    out
}

/// What follows a backslash; returns what follows that.
fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).take(2).count();
    if digits > 0 {
        out.extend(["${", &rest[..digits], "}"]);
        return &rest[digits..];
    }
    if let Some((name, after)) = rest
        .strip_prefix("g<")
        .and_then(|named| named.split_once('>'))
    {
        out.extend(["${", name, "}"]);
        return after;
    }
    let Some(character) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    match character {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        '\\' => out.push('\\'),
        other => out.extend(['\\', other]),
    }
    &rest[character.len_utf8()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_replacements_become_ours() {
        let regex = compile("regexp", "(?P<key>a)(b)").unwrap();
        let replaced = regex.replace("xab", replacement(r"\g<key>-\2\n$1"));
        assert_eq!(replaced, "xa-b\n$1");
    }

    #[test]
    fn look_around_is_refused_by_name() {
        let fault = compile("regexp", "(?!x)").unwrap_err().to_string();
        assert!(fault.contains("look-around"), "{fault}");
    }
}
