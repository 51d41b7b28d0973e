//! The plan as a person reads it: task by task in the order written, hosts with the same change together.
use crate::hosts::Hosts;
use crate::line::{Line, Tone};
use crate::style::Style;
use crate::symbol::Symbol;
use crate::{body, task};
use play_core::event::TaskReport;
use std::collections::{BTreeMap, BTreeSet};

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

/// What looks the same is shown once.
fn clusters(group: &Group, hosts: &Hosts, style: &Style) -> Vec<Cluster> {
    let mut names: Vec<&str> = group
        .reports
        .iter()
        .map(|report| report.host.as_str())
        .collect();
    names.sort_by_key(|name| (hosts.rank(name), *name));
    names.dedup();
    let mut clusters: Vec<Cluster> = Vec::new();
    for name in names {
        let own: Vec<&TaskReport> = group
            .reports
            .iter()
            .copied()
            .filter(|report| report.host == name)
            .collect();
        let lines = body::of_host(&own, style);
        match clusters.iter_mut().find(|cluster| cluster.lines == lines) {
            Some(cluster) => cluster.hosts.push(name.to_owned()),
            None => clusters.push(Cluster {
                hosts: vec![name.to_owned()],
                lines,
            }),
        }
    }
    clusters
}
