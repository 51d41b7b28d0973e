//! What a task is called, and what it says.
use crate::line::{Line, Tone};
use crate::style::{Style, Verbosity};
use play_core::event::TaskReport;
use play_core::{Outcome, Value};

/// `role : task [item] (handler)`.
pub(crate) fn title(report: &TaskReport, tone: Tone, item: bool) -> Line {
    let mut line = Line::new();
    if let Some(role) = &report.role {
        line = line.then(Tone::Plain, &format!("{role} : "));
    }
    line = line.then(tone, name(report));
    if let Some(item) = report.item.as_ref().filter(|_| item) {
        line = line.then(Tone::Dim, &format!(" [{item}]"));
    }
    if report.handler {
        line = line.then(Tone::Dim, " (handler)");
    }
    line
}

/// The same without tones.
pub(crate) fn words(report: &TaskReport) -> String {
    let role = report.role.as_ref().map(|role| format!("{role} : "));
    let item = report.item.as_ref().map(|item| format!(" [{item}]"));
    role.unwrap_or_default() + name(report) + &item.unwrap_or_default()
}

pub(crate) fn name(report: &TaskReport) -> &str {
    if report.task.is_empty() {
        &report.module
    } else {
        &report.task
    }
}

/// Whether a person is to see it.
pub(crate) fn shown(report: &TaskReport, style: &Style) -> bool {
    match style.verbosity {
        Verbosity::Quiet => fails(report),
        Verbosity::Verbose => true,
        Verbosity::Normal => {
            !matches!(report.outcome, Outcome::Unchanged | Outcome::Skipped)
                || report.differs
                || report.to_run
                || !report.notes.is_empty()
                || (saying(report).is_some() && report.output.get("verbosity").is_none())
        }
    }
}

/// It failed, and nothing caught that.
pub(crate) fn fails(report: &TaskReport) -> bool {
    matches!(report.outcome, Outcome::Failed | Outcome::Unreachable) && !report.ignored
}

/// What a `debug` says.
pub(crate) fn saying(report: &TaskReport) -> Option<String> {
    let debug =
        report.module.rsplit('.').next() == Some("debug") && report.outcome != Outcome::Skipped;
    let message = report.output.get("msg").filter(|_| debug)?;
    let text = match message {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    let name = report.output.get("var").and_then(Value::as_str);
    Some(name.map_or_else(|| text.clone(), |name| format!("{name}: {text}")))
}
