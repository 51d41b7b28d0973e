//! Secrets nobody knows any more: what stood, before a change, where a secret or one yet to be made stands after it.
use super::{CLOSE, OPEN};
use crate::unknown;

/// What stands in a text where spans of it were masked. None where not everything around them is there, in order; a span
/// is masked within its line.
pub fn spans(masked: &str, text: &str) -> Option<Vec<String>> {
    let mut pieces = masked.split(OPEN).enumerate().map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once(CLOSE).map_or("", |(_, rest)| rest),
    });
    let mut rest = text.strip_prefix(pieces.next().unwrap_or_default())?;
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else {
        return rest.is_empty().then(Vec::new);
    };
    let mut found = Vec::new();
    for piece in middle {
        let at = rest.find(piece)?;
        found.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    found.push(rest.strip_suffix(last)?);
    let within_line = found.iter().all(|span| !span.contains('\n'));
    within_line.then(|| found.into_iter().map(str::to_owned).collect())
}

/// Lines of the text before a change that held other secrets in the places of those in the masked text after it.
pub(super) fn secrets(before: &str, after: &str) -> Vec<String> {
    let known = |line: &str| before.lines().any(|other| other == line);
    let lines: Vec<String> = before.lines().map(closed).collect();
    let mut found = Vec::new();
    for (at, line) in after.lines().enumerate() {
        let pattern = unmade(line);
        if !pattern.contains(OPEN) || known(line) {
            continue;
        }
        let around: usize = pattern.split(OPEN).map(telling).sum();
        // A line that is nothing but a secret is told by its number alone; one that is masked already tells nothing.
        let held = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.contains(OPEN))
            .filter(|(number, _)| around >= TELLING || *number == at);
        let spans = held.filter_map(|(_, line)| spans(&pattern, line)).flatten();
        found.extend(spans.filter(|span| !span.contains(MASKED)));
    }
    found
}

/// Stands for what is masked already, so that nothing within it is taken for text.
const MASKED: char = '\u{fdd0}';

fn closed(line: &str) -> String {
    let mut pieces = line.split(OPEN);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push(MASKED);
        out.push_str(piece.split_once(CLOSE).map_or("", |(_, rest)| rest));
    }
    out
}

/// So many letters and digits around a secret tell its line from others.
const TELLING: usize = 3;

fn telling(piece: &str) -> usize {
    let outside = piece.split_once(CLOSE).map_or(piece, |(_, rest)| rest);
    outside.chars().filter(|c| c.is_alphanumeric()).count()
}

/// Secrets that are yet to be made, as if they were masked.
fn unmade(line: &str) -> String {
    let shown = format!("(known after {}", unknown::UNMADE);
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(&shown) {
        let Some(length) = rest[start..].find(')') else {
            break;
        };
        out.push_str(&rest[..start]);
        out.push_str(OPEN);
        out.push(CLOSE);
        rest = &rest[start + length + 1..];
    }
    out + rest
}
