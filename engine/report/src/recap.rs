//! The sum of a run: a line for each host, and a sentence that says what to do next.
use crate::hosts::Hosts;
use crate::line::{Line, Tone, count, duration};
use play_core::Recap;
use play_core::message::Mode;
use play_core::recap::Count;

/// How a phase ended.
pub(crate) struct End<'a> {
    pub(crate) mode: Mode,
    pub(crate) recap: &'a Recap,
    pub(crate) elapsed_ms: u64,
    pub(crate) interrupted: bool,
    /// No apply can follow: `--check`.
    pub(crate) check_only: bool,
}

/// A number with its words; shown for every host where any host has it, or always.
struct Column {
    word: &'static str,
    tone: Tone,
    always: bool,
    number: fn(&Count) -> usize,
}

fn columns(mode: Mode) -> Vec<Column> {
    let column = |word, tone, always, number| Column {
        word,
        tone,
        always,
        number,
    };
    vec![
        column(
            if mode == Mode::Check {
                "to change"
            } else {
                "changed"
            },
            Tone::Update,
            true,
            |count| count.changed,
        ),
        column("unchanged", Tone::Plain, true, |count| count.unchanged),
        column("skipped", Tone::Dim, false, |count| count.skipped),
        column("unknown", Tone::Unknown, false, |count| count.unknown),
        column("undone", Tone::Failed, false, |count| count.undone),
        column("failed", Tone::Failed, true, |count| count.failed),
    ]
}

/// `vps1   3 to change  12 unchanged  0 failed`, the numbers below each other.
pub(crate) fn table(end: &End, hosts: &Hosts) -> Vec<Line> {
    let mut rows: Vec<(&String, &Count)> = end.recap.hosts.iter().collect();
    rows.sort_by_key(|(name, _)| hosts.rank(name));
    let widest = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut columns = columns(end.mode);
    columns
        .retain(|column| column.always || rows.iter().any(|(_, count)| (column.number)(count) > 0));
    let digits: Vec<usize> = columns
        .iter()
        .map(|column| {
            rows.iter()
                .map(|(_, count)| (column.number)(count).to_string().len())
                .max()
                .unwrap_or(1)
        })
        .collect();
    let row = |name: &String, count: &Count| {
        let mut line = Line::new().then(Tone::Host, &format!("{name:widest$}"));
        if !end.asked(count) {
            return line.then(Tone::Dim, "   only looked at");
        }
        for (column, digits) in columns.iter().zip(&digits) {
            let number = (column.number)(count);
            let tone = if number == 0 { Tone::Dim } else { column.tone };
            line = line
                .then(Tone::Plain, "   ")
                .then(tone, &format!("{number:>digits$} {}", column.word));
        }
        if count.unreachable > 0 {
            line.then(Tone::Failed, "   unreachable")
        } else {
            line
        }
    };
    rows.iter().map(|(name, count)| row(name, count)).collect()
}

/// What happened, and what to do next.
pub(crate) fn sentences(end: &End) -> Vec<Line> {
    let sentences = match end.mode {
        Mode::Check => after_check(end),
        Mode::Apply => after_apply(end),
    };
    sentences
        .iter()
        .map(|sentence| Line::plain(sentence))
        .collect()
}

impl End<'_> {
    /// A task was for it, or might have come to it. Others are there for their facts, or for what the hosts of `--limit` need of them.
    fn asked(&self, count: &Count) -> bool {
        self.interrupted || *count != Count::default()
    }

    /// "2 of 3 hosts", "all 3 hosts", "1 host".
    fn of(&self, number: usize) -> String {
        let total = hosts(self.recap, |count| self.asked(count));
        match (number, total) {
            (number, total) if number < total => format!("{number} of {}", count(total, "host")),
            (1, _) => "1 host".into(),
            (2, _) => "both hosts".into(),
            _ => format!("all {total} hosts"),
        }
    }
}

/// How many hosts something holds for.
fn hosts(recap: &Recap, holds: impl Fn(&Count) -> bool) -> usize {
    recap.hosts.values().filter(|count| holds(count)).count()
}

fn after_check(end: &End) -> Vec<String> {
    let recap = end.recap;
    let trouble = troubles(end, "would fail", "plan again");
    let changing = hosts(recap, |count| count.changed > 0);
    let unknown: usize = recap.hosts.values().map(|count| count.unknown).sum();
    if end.interrupted {
        return vec!["interrupted while planning: nothing was changed".into()];
    }
    let mut said = Vec::new();
    if changing > 0 {
        said.push(format!("{} would change", end.of(changing)));
    }
    if unknown > 0 {
        let they = if unknown == 1 {
            "it depends"
        } else {
            "they depend"
        };
        let tasks = count(unknown, "task");
        said.push(format!(
            "{tasks} cannot be known yet: {they} on what only a real run does"
        ));
    }
    if recap.to_run() > 0 {
        let (says, it) = match recap.to_run() {
            1 => ("says", "it changes"),
            _ => ("say", "they change"),
        };
        let tasks = count(recap.to_run(), "task");
        said.push(format!("{tasks} would run, and {says} that {it} nothing"));
    }
    if said.is_empty() && trouble.is_empty() {
        return vec![settled(end)];
    }
    said.extend(trouble);
    if end.check_only {
        said.push("nothing was changed: this was a check; run it without --check to apply".into());
    }
    said
}

fn settled(end: &End) -> String {
    match hosts(end.recap, |count| end.asked(count)) {
        0 => "nothing to do: no task is for a host that was chosen".into(),
        1 => "nothing to change: the host is as described".into(),
        _ => "nothing to change: every host is as described".into(),
    }
}

fn after_apply(end: &End) -> Vec<String> {
    let recap = end.recap;
    let trouble = troubles(end, "failed", "run again; what is done stays done");
    let changed = hosts(recap, |count| count.changed > 0);
    let undone: usize = recap.hosts.values().map(|count| count.undone).sum();
    let time = duration(end.elapsed_ms);
    let mut said = Vec::new();
    if changed > 0 {
        said.push(format!("{} changed in {time}", end.of(changed)));
    } else if trouble.is_empty() && !end.interrupted {
        said.push(format!("nothing had to be changed ({time})"));
    }
    if undone > 0 {
        let were = if undone == 1 { "was" } else { "were" };
        let times = count(undone, "change");
        said.push(format!(
            "{times} {were} undone: the host could not be reached afterwards"
        ));
    }
    said.extend(trouble);
    if end.interrupted {
        said.push("interrupted: what was done stays done; run again to finish".into());
    }
    said
}

/// What went wrong on how many hosts, and what to do about it.
fn troubles(end: &End, fail: &str, again: &str) -> Vec<String> {
    let recap = end.recap;
    let failing = hosts(recap, |count| count.failed + count.undone > 0);
    let away = hosts(recap, |count| count.unreachable > 0);
    let failing = (failing > 0).then(|| {
        format!(
            "{} {fail}: put right what is marked ✗ and {again}",
            end.of(failing)
        )
    });
    let away = (away > 0).then(|| format!("{} could not be reached", end.of(away)));
    failing.into_iter().chain(away).collect()
}
