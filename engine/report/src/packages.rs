//! The package transaction of a task, in a line or two instead of one line a package.
use crate::line::{Line, Tone, wrap};
use crate::style::Style;
use crate::symbol::Symbol;
use play_core::Diff;
use play_core::event::TaskReport;
use std::fmt::Write;

/// Names that are enough for most.
const USUAL: usize = 8;

/// True for a package that needs no words of its own.
pub(crate) fn plain(diff: &Diff) -> bool {
    diff.resource.starts_with("package ")
        && diff.reason.is_none()
        && diff.body.text.is_none()
        && diff.body.lines.is_empty()
}

/// `+ docker.io 26.1.5, containerd 1.7 and 23 more`, a line for each way to change.
pub(crate) fn lines(reports: &[&TaskReport], style: &Style) -> Vec<Line> {
    let changes: Vec<&Diff> = reports
        .iter()
        .flat_map(|report| &report.changes)
        .filter(|diff| plain(diff))
        .collect();
    [Symbol::Create, Symbol::Update, Symbol::Delete, Symbol::Run]
        .into_iter()
        .flat_map(|symbol| {
            let names: Vec<String> = changes
                .iter()
                .filter(|diff| Symbol::of_diff(diff) == symbol)
                .map(|diff| name(diff))
                .collect();
            listed(symbol, names, style)
        })
        .collect()
}

fn listed(symbol: Symbol, mut names: Vec<String>, style: &Style) -> Vec<Line> {
    if names.is_empty() {
        return Vec::new();
    }
    let word = if names.len() == 1 {
        "package"
    } else {
        "packages"
    };
    let left = names.len() - style.cut(names.len(), USUAL);
    names.truncate(names.len() - left);
    if let Some(last) = names.last_mut().filter(|_| left > 0) {
        let _ = write!(last, " and {left} more");
    }
    let indent = word.len() + 3;
    let rows = wrap(
        &names,
        ", ",
        style.width.saturating_sub(indent + 6),
        Tone::Plain,
    );
    rows.into_iter()
        .enumerate()
        .map(|(at, row)| match at {
            0 => Line::new()
                .then(symbol.tone(), symbol.sign())
                .then(Tone::Plain, &format!(" {word} "))
                .and(row),
            _ => row.indent(indent),
        })
        .collect()
}

/// `nginx 1.26`, `nginx 1.25 → 1.26`; other attributes behind it.
fn name(diff: &Diff) -> String {
    let mut text = diff.resource.trim_start_matches("package ").to_owned();
    for (name, before, after) in &diff.body.attributes {
        let label = if name == "version" {
            String::new()
        } else {
            format!("{name} ")
        };
        let _ = match (before, after) {
            (Some(before), Some(after)) => write!(text, " {label}{before} → {after}"),
            (None, Some(one)) | (Some(one), None) => write!(text, " {label}{one}"),
            (None, None) => Ok(()),
        };
    }
    text
}
