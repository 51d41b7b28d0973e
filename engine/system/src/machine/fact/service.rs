//! The service manager and its services.
use super::text;
use crate::machine::unit;
use crate::program::Program;
use play_core::Value;
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// `systemd`, or the name of the program that is process 1.
pub(super) fn manager() -> String {
    if unit::manages() {
        return "systemd".into();
    }
    match text("/proc/1/comm").as_str() {
        "init" if std::path::Path::new("/run/openrc").exists() => "openrc".into(),
        "init" => "sysvinit".into(),
        name => name.to_owned(),
    }
}

/// `{NAME.service: {state, enabled}}`: `running`, `exited`, `dead`, `failed` …, and `enabled`, `disabled`, `static` …
pub(super) fn services() -> Value {
    if !unit::manages() {
        return json!({});
    }
    let mut services: BTreeMap<String, (String, String)> = BTreeMap::new();
    for line in lines(&["list-unit-files", "--type=service"]).lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(state)) = (words.next(), words.next()) {
            let known = services.entry(name.to_owned()).or_default();
            state.clone_into(&mut known.1);
        }
    }
    for line in lines(&["list-units", "--type=service", "--all", "--plain"]).lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [name, load, _, sub, ..] = words[..]
            && load != "not-found"
        {
            let known = services.entry(name.to_owned()).or_default();
            sub.clone_into(&mut known.0);
        }
    }
    let described = services.into_iter().map(|(name, (state, enabled))| {
        let state = if state.is_empty() {
            "dead".to_owned()
        } else {
            state
        };
        (name, json!({ "state": state, "enabled": enabled }))
    });
    described.collect::<Map<_, _>>().into()
}

fn lines(arguments: &[&str]) -> String {
    let ended = Program::new("systemctl")
        .args(arguments)
        .args(["--no-legend", "--no-pager"])
        .limit(Duration::from_secs(20))
        .run();
    ended.map_or_else(|_| String::new(), |ended| ended.out())
}
