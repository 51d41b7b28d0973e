//! A run as one HTML page: no scripts, nothing loaded, made to be kept or sent.
use crate::json::words;
use crate::line::{count, duration};
use crate::markup::escape;
use crate::symbol::Symbol;
use crate::task;
use play_core::event::{Event, Reporter, TaskReport};
use play_core::message::Mode;
use play_core::recap::Count;
use play_core::{Diff, Outcome, Recap};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

const HEAD: &str = include_str!("page.html");

/// Collects a run and writes it when dropped: only then it is known that no apply follows the plan. The last phase is shown.
pub struct Html {
    out: Box<dyn Write + Send>,
    mode: Mode,
    run: String,
    order: Vec<String>,
    reports: BTreeMap<String, Vec<TaskReport>>,
    lost: BTreeMap<String, String>,
    notes: Vec<String>,
    recap: Recap,
    elapsed_ms: u64,
    interrupted: bool,
}

impl Html {
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self {
            out,
            mode: Mode::Check,
            run: String::new(),
            order: Vec::new(),
            reports: BTreeMap::new(),
            lost: BTreeMap::new(),
            notes: Vec::new(),
            recap: Recap::default(),
            elapsed_ms: 0,
            interrupted: false,
        }
    }

    fn text(&self) -> String {
        let title = match self.mode {
            Mode::Check => "the plan",
            Mode::Apply => "the run",
        };
        let mut out = HEAD.replace("{{title}}", title);
        let interrupted = if self.interrupted {
            ", interrupted"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "<h1>{title}</h1>\n<p class=\"dim\">run {}, {}{interrupted}</p>",
            escape(&self.run),
            duration(self.elapsed_ms)
        );
        self.summary(&mut out);
        for note in &self.notes {
            let _ = writeln!(out, "<p class=\"note\">{}</p>", escape(note));
        }
        for host in &self.order {
            self.host(&mut out, host);
        }
        out.push_str("</main>\n</body>\n</html>\n");
        out
    }

    fn summary(&self, out: &mut String) {
        let changed = if self.mode == Mode::Check {
            "to change"
        } else {
            "changed"
        };
        let _ = writeln!(
            out,
            "<table>\n<tr><th>host</th><th>{changed}</th><th>unchanged</th><th>skipped</th><th>unknown</th><th>undone</th><th>failed</th></tr>"
        );
        for host in &self.order {
            let count = self.recap.hosts.get(host).copied().unwrap_or_default();
            let Count {
                unchanged,
                changed,
                skipped,
                failed,
                unreachable,
                unknown,
                undone,
                to_run: _,
            } = count;
            let name = escape(host);
            let _ = write!(out, "<tr><td><a href=\"#{name}\">{name}</a></td>");
            let cells = [
                (changed, "update"),
                (unchanged, ""),
                (skipped, ""),
                (unknown, "unknown"),
                (undone, "failed"),
            ];
            for (number, class) in cells {
                cell(
                    out,
                    &number.to_string(),
                    if number == 0 { "dim" } else { class },
                );
            }
            match (unreachable, failed) {
                (0, 0) => cell(out, "0", "dim"),
                (0, failed) => cell(out, &failed.to_string(), "failed"),
                _ => cell(out, "unreachable", "failed"),
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</table>\n");
    }

    fn host(&self, out: &mut String, host: &str) {
        let reports: &[TaskReport] = self.reports.get(host).map_or(&[], Vec::as_slice);
        let mut shown: Vec<&TaskReport> = reports.iter().filter(|report| speaks(report)).collect();
        shown.sort_by_key(|report| report.order);
        let name = escape(host);
        let _ = writeln!(out, "<h2 id=\"{name}\">{name}</h2>");
        if let Some(message) = self.lost.get(host) {
            let _ = writeln!(out, "<p class=\"failed\">{}</p>", escape(message));
        }
        for report in &shown {
            task_of(out, report);
        }
        let quiet = reports.len() - shown.len();
        if quiet > 0 {
            let _ = writeln!(
                out,
                "<p class=\"dim\">{} unchanged or skipped</p>",
                count(quiet, "task")
            );
        }
    }
}

fn cell(out: &mut String, text: &str, class: &str) {
    let _ = write!(out, "<td class=\"{class}\">{text}</td>");
}

fn speaks(report: &TaskReport) -> bool {
    !matches!(report.outcome, Outcome::Unchanged | Outcome::Skipped)
        || !report.notes.is_empty()
        || task::saying(report).is_some()
}

fn class(symbol: Symbol) -> &'static str {
    match symbol {
        Symbol::Create => "create",
        Symbol::Delete => "delete",
        Symbol::Update => "update",
        Symbol::Run => "run",
        Symbol::Unknown => "unknown",
        Symbol::Failed => "failed",
        Symbol::Dot | Symbol::Same | Symbol::Says => "dim",
    }
}

fn task_of(out: &mut String, report: &TaskReport) {
    let symbol = Symbol::of_report(report);
    let marks = [
        (report.handler, "handler"),
        (report.ignored, "ignored"),
        (report.differs, "not as planned"),
    ];
    let marks = marks.iter().filter(|(set, _)| *set);
    let marks = marks.fold(String::new(), |marks, (_, word)| {
        marks + " <i>" + word + "</i>"
    });
    let open = if task::fails(report) { " open" } else { "" };
    let _ = writeln!(
        out,
        "<details{open}><summary><b class=\"{}\">{}</b> {}{marks} <span class=\"dim\">{} · {}</span></summary>",
        class(symbol),
        symbol.sign(),
        escape(&task::words(report)),
        report.outcome,
        escape(&report.at)
    );
    let spoken = report
        .message
        .iter()
        .cloned()
        .chain(task::saying(report))
        .chain(report.notes.iter().cloned());
    for text in spoken {
        let _ = writeln!(out, "<pre>{}</pre>", escape(&text));
    }
    if task::fails(report) {
        let printed = crate::failure::printed(report).join("\n");
        if !printed.is_empty() {
            let _ = writeln!(out, "<pre>{}</pre>", escape(&printed));
        }
    }
    report.changes.iter().for_each(|diff| change(out, diff));
    out.push_str("</details>\n");
}

fn change(out: &mut String, diff: &Diff) {
    let symbol = Symbol::of_diff(diff);
    let reason = diff
        .reason
        .as_ref()
        .map_or_else(String::new, |reason| format!(" <i>{}</i>", escape(reason)));
    let _ = writeln!(
        out,
        "<p><b class=\"{}\">{}</b> {}{reason}</p>",
        class(symbol),
        symbol.sign(),
        escape(&diff.resource)
    );
    let words = words(diff);
    if words.is_empty() {
        return;
    }
    out.push_str("<pre>");
    for line in words.lines() {
        let class = match line.as_bytes().first() {
            Some(b'+') => "create",
            Some(b'-') => "delete",
            Some(b'@') => "dim",
            _ => "",
        };
        let _ = writeln!(out, "<span class=\"{class}\">{}</span>", escape(line));
    }
    out.push_str("</pre>\n");
}

impl Reporter for Html {
    fn on(&mut self, event: &Event) {
        match event {
            Event::RunStarted {
                mode, run, hosts, ..
            } => {
                self.mode = *mode;
                self.run.clone_from(run);
                self.order.clone_from(hosts);
                self.reports.clear();
                self.lost.clear();
                self.notes.clear();
            }
            Event::TaskPlanned(report) | Event::TaskFinished(report) => {
                self.reports
                    .entry(report.host.clone())
                    .or_default()
                    .push(report.clone());
            }
            Event::HostFailed { host, message, .. } => {
                self.lost.insert(host.clone(), message.clone());
            }
            Event::Note { host, message } => self.notes.push(
                host.as_ref()
                    .map_or_else(String::new, |host| format!("{host}: "))
                    + message,
            ),
            Event::RunFinished {
                recap,
                elapsed_ms,
                interrupted,
                ..
            } => {
                self.recap = recap.clone();
                self.elapsed_ms = *elapsed_ms;
                self.interrupted = *interrupted;
            }
            _ => {}
        }
    }
}

impl Drop for Html {
    fn drop(&mut self) {
        // Nobody is left to tell that it could not be written.
        let _ = self
            .out
            .write_all(self.text().as_bytes())
            .and_then(|()| self.out.flush());
    }
}
