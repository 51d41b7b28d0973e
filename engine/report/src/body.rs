//! What one task does to one host, line by line.
use crate::line::{Line, Tone};
use crate::style::Style;
use crate::symbol::Symbol;
use crate::{attribute, failure, packages, patch, task};
use play_core::diff::Action;
use play_core::event::TaskReport;
use play_core::{Diff, Outcome};

/// Lines of a command or a transaction that are enough for most.
const USUAL: usize = 20;
/// Where the inside of a change begins.
const INSIDE: usize = 4;

/// Everything a task does to one host: one report, or one for each item of its loop.
pub(crate) fn of_host(reports: &[&TaskReport], style: &Style) -> Vec<Line> {
    let mut lines = packages::lines(reports, style);
    lines.extend(reports.iter().flat_map(|report| of_report(report, style)));
    lines
}

fn of_report(report: &TaskReport, style: &Style) -> Vec<Line> {
    let mut lines: Vec<Line> = report
        .changes
        .iter()
        .filter(|diff| !packages::plain(diff))
        .flat_map(|diff| change(diff, report.item.as_deref(), style))
        .collect();
    lines.extend(ending(report, style));
    lines.extend(report.notes.iter().map(|note| {
        Line::new()
            .then(Tone::Unknown, "note: ")
            .then(Tone::Plain, note)
    }));
    lines
}

/// What is to be said of the outcome, where the changes do not say it.
fn ending(report: &TaskReport, style: &Style) -> Vec<Line> {
    let symbol = Symbol::of_report(report);
    let item = report
        .item
        .as_ref()
        .map_or_else(String::new, |item| format!("[{item}] "));
    let first = Line::new()
        .then(symbol.tone(), symbol.sign())
        .then(Tone::Plain, " ")
        .then(Tone::Dim, &item);
    let message = report.message.as_deref().unwrap_or_default();
    match report.outcome {
        Outcome::Failed | Outcome::Unreachable => {
            let caught = if report.ignored {
                "failed, ignored: "
            } else {
                ""
            };
            let mut lines = failure::lines(report, &[], style).into_iter();
            let message = lines.next().unwrap_or_default();
            let rest = lines.map(|line| line.indent(2));
            std::iter::once(first.then(Tone::Plain, caught).and(message))
                .chain(rest)
                .collect()
        }
        Outcome::Unknown => vec![first.then(
            Tone::Unknown,
            if message.is_empty() {
                "not known before it runs"
            } else {
                message
            },
        )],
        Outcome::Changed if report.changes.is_empty() => vec![first.then(Tone::Plain, "changed")],
        Outcome::Changed => Vec::new(),
        Outcome::Skipped => vec![first.then(Tone::Dim, "skipped: ").then(Tone::Dim, message)],
        Outcome::Unchanged => says(report).unwrap_or_else(|| {
            if style.verbose() {
                vec![first.then(Tone::Dim, "unchanged")]
            } else {
                Vec::new()
            }
        }),
    }
}

/// What a `debug` says, line by line.
pub(crate) fn says(report: &TaskReport) -> Option<Vec<Line>> {
    let text = task::saying(report)?;
    let item = report
        .item
        .as_ref()
        .map_or_else(String::new, |item| format!("[{item}] "));
    let lines = text.lines().enumerate().map(|(at, line)| {
        let lead = if at == 0 { item.clone() } else { String::new() };
        Line::new().then(Tone::Dim, &lead).then(Tone::Plain, line)
    });
    Some(lines.collect())
}

/// One change: what is changed, why, and what is inside.
pub(crate) fn change(diff: &Diff, item: Option<&str>, style: &Style) -> Vec<Line> {
    let mut lines = vec![head(diff, item)];
    if style.diff && inline(diff).is_none() {
        lines.extend(
            inside(diff, style)
                .into_iter()
                .map(|line| line.indent(INSIDE)),
        );
    }
    lines
}

fn head(diff: &Diff, item: Option<&str>) -> Line {
    let symbol = Symbol::of_diff(diff);
    let mut line = Line::new()
        .then(symbol.tone(), symbol.sign())
        .then(Tone::Plain, " ")
        .then(Tone::Plain, &diff.resource);
    if let Some(words) = inline(diff) {
        line = line.then(Tone::Plain, ": ").then(Tone::Plain, words);
    }
    if let Some(item) = item.filter(|item| !diff.resource.contains(*item)) {
        line = line.then(Tone::Dim, &format!(" [{item}]"));
    }
    if let Some(reason) = &diff.reason {
        line = line.then(Tone::Dim, &format!(" — {reason}"));
    }
    line
}

/// The inside of a change that has room beside the resource: `unit nginx.service: restart`.
fn inline(diff: &Diff) -> Option<&str> {
    let bare = diff.body.text.is_none() && diff.body.attributes.is_empty();
    match diff.body.lines.as_slice() {
        [line] if bare && !line.contains('\n') => Some(line),
        _ => None,
    }
}

fn inside(diff: &Diff, style: &Style) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some((before, after)) = &diff.body.text {
        let deleted = diff.action == Action::Delete;
        let after = if deleted { None } else { after.as_deref() };
        lines = patch::lines(before.as_deref(), after, style);
    }
    lines.extend(attribute::lines(diff, style));
    let own = diff
        .body
        .lines
        .iter()
        .flat_map(|text| text.lines())
        .map(|text| Line::new().then(tone(text), text));
    lines.extend(patch::cut(own.collect(), USUAL, style));
    lines
}

/// A line of a transaction says with its first character what it does.
fn tone(text: &str) -> Tone {
    match text.split_once(' ').map(|(sign, _)| sign) {
        Some("+") => Tone::Create,
        Some("-") => Tone::Delete,
        Some("~") => Tone::Update,
        _ => Tone::Plain,
    }
}
