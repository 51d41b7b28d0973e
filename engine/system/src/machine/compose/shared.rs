//! Networks and volumes of a project that are there and not as its files define them. Compose leaves them, or makes them anew, by version.
use super::docker;
use play_core::{Fault, Value};

/// Each that differs, in words: `network back: subnet`.
pub(super) fn differing(config: &Value) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    for (kind, key) in [("network", "networks"), ("volume", "volumes")] {
        for (name, wanted) in config[key].as_object().into_iter().flatten() {
            let Some(real) = wanted["name"].as_str().filter(|_| says_something(wanted)) else {
                continue;
            };
            let shown = docker(&[kind, "inspect", "--", real])?;
            let live: Value = serde_json::from_slice(&shown.stdout).unwrap_or_default();
            if shown.code == 0
                && let Some(what) = difference(wanted, &live[0])
            {
                found.push(format!("{kind} {name}: {what}"));
            }
        }
    }
    Ok(found)
}

/// Whether there is anything to compare: most are of a name only, and those of others are not ours.
fn says_something(wanted: &Value) -> bool {
    wanted["external"] != true
        && wanted.as_object().is_some_and(|fields| {
            fields
                .iter()
                .any(|(key, value)| key != "name" && !is_empty(value))
        })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.values().all(is_empty),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The first part of the definition that is otherwise; what it leaves open may be anything.
fn difference(wanted: &Value, live: &Value) -> Option<&'static str> {
    let subnets = |config: &Value, key: &str| -> Vec<String> {
        let entries = config.as_array().into_iter().flatten();
        let mut all: Vec<String> = entries
            .filter_map(|entry| Some(entry[key].as_str()?.to_owned()))
            .collect();
        all.sort();
        all
    };
    let asked = subnets(&wanted["ipam"]["config"], "subnet");
    if !asked.is_empty() && asked != subnets(&live["IPAM"]["Config"], "Subnet") {
        return Some("subnet");
    }
    for (key, shown) in [
        ("driver", "Driver"),
        ("internal", "Internal"),
        ("enable_ipv6", "EnableIPv6"),
        ("attachable", "Attachable"),
    ] {
        if !wanted[key].is_null() && wanted[key] != live[shown] {
            return Some(key);
        }
    }
    let holds = |part: &Value, whole: &Value| {
        let mut pairs = part.as_object().into_iter().flatten();
        pairs.all(|(key, value)| whole[key].as_str() == Some(&plain(value)))
    };
    if !holds(&wanted["labels"], &live["Labels"]) {
        return Some("labels");
    }
    let options = &wanted["driver_opts"];
    let kept = holds(options, &live["Options"]);
    (!kept).then_some("driver_opts")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_the_definition_says_is_compared() {
        let live = json!({
            "Driver": "bridge", "Internal": false, "Labels": {"a": "1", "com.docker.compose.network": "back"},
            "IPAM": {"Config": [{"Subnet": "10.5.0.0/24", "Gateway": "10.5.0.1"}]}, "Options": null,
        });
        let of = |wanted: Value| difference(&wanted, &live);
        assert_eq!(of(json!({"name": "x_back", "ipam": {}})), None);
        let subnet =
            |text: &str| json!({"ipam": {"config": [{"subnet": text}]}, "labels": {"a": "1"}});
        assert_eq!(of(subnet("10.5.0.0/24")), None);
        assert_eq!(of(subnet("10.6.0.0/24")), Some("subnet"));
        assert_eq!(of(json!({"internal": true})), Some("internal"));
        assert_eq!(of(json!({"labels": {"a": "2"}})), Some("labels"));
        assert_eq!(
            of(json!({"driver_opts": {"mtu": "1400"}})),
            Some("driver_opts")
        );
        assert!(!says_something(&json!({"name": "x_default", "ipam": {}})));
    }
}
