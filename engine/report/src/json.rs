//! A run for programs: one JSON object a line. The shape is a promise, so it has types of its own (docs/output.md).
use crate::{attribute, patch};
use play_core::diff::Action;
use play_core::event::{Event, Reporter, TaskReport};
use play_core::message::Mode;
use play_core::recap::Count;
use play_core::{Diagnostic, Diff, Outcome, Severity, Value, unknown};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;

/// Raised when a field goes or changes its meaning; not when one is added.
const VERSION: u32 = 1;

/// Writes each event as one line, at once.
pub struct Json {
    out: Box<dyn Write + Send>,
}

#[derive(Serialize)]
struct Record<'a> {
    v: u32,
    #[serde(flatten)]
    kind: Kind<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Kind<'a> {
    RunStarted {
        mode: Mode,
        run: &'a str,
        hosts: &'a [String],
        tasks: usize,
    },
    HostConnected {
        host: &'a str,
        elapsed_ms: u64,
        agent_sent: bool,
    },
    TaskPlanned(Ending<'a>),
    TaskStarted {
        host: &'a str,
        task: &'a str,
        role: Option<&'a str>,
        module: &'a str,
        at: &'a str,
    },
    Output {
        host: &'a str,
        task: &'a str,
        line: &'a str,
    },
    TaskFinished(Ending<'a>),
    HostFailed {
        host: &'a str,
        outcome: Outcome,
        message: &'a str,
        hint: Option<&'a str>,
    },
    Note {
        host: Option<&'a str>,
        message: &'a str,
    },
    RunFinished {
        mode: Mode,
        elapsed_ms: u64,
        interrupted: bool,
        recap: &'a BTreeMap<String, Count>,
    },
    Diagnostic(Mistake<'a>),
}

#[derive(Serialize)]
struct Ending<'a> {
    host: &'a str,
    play: &'a str,
    role: Option<&'a str>,
    task: &'a str,
    module: &'a str,
    at: &'a str,
    item: Option<&'a str>,
    handler: bool,
    outcome: Outcome,
    ignored: bool,
    differs: bool,
    to_run: bool,
    message: Option<&'a str>,
    notes: &'a [String],
    changes: Vec<Change>,
    elapsed_ms: u64,
    output: &'a Value,
}

#[derive(Serialize)]
struct Change {
    resource: String,
    action: Action,
    reason: Option<String>,
    diff: String,
}

#[derive(Serialize)]
struct Mistake<'a> {
    severity: Severity,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    message: &'a str,
    hint: Option<&'a str>,
}

impl Json {
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out }
    }
}

impl Reporter for Json {
    fn on(&mut self, event: &Event) {
        let Some(kind) = kind(event) else { return };
        let record = Record { v: VERSION, kind };
        let Ok(text) = serde_json::to_string(&record) else {
            return;
        };
        let text = unknown::shown(&text) + "\n";
        // A reader that has gone away is no reason to leave hosts half done.
        let _ = self
            .out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush());
    }
}

fn kind(event: &Event) -> Option<Kind<'_>> {
    let kind = match event {
        Event::RunStarted {
            mode,
            run,
            hosts,
            tasks,
        } => Kind::RunStarted {
            mode: *mode,
            run,
            hosts,
            tasks: *tasks,
        },
        Event::RunFinished {
            mode,
            recap,
            elapsed_ms,
            interrupted,
        } => Kind::RunFinished {
            mode: *mode,
            elapsed_ms: *elapsed_ms,
            interrupted: *interrupted,
            recap: &recap.hosts,
        },
        Event::TaskPlanned(report) => Kind::TaskPlanned(of_report(report)),
        Event::TaskFinished(report) => Kind::TaskFinished(of_report(report)),
        Event::Diagnostic(diagnostic) => Kind::Diagnostic(mistake(diagnostic)),
        // Named, so that an event of a new kind does not go missing here.
        Event::HostConnected { .. }
        | Event::TaskStarted { .. }
        | Event::Output { .. }
        | Event::HostFailed { .. }
        | Event::Note { .. } => return of_host(event),
    };
    Some(kind)
}

/// What happens on a host beside the ends of its tasks.
fn of_host(event: &Event) -> Option<Kind<'_>> {
    let kind = match event {
        Event::HostConnected {
            host,
            elapsed_ms,
            agent_sent,
        } => Kind::HostConnected {
            host,
            elapsed_ms: *elapsed_ms,
            agent_sent: *agent_sent,
        },
        Event::TaskStarted {
            host,
            task,
            role,
            module,
            at,
        } => Kind::TaskStarted {
            host,
            task,
            role: role.as_deref(),
            module,
            at,
        },
        Event::Output { host, task, line } => Kind::Output { host, task, line },
        Event::HostFailed {
            host,
            outcome,
            message,
            hint,
        } => Kind::HostFailed {
            host,
            outcome: *outcome,
            message,
            hint: hint.as_deref(),
        },
        Event::Note { host, message } => Kind::Note {
            host: host.as_deref(),
            message,
        },
        _ => return None,
    };
    Some(kind)
}

fn of_report(report: &TaskReport) -> Ending<'_> {
    let TaskReport {
        host,
        play,
        task,
        role,
        module,
        at,
        item,
        order: _,
        outcome,
        changes,
        notes,
        message,
        handler,
        ignored,
        differs,
        to_run,
        elapsed_ms,
        output,
    } = report;
    Ending {
        host,
        play,
        role: role.as_deref(),
        task,
        module,
        at,
        item: item.as_deref(),
        handler: *handler,
        outcome: *outcome,
        ignored: *ignored,
        differs: *differs,
        to_run: *to_run,
        message: message.as_deref(),
        notes,
        changes: changes.iter().map(change).collect(),
        elapsed_ms: *elapsed_ms,
        output,
    }
}

fn change(diff: &Diff) -> Change {
    Change {
        resource: diff.resource.clone(),
        action: diff.action,
        reason: diff.reason.clone(),
        diff: words(diff),
    }
}

/// A change as text without decoration: a patch for a text, then attributes and other lines.
pub(crate) fn words(diff: &Diff) -> String {
    let mut out = String::new();
    if let Some((before, after)) = &diff.body.text {
        let name = diff
            .resource
            .split_once(' ')
            .map_or(diff.resource.as_str(), |(_, name)| name);
        out.push_str(&patch::unified(name, before.as_deref(), after.as_deref()));
    }
    out.push_str(&attribute::words(diff));
    for line in &diff.body.lines {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn mistake(diagnostic: &Diagnostic) -> Mistake<'_> {
    let place = diagnostic.place.as_ref();
    let known = place.filter(|place| place.line > 0);
    Mistake {
        severity: diagnostic.severity,
        file: place.map(|place| &*place.file),
        line: known.map(|place| place.line),
        column: known.map(|place| place.column),
        message: &diagnostic.message,
        hint: diagnostic.hint.as_deref(),
    }
}
