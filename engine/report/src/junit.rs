//! A run for build servers: JUnit's XML, a suite for each host, a case for each task.
use crate::json::words;
use crate::markup::escape;
use crate::task;
use play_core::Outcome;
use play_core::event::{Event, Reporter, TaskReport};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

/// Collects a run and writes it when dropped: only then it is known that no apply follows the plan. The last phase counts.
pub struct Junit {
    out: Box<dyn Write + Send>,
    hosts: BTreeMap<String, Suite>,
}

#[derive(Default)]
struct Suite {
    reports: Vec<TaskReport>,
    /// Why the host was lost.
    lost: Option<String>,
}

impl Junit {
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self {
            out,
            hosts: BTreeMap::new(),
        }
    }

    fn text(&self) -> String {
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"play\">\n",
        );
        for (host, suite) in &self.hosts {
            suite.write(&mut out, host);
        }
        out.push_str("</testsuites>\n");
        out
    }
}

impl Suite {
    fn write(&self, out: &mut String, host: &str) {
        let failures = self
            .reports
            .iter()
            .filter(|report| task::fails(report))
            .count();
        let skipped = self.reports.iter().filter(|report| skips(report)).count();
        let time: u64 = self.reports.iter().map(|report| report.elapsed_ms).sum();
        let (lost, tests) = (usize::from(self.lost.is_some()), self.reports.len());
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{lost}\" skipped=\"{skipped}\" time=\"{}\">",
            escape(host),
            tests + lost,
            seconds(time)
        );
        let mut reports: Vec<&TaskReport> = self.reports.iter().collect();
        reports.sort_by_key(|report| report.order);
        for report in reports {
            case(out, host, report);
        }
        if let Some(message) = &self.lost {
            let _ = writeln!(
                out,
                "    <testcase classname=\"{}\" name=\"connection\" time=\"0.000\">\n      <error message=\"{}\"/>\n    </testcase>",
                escape(host),
                escape(message)
            );
        }
        out.push_str("  </testsuite>\n");
    }
}

fn case(out: &mut String, host: &str, report: &TaskReport) {
    let (file, line) = report.at.rsplit_once(':').unwrap_or((&report.at, "0"));
    let _ = writeln!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{}\">",
        escape(host),
        escape(&task::words(report)),
        escape(file),
        escape(line),
        seconds(report.elapsed_ms)
    );
    let message = escape(report.message.as_deref().unwrap_or_default());
    if task::fails(report) {
        let printed = crate::failure::printed(report).join("\n");
        let _ = writeln!(
            out,
            "      <failure message=\"{message}\">{}</failure>",
            escape(&printed)
        );
    } else if skips(report) {
        let _ = writeln!(out, "      <skipped message=\"{message}\"/>");
    }
    let told = told(report);
    if !told.is_empty() {
        let _ = writeln!(out, "      <system-out>{}</system-out>", escape(&told));
    }
    out.push_str("    </testcase>\n");
}

/// The changes in words.
fn told(report: &TaskReport) -> String {
    report.changes.iter().fold(String::new(), |mut out, diff| {
        let action = format!("{:?}", diff.action).to_lowercase();
        let reason = diff
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(" ({reason})"));
        let _ = write!(out, "{action} {}{reason}\n{}", diff.resource, words(diff));
        out
    })
}

/// Not tried, or not known before it is.
fn skips(report: &TaskReport) -> bool {
    matches!(report.outcome, Outcome::Skipped | Outcome::Unknown)
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

impl Reporter for Junit {
    fn on(&mut self, event: &Event) {
        match event {
            Event::RunStarted { hosts, .. } => {
                self.hosts = hosts
                    .iter()
                    .map(|host| (host.clone(), Suite::default()))
                    .collect();
            }
            Event::TaskPlanned(report) | Event::TaskFinished(report) => {
                self.hosts
                    .entry(report.host.clone())
                    .or_default()
                    .reports
                    .push(report.clone());
            }
            Event::HostFailed { host, message, .. } => {
                self.hosts.entry(host.clone()).or_default().lost = Some(message.clone());
            }
            _ => {}
        }
    }
}

impl Drop for Junit {
    fn drop(&mut self) {
        // Nobody is left to tell that it could not be written.
        let _ = self
            .out
            .write_all(self.text().as_bytes())
            .and_then(|()| self.out.flush());
    }
}
