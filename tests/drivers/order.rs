//! The order of a run: the graph of each case in `tests/order`, and the law that any order the graph allows leaves the same machine
//! as the order written.
#![expect(clippy::unwrap_used, reason = "tests stop at what they do not expect")]
use petgraph::Direction::Incoming;
use petgraph::graph::NodeIndex;
use play_core::message::Report;
use play_language::{LoadRequest, Project, load};
use play_modules::Modules;
use play_runner::graph::{Graph, draw};
use play_runner::language::Language;
use play_system::{Memory, NoWitness, run};
use play_tests::case;
use play_tests::project::Files;
use play_tests::random::Random;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Host names with commas, where three are not what is wanted.
    #[serde(default)]
    hosts: Option<String>,
    /// The playbook's text, and those of other files.
    play: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// `first < second`, each a title: the second waits for the first, at once or through others.
    #[serde(default)]
    before: Vec<String>,
    /// `first | second`: neither waits for the other.
    #[serde(default)]
    apart: Vec<String>,
    /// Lines `play graph` shows.
    #[serde(default)]
    listing: Vec<String>,
    /// Text of the one diagnostic: there is no graph.
    #[serde(default)]
    refused: Option<String>,
}

fn project(
    text: &str,
    others: &BTreeMap<String, String>,
    hosts: &str,
) -> Result<(Project, Files), String> {
    let mut all = others.clone();
    all.insert("site.yml".into(), text.to_owned());
    let files = Files::texts(all);
    let request = LoadRequest {
        playbooks: vec!["site.yml".into()],
        inventories: vec![hosts.into()],
        ..LoadRequest::default()
    };
    let (project, diagnostics, _) = load(&files, &request, &Modules);
    let words: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    project
        .map(|project| (project, files))
        .ok_or(words.join("\n"))
}

#[test]
fn graphs_are_as_expected() {
    case::all("order", graph);
}

fn graph(path: &Path) -> Result<(), String> {
    let case: Case = case::read(path)?;
    let hosts = case.hosts.as_deref().unwrap_or("vps1,vps2,vps3,");
    let (project, files) = match (project(&case.play, &case.files, hosts), &case.refused) {
        (Err(said), Some(words)) if said.contains(words) => return Ok(()),
        (loaded, _) => loaded?,
    };
    let language = Language::new(&project, &files, &Modules);
    let (graph, diagnostics) = play_runner::run::graph(&language);
    if let Some(words) = &case.refused {
        let said: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        return match &said[..] {
            [one] if one.contains(words) => Ok(()),
            _ => Err(format!("said was {said:?}")),
        };
    }
    if let Some(wrong) = diagnostics.first() {
        return Err(wrong.to_string());
    }
    for pair in &case.before {
        let (first, second) = titles(&graph, pair, " < ")?;
        if !petgraph::algo::has_path_connecting(&graph.nodes, first, second, None) {
            return Err(format!("{pair}: nothing waits"));
        }
    }
    for pair in &case.apart {
        let (one, two) = titles(&graph, pair, " | ")?;
        let waits = |from, to| petgraph::algo::has_path_connecting(&graph.nodes, from, to, None);
        if waits(one, two) || waits(two, one) {
            return Err(format!("{pair}: one waits for the other"));
        }
    }
    let listing = draw::list(&graph);
    let shown: BTreeSet<&str> = listing.lines().map(str::trim).collect();
    match case
        .listing
        .iter()
        .find(|line| !shown.contains(line.trim()))
    {
        Some(line) => Err(format!("no line `{line}` in\n{listing}")),
        None => Ok(()),
    }
}

fn titles(graph: &Graph, pair: &str, between: &str) -> Result<(NodeIndex, NodeIndex), String> {
    let find = |title: &str| {
        let mut nodes = graph.nodes.node_indices();
        nodes
            .find(|node| graph.step(*node).is_some() && graph.title(*node) == title.trim())
            .ok_or_else(|| format!("no step `{title}`"))
    };
    let (one, two) = pair.split_once(between).ok_or("a pair is two titles")?;
    Ok((find(one)?, find(two)?))
}

/// Task lists that are generated, each run in the order written and in others the graph allows.
const LISTS: u64 = 150;
const ORDERS: u64 = 6;

#[test]
fn any_order_the_graph_allows_leaves_the_same_machine() {
    reorder(task);
}

#[test]
fn what_is_reached_through_links_that_tasks_make_is_no_exception() {
    reorder(linked);
}

fn reorder(task: fn(&mut Random) -> String) {
    let mut moved = 0;
    for seed in 0..LISTS {
        let text = playbook(&mut Random::seeded(seed + 1), task);
        let (project, files) = project(&text, &BTreeMap::new(), "vps1,")
            .unwrap_or_else(|wrong| panic!("{text}\n{wrong}"));
        let language = Language::new(&project, &files, &Modules);
        let (graph, _) = play_runner::run::graph(&language);
        let written = written(&graph);
        let (machine, reports) = carry_out(&graph, &written);
        for order in 0..ORDERS {
            let other = shuffled(&graph, &mut Random::seeded(seed * 1000 + order + 7));
            moved += usize::from(other != written);
            let (now, differing) = carry_out(&graph, &other);
            let shown = |order: &[NodeIndex]| -> String {
                let titles: Vec<String> = order.iter().map(|node| graph.title(*node)).collect();
                titles.join(", ")
            };
            assert!(
                now == machine && differing == reports,
                "seed {seed}: {}\nrun as {}\n{text}\n{}",
                shown(&written),
                shown(&other),
                difference(&machine, &now, &reports, &differing)
            );
        }
    }
    assert!(
        moved > 500,
        "only {moved} of the orders differ from the one written"
    );
}

/// The steps in the order written.
fn written(graph: &Graph) -> Vec<NodeIndex> {
    graph.hosts["vps1"].clone()
}

/// An order the edges allow.
fn shuffled(graph: &Graph, random: &mut Random) -> Vec<NodeIndex> {
    let mut open: BTreeSet<NodeIndex> = graph.nodes.node_indices().collect();
    let mut order = Vec::new();
    while !open.is_empty() {
        let ready: Vec<NodeIndex> = open
            .iter()
            .copied()
            .filter(|node| {
                let mut before = graph.nodes.neighbors_directed(*node, Incoming);
                before.all(|one| !open.contains(&one))
            })
            .collect();
        let node = *random.choice(&ready);
        open.remove(&node);
        order.extend(graph.step(node).map(|_| node));
    }
    order
}

type Reports = BTreeMap<NodeIndex, Report>;

/// Runs the steps one after the other; a step that fails keeps no other from running, so that its order shows.
fn carry_out(graph: &Graph, order: &[NodeIndex]) -> (Memory, Reports) {
    let mut machine = play_system::memory::debian::bare("vps1", "10.0.0.1");
    let mut reports = BTreeMap::new();
    for node in order {
        let task = graph.step(*node).unwrap().task;
        let entry = play_modules::find(&task.module).unwrap();
        let mut report = run(entry, &task.arguments.value(), &mut machine, &mut NoWitness);
        report.elapsed_ms = 0;
        reports.insert(*node, report);
    }
    (machine, reports)
}

fn difference(one: &Memory, two: &Memory, first: &Reports, second: &Reports) -> String {
    let keys: BTreeSet<_> = one.states.keys().chain(two.states.keys()).collect();
    let mut lines: Vec<String> = keys
        .into_iter()
        .filter(|key| one.states.get(key) != two.states.get(key))
        .map(|key| {
            format!(
                "{key}: {:?}\n  {:?}",
                one.states.get(key),
                two.states.get(key)
            )
        })
        .collect();
    for (node, report) in first {
        if report != &second[node] {
            lines.push(format!("{node:?}: {report:?}\n  {:?}", second[node]));
        }
    }
    lines.join("\n")
}

/// A play of tasks that meet each other in a few paths, packages, units, accounts and keys.
fn playbook(random: &mut Random, task: fn(&mut Random) -> String) -> String {
    let count = 4 + random.number(9);
    let mut text = String::from("- hosts: all\n  tasks:\n");
    for number in 0..count {
        let _ = write!(text, "    - name: T{number}\n      {}\n", task(random));
    }
    text
}

/// A task that makes a link, or meets others by way of one.
fn linked(random: &mut Random) -> String {
    let path = *random.choice(&[
        "/srv/link",
        "/srv/other",
        "/srv/d",
        "/srv/d/e",
        "/srv/link/e",
        "/etc/x.conf",
    ]);
    let target = *random.choice(&["/srv/d", "other", "/etc/x.conf"]);
    let link = *random.choice(&["/srv/link", "/srv/other"]);
    let word = *random.choice(&["one", "two", "three"]);
    match random.number(10) {
        0 | 1 => format!("file: {{path: {link}, src: {target}, state: link, force: true}}"),
        2 => "file: {path: /srv/d, state: directory}".into(),
        3 => format!("file: {{path: {path}, state: absent}}"),
        4 => format!("file: {{path: {path}, mode: \"0600\", state: touch}}"),
        5 => format!("stat: {{path: {path}, follow: true}}"),
        6 => format!("lineinfile: {{path: {path}, line: {word}, create: true}}"),
        7 => format!("copy: {{dest: {path}, content: \"{word}\\n\"}}"),
        _ => format!("copy: {{dest: {path}, content: \"{word}\\n\", follow: true}}"),
    }
}

fn task(random: &mut Random) -> String {
    let path = *random.choice(&[
        "/srv/a",
        "/srv/a/b",
        "/srv/a/b/c",
        "/srv/d",
        "/etc/motd",
        "/etc/x.conf",
    ]);
    let word = *random.choice(&["one", "two", "three"]);
    let account = *random.choice(&["ada", "bob"]);
    let package = *random.choice(&["nginx", "curl"]);
    let mode = *random.choice(&["\"0600\"", "\"0644\"", "\"0755\""]);
    match random.number(20) {
        0 => format!("file: {{path: {path}, state: directory, mode: {mode}}}"),
        1 => format!("file: {{path: {path}, state: absent}}"),
        2 => format!("file: {{path: {path}, state: touch, mode: {mode}}}"),
        3 => format!("file: {{path: {path}, mode: {mode}, owner: {account}}}"),
        4 => format!("file: {{path: /srv/link, src: {path}, state: link}}"),
        5 | 6 => format!("copy: {{dest: {path}, content: \"{word}\\n\"}}"),
        7 => format!(
            "copy: {{dest: {path}, content: \"{word}\\n\", owner: {account}, mode: {mode}}}"
        ),
        8 => format!("lineinfile: {{path: {path}, line: {word}, create: true}}"),
        9 => format!("lineinfile: {{path: {path}, regexp: \"^t\", line: {word}}}"),
        10 => format!("blockinfile: {{path: {path}, block: {word}, create: true}}"),
        11 => format!("user: {{name: {account}, groups: [{word}]}}"),
        12 => format!("user: {{name: {account}, state: absent, remove: true}}"),
        13 => format!("group: {{name: {word}}}"),
        14 => format!(
            "package: {{name: {package}, state: {}}}",
            random.choice(&["present", "absent"])
        ),
        15 => format!(
            "service: {{name: {}, enabled: {}}}",
            random.choice(&["cron", "ssh"]),
            random.choice(&["true", "false"])
        ),
        16 => format!(
            "hosts: {{address: 10.0.0.{}, names: [{word}]}}",
            random.number(3)
        ),
        17 => format!("stat: {{path: {path}}}"),
        18 => format!("hostname: {{name: {word}}}"),
        _ => format!(
            "ini_file: {{path: {path}, section: s, option: {word}, value: {}}}",
            random.number(3)
        ),
    }
}
