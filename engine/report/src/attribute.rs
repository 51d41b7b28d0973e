//! Attributes of a resource before and after.
use crate::line::{Line, Tone};
use crate::style::Style;
use play_core::Diff;
use play_core::diff::Action;

/// What an indented line of a body loses of the width.
const MARGIN: usize = 12;

pub(crate) fn lines(diff: &Diff, style: &Style) -> Vec<Line> {
    match diff.action {
        // What is deleted had attributes; nobody needs them to decide.
        Action::Delete if !style.verbose() => Vec::new(),
        Action::Create => created(diff, style),
        // What is there before is not known: what there will be is.
        Action::Update if diff.is_guess() && all_new(diff) => created(diff, style),
        _ => listed(diff),
    }
}

fn all_new(diff: &Diff) -> bool {
    let mut attributes = diff.body.attributes.iter();
    attributes.all(|(_, before, after)| before.is_none() && after.is_some())
}

/// `mode 0644, owner root`: in one line where it fits.
fn created(diff: &Diff, style: &Style) -> Vec<Line> {
    let pairs: Vec<String> = diff
        .body
        .attributes
        .iter()
        .filter_map(|(name, _, after)| Some((name, after.as_ref()?)))
        .filter(|(_, after)| !after.is_empty())
        .map(|(name, after)| format!("{name} {after}"))
        .collect();
    if pairs.is_empty() {
        return Vec::new();
    }
    let joined = pairs.join(", ");
    if joined.chars().count() + MARGIN <= style.width {
        return vec![Line::new().then(Tone::Dim, &joined)];
    }
    listed(diff)
}

/// `mode  0644 → 0600`, one a line, the values below each other.
fn listed(diff: &Diff) -> Vec<Line> {
    let attributes = &diff.body.attributes;
    let widest = attributes
        .iter()
        .map(|(name, _, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let create = diff.action == Action::Create || all_new(diff) && diff.is_guess();
    attributes
        .iter()
        .filter(|(_, _, after)| !create || after.as_ref().is_some_and(|after| !after.is_empty()))
        .map(|(name, before, after)| {
            let line = Line::new().then(Tone::Plain, &format!("{name:widest$}  "));
            let line = if create {
                line
            } else {
                value(line, Tone::Delete, before.as_deref()).then(Tone::Dim, " → ")
            };
            value(line, Tone::Create, after.as_deref())
        })
        .collect()
}

fn value(line: Line, tone: Tone, value: Option<&str>) -> Line {
    match value {
        None => line.then(Tone::Dim, "(none)"),
        Some("") => line.then(Tone::Dim, "(empty)"),
        Some(value) => line.then(tone, value),
    }
}

/// For programs: `mode: 0644 -> 0600`, one a line.
pub(crate) fn words(diff: &Diff) -> String {
    let none = "(none)".to_owned();
    diff.body
        .attributes
        .iter()
        .map(|(name, before, after)| match diff.action {
            Action::Create => format!("{name}: {}\n", after.as_ref().unwrap_or(&none)),
            Action::Delete => format!("{name}: {}\n", before.as_ref().unwrap_or(&none)),
            _ => format!(
                "{name}: {} -> {}\n",
                before.as_ref().unwrap_or(&none),
                after.as_ref().unwrap_or(&none)
            ),
        })
        .collect()
}
