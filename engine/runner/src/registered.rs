//! What `register` gets: a task's answer, and how it ended.
use play_core::message::Report;
use play_core::{Outcome, Value, unknown};
use serde_json::{Map, json};

/// Fields that roles ask results for; all of them unknown where the result is.
const FIELDS: &[&str] = &[
    "stdout",
    "stderr",
    "rc",
    "stdout_lines",
    "stderr_lines",
    "public_key",
    "content",
    "json",
    "status",
    "stat",
    "results",
    "msg",
    "changed",
    "checksum",
    "before",
    "after",
    "version",
];

/// One task's value.
pub(crate) fn value(report: &Report, outcome: Outcome) -> Value {
    let mut map = match &report.output {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    if let (Outcome::Unknown, Some(reason)) = (outcome, &report.unknown) {
        for field in FIELDS {
            map.entry((*field).to_owned())
                .or_insert_with(|| Value::String(unknown::mark(reason)));
        }
    } else {
        map.insert("changed".into(), json!(outcome == Outcome::Changed));
    }
    map.insert("failed".into(), json!(outcome == Outcome::Failed));
    map.insert("skipped".into(), json!(outcome == Outcome::Skipped));
    if let Some(fault) = &report.fault {
        map.insert("msg".into(), json!(fault.to_string()));
    }
    Value::Object(map)
}

/// A loop's value: each item's, and whether any changed or failed.
pub(crate) fn of_loop(results: &[Value]) -> Value {
    let any = |field: &str| results.iter().any(|result| result[field] == json!(true));
    let unknown = results
        .iter()
        .find_map(|result| result["changed"].as_str().map(str::to_owned));
    let changed = unknown.map_or_else(|| json!(any("changed")), Value::String);
    let skipped = !results.is_empty()
        && results
            .iter()
            .all(|result| result["skipped"] == json!(true));
    json!({ "changed": changed, "failed": any("failed"), "skipped": skipped, "results": results })
}
