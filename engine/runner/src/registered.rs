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
    "failed",
    "attempts",
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
    let failed = map.get("failed").filter(|_| outcome == Outcome::Unknown);
    if failed.is_none() {
        map.insert("failed".into(), json!(outcome == Outcome::Failed));
    }
    // Only where it was: roles ask `is defined` of it.
    if outcome == Outcome::Skipped {
        map.insert("skipped".into(), json!(true));
    }
    if let Some(fault) = &report.fault {
        map.insert("msg".into(), json!(fault.to_string()));
    } else if outcome == Outcome::Failed {
        map.entry("msg").or_insert_with(|| json!(""));
    }
    Value::Object(map)
}

/// What a check foresees of a program that has not run: how it will end is not known, and whether it will fail neither where
/// that is no end of the run.
pub(crate) fn foreseen(value: &mut Value, may_fail: bool) {
    let Some(reason) = value["rc"].as_str().and_then(unknown::reason) else {
        return;
    };
    let later = Value::String(unknown::mark(reason));
    let Value::Object(map) = value else { return };
    for field in ["msg", "attempts"] {
        map.entry(field).or_insert_with(|| later.clone());
    }
    if may_fail && map.get("failed") == Some(&json!(false)) {
        map.insert("failed".into(), later);
    }
}

/// A loop's value: each item's, and whether any changed or failed.
pub(crate) fn of_loop(results: &[Value]) -> Value {
    let any = |field: &str| results.iter().any(|result| result[field] == json!(true));
    let whole = |field: &str| {
        let mut texts = results.iter().filter_map(|result| result[field].as_str());
        match texts.next() {
            Some(unknown) if !any(field) || field == "changed" => json!(unknown),
            _ => json!(any(field)),
        }
    };
    let mut value =
        json!({ "changed": whole("changed"), "failed": whole("failed"), "results": results });
    if results
        .iter()
        .all(|result| result["skipped"] == json!(true))
    {
        value["skipped"] = json!(true);
    }
    value
}
