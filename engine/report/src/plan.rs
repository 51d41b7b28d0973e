//! The plan as a person reads it: task by task in the order written, hosts with the same change together.
use crate::hosts::Hosts;
use crate::line::{Line, Tone};
use crate::style::Style;
use crate::symbol::Symbol;
use crate::{body, failure, task};
use play_core::event::TaskReport;
use play_core::{Diff, Outcome};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Places stand no further right than this, so that the eye finds them on a wide screen.
const PLACE: usize = 100;

/// One task on all the hosts it was planned for.
struct Group<'a> {
    order: usize,
    reports: Vec<&'a TaskReport>,
}

/// Hosts on which a task does the same.
struct Cluster {
    hosts: Vec<String>,
    lines: Vec<Line>,
}

pub(crate) fn lines(reports: &[TaskReport], hosts: &Hosts, style: &Style) -> Vec<Line> {
    let groups: Vec<Group> = groups(reports)
        .into_iter()
        .map(|mut group| {
            group.reports.retain(|report| task::shown(report, style));
            group
        })
        .filter(|group| !group.reports.is_empty())
        .collect();
    let plays: BTreeSet<&str> = groups
        .iter()
        .map(|group| group.reports[0].play.as_str())
        .collect();
    let mut play = None;
    let mut lines = Vec::new();
    for group in &groups {
        let name = group.reports[0].play.as_str();
        if plays.len() > 1 && play.replace(name) != Some(name) {
            lines.extend([
                Line::new().then(Tone::Strong, &format!("play {name}")),
                Line::new(),
            ]);
        }
        lines.extend(shown(group, hosts, style));
        lines.push(Line::new());
    }
    lines
}

/// The same task may stand at another position for each batch of hosts (`serial`), and several times for one host
/// (a file included twice): the nth time on one host belongs to the nth time on another.
fn groups(reports: &[TaskReport]) -> Vec<Group<'_>> {
    let mut times: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for report in reports {
        times
            .entry((key(report), report.host.as_str()))
            .or_default()
            .insert(report.order);
    }
    let mut groups: BTreeMap<_, Group> = BTreeMap::new();
    for report in reports {
        let orders = &times[&(key(report), report.host.as_str())];
        let time = orders.range(..report.order).count();
        let group = groups.entry((key(report), time)).or_insert(Group {
            order: report.order,
            reports: Vec::new(),
        });
        group.order = group.order.min(report.order);
        group.reports.push(report);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| group.order);
    groups
}

fn key(report: &TaskReport) -> (&str, Option<&str>, &str, &str) {
    (
        &report.play,
        report.role.as_deref(),
        &report.at,
        &report.task,
    )
}

fn shown(group: &Group, hosts: &Hosts, style: &Style) -> Vec<Line> {
    let mut lines = vec![header(group, style)];
    for cluster in clusters(group, hosts, style) {
        lines.extend(
            hosts
                .listed(&cluster.hosts, style)
                .into_iter()
                .map(|line| line.indent(2)),
        );
        lines.extend(cluster.lines.into_iter().map(|line| line.indent(4)));
    }
    lines
}

fn header(group: &Group, style: &Style) -> Line {
    let first = group.reports[0];
    let symbol = group
        .reports
        .iter()
        .map(|report| Symbol::of_report(report))
        .reduce(Symbol::joined)
        .unwrap_or(Symbol::Same);
    let says = symbol == Symbol::Same && task::saying(first).is_some();
    let symbol = if says { Symbol::Says } else { symbol };
    let column = style
        .width
        .min(PLACE)
        .saturating_sub(first.at.chars().count());
    Line::new()
        .then(symbol.tone(), symbol.sign())
        .then(Tone::Plain, " ")
        .and(task::title(first, Tone::Strong, false))
        .pad(column)
        .then(Tone::Dim, &first.at)
}

/// What is the same is shown once. The reports are compared, not what is shown of them: a cut must not hide a difference.
fn clusters(group: &Group, hosts: &Hosts, style: &Style) -> Vec<Cluster> {
    let mut own: BTreeMap<(usize, &str), Vec<&TaskReport>> = BTreeMap::new();
    for report in &group.reports {
        let host = (hosts.rank(&report.host), report.host.as_str());
        own.entry(host).or_default().push(report);
    }
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut known: HashMap<Vec<Essence>, usize> = HashMap::new();
    for ((_, name), reports) in own {
        let essence = reports.iter().map(|report| Essence::of(report)).collect();
        let at = *known.entry(essence).or_insert_with(|| {
            let lines = body::of_host(&reports, style);
            let twin = clusters
                .iter()
                .position(|cluster| !style.diff && cluster.lines == lines);
            twin.unwrap_or_else(|| {
                clusters.push(Cluster {
                    hosts: Vec::new(),
                    lines,
                });
                clusters.len() - 1
            })
        });
        clusters[at].hosts.push(name.to_owned());
    }
    clusters
}

/// All of a report that a person is told, but the host.
#[derive(PartialEq, Eq, Hash)]
struct Essence<'a> {
    outcome: Outcome,
    item: Option<&'a str>,
    ignored: bool,
    message: Option<&'a str>,
    changes: &'a [Diff],
    notes: &'a [String],
    saying: Option<String>,
    printed: Vec<String>,
}

impl<'a> Essence<'a> {
    fn of(report: &'a TaskReport) -> Self {
        Self {
            outcome: report.outcome,
            item: report.item.as_deref(),
            ignored: report.ignored,
            message: report.message.as_deref(),
            changes: &report.changes,
            notes: &report.notes,
            saying: task::saying(report),
            printed: if report.outcome == Outcome::Failed {
                failure::printed(report)
            } else {
                Vec::new()
            },
        }
    }
}
