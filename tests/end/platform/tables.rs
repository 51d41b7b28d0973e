//! The replicated table, asked on each ClickHouse node.

use crate::testbed::sh;

/// What the nodes of vps3 are called.
pub(super) const NODES: [&str; 2] = ["clickhouse1", "clickhouse2"];

const SUM: &str = "SELECT count(), sum(cityHash64(day, kind, events, amount, run)) FROM platform.events_by_kind_local";

fn client(node: &str, query: &str) -> String {
    format!("docker exec {node} clickhouse-client --query \"{query}\"")
}

/// What a node answers.
///
/// # Panics
/// Where it does not.
#[track_caller]
pub(super) fn ask(host: &str, node: &str, query: &str) -> String {
    sh(host, &client(node, query))
}

/// So many events of a run, written through a node's distributed table.
#[track_caller]
pub(super) fn write(node: &str, run: &str, rows: usize) {
    let select = format!(
        "SELECT toDate('2025-03-01') + number % 28, 'test', 1, number, '{run}' FROM system.numbers LIMIT {rows}"
    );
    ask(
        "vps3",
        node,
        &format!("INSERT INTO platform.events_by_kind {select}"),
    );
}

/// Waits until a node's own replica has so many rows of a run.
#[track_caller]
pub(super) fn await_rows(node: &str, run: &str, rows: usize) {
    let query = format!("SELECT count() FROM platform.events_by_kind_local WHERE run = '{run}'");
    await_answer("vps3", node, &query, &rows.to_string());
}

/// Waits until a node's own replica has the rows that another had: count and sum.
#[track_caller]
pub(super) fn await_sum(host: &str, node: &str, sum: &str) {
    await_answer(host, node, SUM, sum);
}

/// # Panics
/// Where a node does not come to answer so within a minute: what it answers instead is in the message.
#[track_caller]
fn await_answer(host: &str, node: &str, query: &str, wanted: &str) {
    let ask = client(node, query);
    sh(
        host,
        &format!(
            "for i in $(seq 120); do answer=$({ask}); [ \"$answer\" = '{wanted}' ] && exit 0; sleep 0.5; done; echo \"$answer\" >&2; exit 1"
        ),
    );
}

/// Count and sum over all rows of every node's own replica, each by itself.
#[track_caller]
pub(super) fn sums() -> Vec<String> {
    NODES.iter().map(|node| ask("vps3", node, SUM)).collect()
}
