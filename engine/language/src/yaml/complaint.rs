//! Syntax errors of the parser, with the way out of the mistakes people make.
use super::place::Source;
use granit_parser::ScanError;
use play_core::{Diagnostic, Place};

/// A parser's error as a diagnostic.
pub(super) fn syntax(source: &Source<'_>, error: &ScanError) -> Box<Diagnostic> {
    let mut place = source.point(error.marker());
    let last = u32::try_from(source.text.lines().count()).unwrap_or(u32::MAX);
    if place.line > last {
        place = source.at(source.text.len(), source.text.len());
    }
    let mut message = error.info();
    if let Some(first) = message.get(..1).map(str::to_lowercase) {
        message.replace_range(..1, &first);
    }
    let diagnostic = Diagnostic::error(format!("not valid YAML: {}", plainer(&message))).at(&place);
    Box::new(match advice(source, &place, &message) {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    })
}

/// The parser's words without its inner life.
fn plainer(message: &str) -> &str {
    match message {
        message if message.contains("unknown anchor") => "an alias of nothing",
        message if message.contains("recursion limit") => "nested too deeply",
        message if message.contains("found a tab") => "a tab where YAML wants spaces",
        message => message,
    }
}

/// What to do about it, where the parser's words say it all.
fn known(message: &str) -> Option<&'static str> {
    let hints = [
        (
            "anchor",
            "`*name` repeats a value marked `&name`; quote a value that begins with `*`",
        ),
        ("bracket", "close each `[` with `]` and each `{` with `}`"),
        ("unclosed quote", "close the quote where the value ends"),
        (
            "trailing content after",
            "the quote ended the value: quote what is inside with the other kind, '…' within \"…\"",
        ),
    ];
    let found = hints.iter().find(|(part, _)| message.contains(part));
    found.map(|(_, hint)| *hint)
}

/// What to do about it, guessed from the parser's words, the line of the error and those beside it.
fn advice(source: &Source<'_>, place: &Place, message: &str) -> Option<String> {
    let last = u32::try_from(source.text.lines().count()).unwrap_or(u32::MAX);
    for number in [place.line, place.line.saturating_sub(1), place.line + 1] {
        if number == 0 || number > last {
            continue;
        }
        let line = source.line(number);
        let indent = &line[..line.len() - line.trim_start().len()];
        if indent.contains('\t') {
            return Some(format!(
                "indent with spaces: line {number} begins with a tab"
            ));
        }
    }
    if let Some(hint) = known(message) {
        return Some(hint.to_owned());
    }
    for number in [place.line, place.line.saturating_sub(1)] {
        if number == 0 {
            continue;
        }
        let line = source.line(number);
        if let Some(value) = unquoted_template(line) {
            return Some(format!(
                "quote a value that begins with a template: \"{value}\""
            ));
        }
        let content = line.trim_start().trim_start_matches("- ");
        if content.split_once(": ").is_some_and(|(_, rest)| {
            rest.contains(": ") && !rest.starts_with(['"', '\'', '{', '['])
        }) {
            return Some("quote a value that has `: ` in it".into());
        }
        if content
            .split_once(": ")
            .is_some_and(|(_, rest)| rest.starts_with(['@', '%', '`', '*', '&']))
        {
            return Some("quote a value that begins with a character YAML gives a meaning".into());
        }
    }
    let aligned = message.contains("mapping values") || message.contains("block mapping");
    aligned.then(|| "begin the keys of one mapping in the same column".into())
}

/// The value of `key: {{ x }}/y`, which YAML takes for a mapping.
pub(super) fn unquoted_template(line: &str) -> Option<&str> {
    let content = line.trim();
    let content = content.strip_prefix("- ").unwrap_or(content).trim_start();
    let value = if content.starts_with("{{") {
        content
    } else {
        let at = content.find(": ")?;
        content[at + 2..].trim_start()
    };
    value.starts_with("{{").then_some(value)
}
