//! What is going on right now, at the foot of a terminal: a line for each host at work, and how far the run is.
use crate::inert::inert;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use play_core::message::Mode;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Hosts that get a line of their own at a time.
const ROWS: usize = 12;
const TICK: Duration = Duration::from_millis(120);

pub(crate) struct Live {
    screen: MultiProgress,
    sum: ProgressBar,
    rows: BTreeMap<String, ProgressBar>,
    /// What each host is at; the last begun is shown.
    running: BTreeMap<String, Vec<String>>,
    finished: BTreeSet<(String, usize)>,
    width: usize,
    widest: usize,
}

impl Live {
    pub(crate) fn new(mode: Mode, tasks: usize, widest: usize, width: usize) -> Self {
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let sum = screen.add(ProgressBar::new(tasks as u64));
        sum.set_style(style("{spinner} {msg}  {pos} of {len}  {elapsed_precise}"));
        sum.set_message(if mode == Mode::Check {
            "planning"
        } else {
            "applying"
        });
        sum.enable_steady_tick(TICK);
        Self {
            screen,
            sum,
            rows: BTreeMap::new(),
            running: BTreeMap::new(),
            finished: BTreeSet::new(),
            width,
            widest,
        }
    }

    pub(crate) fn started(&mut self, host: &str, task: &str) {
        self.running
            .entry(host.to_owned())
            .or_default()
            .push(task.to_owned());
        self.show(host, task);
    }

    /// A line its program printed.
    pub(crate) fn printed(&mut self, host: &str, task: &str, line: &str) {
        self.show(host, &format!("{task}: {}", line.trim()));
    }

    pub(crate) fn finished(&mut self, host: &str, task: &str, order: usize, handler: bool) {
        if !handler && self.finished.insert((host.to_owned(), order)) {
            self.sum.inc(1);
        }
        let running = self.running.entry(host.to_owned()).or_default();
        if let Some(at) = running.iter().position(|name| name == task) {
            running.remove(at);
        }
        match running.last().cloned() {
            Some(other) => self.show(host, &other),
            None => self.drop_row(host),
        }
    }

    pub(crate) fn lost(&mut self, host: &str) {
        self.running.remove(host);
        self.drop_row(host);
    }

    /// Steps aside while something is printed that stays.
    pub(crate) fn aside(&self, print: impl FnOnce()) {
        self.screen.suspend(print);
    }

    fn show(&mut self, host: &str, words: &str) {
        if self.rows.len() >= ROWS && !self.rows.contains_key(host) {
            return;
        }
        let row = self.rows.entry(host.to_owned()).or_insert_with(|| {
            let row = self
                .screen
                .insert_before(&self.sum, ProgressBar::new_spinner());
            row.set_style(style("{msg}"));
            row
        });
        // A row that wraps cannot be drawn over.
        let text: String = format!(
            "{:widest$}  {}",
            inert(host),
            inert(words),
            widest = self.widest
        )
        .replace('\t', " ");
        row.set_message(
            text.chars()
                .take(self.width.saturating_sub(2))
                .collect::<String>(),
        );
    }

    fn drop_row(&mut self, host: &str) {
        if let Some(row) = self.rows.remove(host) {
            row.finish_and_clear();
            self.screen.remove(&row);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        for row in self.rows.values() {
            row.finish_and_clear();
        }
        self.sum.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
