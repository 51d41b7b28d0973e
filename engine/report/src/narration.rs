//! What happens while a run applies, told as it happens.
use crate::hosts::Hosts;
use crate::line::{Line, Tone, duration};
use crate::style::Style;
use crate::symbol::Symbol;
use crate::{body, failure, packages, task};
use play_core::Outcome;
use play_core::event::TaskReport;

/// The widest word for an ending: `unchanged`.
const WORD: usize = 9;

/// One task on one host, and what is worth knowing of it.
pub(crate) struct Telling<'a> {
    pub(crate) report: &'a TaskReport,
    /// What its program printed while it ran.
    pub(crate) heard: &'a [String],
    /// The plan did not show what it changes.
    pub(crate) news: bool,
}

impl Telling<'_> {
    pub(crate) fn lines(&self, hosts: &Hosts, style: &Style) -> Vec<Line> {
        let below = self.below(style);
        let colon = if below.is_empty() { "" } else { ":" };
        let mut lines = vec![self.head(hosts, colon)];
        let margin = hosts.widest() + 4;
        lines.extend(below.into_iter().map(|line| line.indent(margin)));
        lines
    }

    fn head(&self, hosts: &Hosts, colon: &str) -> Line {
        let Self { report, news, .. } = self;
        let (tone, word) = word(report);
        let line =
            start(&report.host, hosts, tone, word).and(task::title(report, Tone::Plain, true));
        let line = if report.elapsed_ms >= 100 {
            line.then(Tone::Dim, &format!(" ({})", duration(report.elapsed_ms)))
        } else {
            line
        };
        match (report.differs, *news && report.outcome == Outcome::Changed) {
            (true, _) => line.then(Tone::Unknown, &format!("  not as planned{colon}")),
            (false, true) => line.then(Tone::Dim, &format!("  known now{colon}")),
            (false, false) => line,
        }
    }

    fn below(&self, style: &Style) -> Vec<Line> {
        let Self {
            report,
            heard,
            news,
        } = self;
        if task::fails(report) {
            let mut lines = failure::lines(report, heard, style);
            lines.push(Line::new().then(Tone::Dim, &format!("at {}", report.at)));
            return lines;
        }
        let mut lines = body::says(report).unwrap_or_default();
        if report.differs || *news || style.verbose() {
            lines.extend(packages::lines(&[report], style));
            let rest = report.changes.iter().filter(|diff| !packages::plain(diff));
            lines.extend(rest.flat_map(|diff| body::change(diff, None, style)));
        }
        if style.verbose() {
            lines.extend(failure::tail(&failure::printed(report), style));
        }
        if let Some(message) = &report.message {
            lines.extend(
                message
                    .lines()
                    .map(|line| Line::new().then(Tone::Dim, line)),
            );
        }
        lines.extend(report.notes.iter().map(|note| {
            Line::new()
                .then(Tone::Unknown, "note: ")
                .then(Tone::Plain, note)
        }));
        lines
    }
}

fn word(report: &TaskReport) -> (Tone, &'static str) {
    let says = report.outcome == Outcome::Unchanged && task::saying(report).is_some();
    match report.outcome {
        Outcome::Failed if report.ignored => (Tone::Update, "failed, ignored"),
        Outcome::Failed => (Tone::Failed, "✗ failed"),
        Outcome::Unreachable => (Tone::Failed, "✗ unreachable"),
        Outcome::Unchanged if says => (Tone::Plain, "says"),
        Outcome::Unchanged => (Tone::Dim, "unchanged"),
        Outcome::Skipped => (Tone::Dim, "skipped"),
        Outcome::Changed => (Tone::Update, "changed"),
        Outcome::Unknown => (Symbol::Unknown.tone(), "unknown"),
    }
}

fn start(host: &str, hosts: &Hosts, tone: Tone, word: &str) -> Line {
    let column = hosts.widest() + 2;
    Line::new()
        .then(Tone::Host, host)
        .pad(column)
        .then(tone, word)
        .pad(column + WORD + 2)
}

/// A failure in a line, for the end of a run so long that it has scrolled away.
pub(crate) fn again(report: &TaskReport, hosts: &Hosts) -> Line {
    let message = report.message.as_deref().unwrap_or_default();
    start(&report.host, hosts, Tone::Failed, "✗ failed")
        .and(task::title(report, Tone::Plain, true))
        .then(Tone::Dim, " — ")
        .then(Tone::Plain, message.lines().next().unwrap_or_default())
}

/// A host that is out of the run.
pub(crate) struct Lost {
    pub(crate) host: String,
    pub(crate) outcome: Outcome,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Lost {
    pub(crate) fn lines(&self, hosts: &Hosts) -> Vec<Line> {
        let word = if self.outcome == Outcome::Unreachable {
            "✗ unreachable"
        } else {
            "✗ failed"
        };
        let mut message = self.message.trim_end().lines();
        let head = start(&self.host, hosts, Tone::Failed, word)
            .then(Tone::Plain, message.next().unwrap_or_default());
        let mut lines = vec![head];
        let margin = hosts.widest() + 4;
        lines.extend(message.map(|line| Line::plain(line).indent(margin)));
        if let Some(hint) = &self.hint {
            lines.push(
                Line::new()
                    .then(Tone::Strong, "hint: ")
                    .then(Tone::Plain, hint)
                    .indent(margin),
            );
        }
        lines
    }
}

/// Something a person should know that is no task's.
pub(crate) fn note(host: Option<&str>, message: &str, hosts: &Hosts) -> Line {
    let line = host.map_or_else(Line::new, |host| {
        Line::new().then(Tone::Host, host).pad(hosts.widest() + 2)
    });
    line.then(Tone::Unknown, "note: ")
        .then(Tone::Plain, message)
}
