//! A run for a person: the plan, then what is done as it is done, then the sum.
use crate::hosts::Hosts;
use crate::line::{Line, Tone};
use crate::live::Live;
use crate::narration::{Lost, Telling, again, note};
use crate::recap::{self, End};
use crate::style::{Style, Verbosity};
use crate::{plan, task};
use play_core::Outcome;
use play_core::event::{Event, Reporter, TaskReport};
use play_core::message::Mode;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// Lines kept of what a program prints, for when it fails.
const HEARD: usize = 200;
/// Lines after which a failure is likely no longer seen.
const SCREEN: usize = 30;

/// One task on one host, and its loop item.
type Key = (String, usize, Option<String>);

/// Shows a run to a person. `Event::Diagnostic` is not shown: `diagnostics::render` draws those with their excerpts, on standard error.
pub struct Human {
    out: Box<dyn Write + Send>,
    style: Style,
    check_only: bool,
    mode: Mode,
    run: String,
    hosts: Hosts,
    planned: Vec<TaskReport>,
    lost: Vec<Lost>,
    /// What is no task's, kept for the end of the plan.
    notes: Vec<Line>,
    /// Failures in a line each, and how many lines were printed before.
    failed: Vec<(usize, Line)>,
    printed: usize,
    /// What the plan could not show.
    unseen: BTreeSet<Key>,
    heard: BTreeMap<(String, String), Vec<String>>,
    live: Option<Live>,
}

impl Human {
    pub fn new(out: Box<dyn Write + Send>, style: Style) -> Self {
        Self {
            out,
            style,
            check_only: false,
            mode: Mode::Check,
            run: String::new(),
            hosts: Hosts::default(),
            planned: Vec::new(),
            lost: Vec::new(),
            notes: Vec::new(),
            failed: Vec::new(),
            printed: 0,
            unseen: BTreeSet::new(),
            heard: BTreeMap::new(),
            live: None,
        }
    }

    /// No apply follows the plan (`--check`): the last sentence says so.
    #[must_use]
    pub fn check_only(mut self) -> Self {
        self.check_only = true;
        self
    }

    fn print(&mut self, lines: &[Line]) {
        if lines.is_empty() {
            return;
        }
        self.printed += lines.len();
        let text: String = lines
            .iter()
            .map(|line| line.paint(self.style.colour) + "\n")
            .collect();
        let out = &mut self.out;
        // A reader that has gone away is no reason to leave hosts half done.
        let mut write = || {
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        };
        match &self.live {
            Some(live) => live.aside(write),
            None => write(),
        }
    }

    fn begin(&mut self, mode: Mode, run: &str, hosts: &[String], tasks: usize) {
        self.mode = mode;
        run.clone_into(&mut self.run);
        self.hosts = Hosts::new(hosts);
        if !self.planned.is_empty() {
            self.print(&[Line::new()]);
        }
        self.planned.clear();
        self.lost.clear();
        self.notes.clear();
        self.heard.clear();
        self.failed.clear();
        if mode == Mode::Check {
            self.unseen.clear();
        }
        self.live = self
            .style
            .terminal
            .then(|| Live::new(mode, tasks, self.hosts.widest(), self.style.width));
    }

    fn planned(&mut self, report: &TaskReport) {
        self.leave(report);
        if report.outcome == Outcome::Unknown {
            self.unseen.insert(key(report));
        }
        self.planned.push(report.clone());
    }

    fn finished(&mut self, report: &TaskReport) {
        self.leave(report);
        let heard = self
            .heard
            .remove(&(report.host.clone(), report.task.clone()))
            .unwrap_or_default();
        if !task::shown(report, &self.style) {
            return;
        }
        if task::fails(report) {
            self.failed.push((self.printed, again(report, &self.hosts)));
        }
        let news = self.unseen.contains(&key(report));
        let lines = Telling {
            report,
            heard: &heard,
            news,
        }
        .lines(&self.hosts, &self.style);
        self.print(&lines);
    }

    /// The task is no longer what its host is at.
    fn leave(&mut self, report: &TaskReport) {
        if let Some(live) = &mut self.live {
            live.finished(&report.host, &report.task, report.order, report.handler);
        }
    }

    fn heard(&mut self, host: &str, task: &str, line: &str) {
        if let Some(live) = &mut self.live {
            live.printed(host, task, line);
        }
        let heard = self
            .heard
            .entry((host.to_owned(), task.to_owned()))
            .or_default();
        if heard.len() == HEARD {
            heard.remove(0);
        }
        heard.push(line.to_owned());
        if self.style.verbose() && self.mode == Mode::Apply {
            let line = Line::new()
                .then(Tone::Host, host)
                .pad(self.hosts.widest() + 2)
                .then(Tone::Dim, "| ")
                .then(Tone::Plain, line);
            self.print(&[line]);
        }
    }

    fn lose(&mut self, lost: Lost) {
        if let Some(live) = &mut self.live {
            live.lost(&lost.host);
        }
        match self.mode {
            Mode::Check => self.lost.push(lost),
            Mode::Apply => self.print(&lost.lines(&self.hosts)),
        }
    }

    /// The plan, the hosts that are not in it, and the notes.
    fn whole_plan(&mut self) -> Vec<Line> {
        let mut lines = plan::lines(&self.planned, &self.hosts, &self.style);
        let before = lines.len();
        lines.extend(self.lost.iter().flat_map(|lost| lost.lines(&self.hosts)));
        lines.append(&mut self.notes);
        if lines.len() > before {
            lines.push(Line::new());
        }
        lines
    }

    /// The failures of a run again, where they are no longer to be seen.
    fn gone_by(&mut self) -> Vec<Line> {
        let mut lines = vec![Line::new()];
        let failed = self.failed.drain(..);
        let gone = failed.filter(|(at, _)| self.printed - at > SCREEN);
        lines.extend(gone.map(|(_, line)| line));
        if lines.len() > 1 {
            lines.push(Line::new());
        }
        lines
    }

    fn end(&mut self, end: &End) {
        self.live = None;
        let mut lines = match end.mode {
            Mode::Check => self.whole_plan(),
            Mode::Apply => self.gone_by(),
        };
        lines.extend(recap::table(end, &self.hosts));
        lines.push(Line::new());
        lines.extend(recap::sentences(end));
        if end.mode == Mode::Apply
            && end.recap.changed()
            && self.style.verbosity != Verbosity::Quiet
        {
            lines.push(Line::new().then(
                Tone::Dim,
                &format!("`play rollback {}` undoes what can be undone", self.run),
            ));
        }
        self.print(&lines);
    }
}

fn key(report: &TaskReport) -> Key {
    (report.host.clone(), report.order, report.item.clone())
}

impl Reporter for Human {
    fn on(&mut self, event: &Event) {
        match event {
            Event::RunStarted {
                mode,
                run,
                hosts,
                tasks,
            } => self.begin(*mode, run, hosts, *tasks),
            Event::TaskPlanned(report) => self.planned(report),
            Event::TaskFinished(report) => self.finished(report),
            Event::Output { host, task, line } => self.heard(host, task, line),
            Event::TaskStarted { host, task, .. } => {
                if let Some(live) = &mut self.live {
                    live.started(host, task);
                }
            }
            Event::HostFailed {
                host,
                outcome,
                message,
                hint,
            } => self.lose(Lost {
                host: host.clone(),
                outcome: *outcome,
                message: message.clone(),
                hint: hint.clone(),
            }),
            Event::Note { host, message } if self.style.verbosity != Verbosity::Quiet => {
                let line = note(host.as_deref(), message, &self.hosts);
                match self.mode {
                    Mode::Check => self.notes.push(line),
                    Mode::Apply => self.print(&[line]),
                }
            }
            Event::RunFinished {
                mode,
                recap,
                elapsed_ms,
                interrupted,
            } => self.end(&End {
                mode: *mode,
                recap,
                elapsed_ms: *elapsed_ms,
                interrupted: *interrupted,
                check_only: self.check_only,
            }),
            Event::Note { .. } | Event::HostConnected { .. } | Event::Diagnostic(_) => {}
        }
    }
}
