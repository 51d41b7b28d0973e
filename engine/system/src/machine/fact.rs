//! Facts: what a play may want to know of a machine, read natively and only where it is wanted.
mod address;
pub(crate) mod clock;
mod hardware;
mod mount;
mod name;
mod network;
mod os;
mod service;
mod virtualization;

use super::account::{self, database};
use super::package;
use play_core::{State, Value};
use serde_json::{Map, json};

/// The object of the wanted top-level facts (`play_core::fact::NAMES`); names nobody knows are left out.
pub fn gather(wanted: &[String]) -> Value {
    let mut facts = Map::new();
    for name in wanted {
        if let Some(value) = one(name) {
            facts.insert(name.clone(), value);
        }
    }
    Value::Object(facts)
}

fn one(name: &str) -> Option<Value> {
    Some(match name {
        "architecture" => hardware::architecture().into(),
        "boot" => clock::boot(),
        "cpu" => hardware::cpu(),
        "date" => clock::date(),
        "distribution" => os::distribution().into(),
        "domain" => name::domain().into(),
        "environment" => environment(),
        "fqdn" => name::fqdn().into(),
        "hostname" => name::hostname().into(),
        "kernel" => hardware::kernel().into(),
        "memory" => hardware::memory(),
        "mounts" => mount::mounts(),
        "network" => network::network(),
        "os" => os::os(),
        "package_manager" => package::name().into(),
        "packages" => packages(),
        "selinux" => hardware::selinux(),
        "service_manager" => service::manager().into(),
        "services" => service::services(),
        "swap" => hardware::swap(),
        "user" => user(),
        "users" => users(),
        "virtualization" => virtualization::virtualization(),
        _ => return None,
    })
}

/// The agent's own environment, as programs get it.
fn environment() -> Value {
    std::env::vars_os()
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        })
        .collect::<std::collections::BTreeMap<_, _>>()
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect::<Map<_, _>>()
        .into()
}

/// `{name: version}` of what is installed.
fn packages() -> Value {
    let Ok(status) = package::dpkg::status() else {
        return json!({});
    };
    status
        .installed
        .iter()
        .map(|(name, package)| (name.clone(), Value::String(package.version.clone())))
        .collect::<Map<_, _>>()
        .into()
}

/// The account we are.
fn user() -> Value {
    let uid = rustix::process::geteuid().as_raw();
    let name = database::user_name(uid);
    let home = account::find(&name).map(|account| account.home);
    json!({ "name": name, "uid": uid, "home": home })
}

/// `{name: {uid, gid, home, shell, group}}` of the accounts in /etc/passwd.
fn users() -> Value {
    let mut users = Map::new();
    for row in database::users().iter() {
        let group = database::group_name(row.gid);
        users.insert(
            row.name.clone(),
            json!({ "uid": row.uid, "gid": row.gid, "group": group, "home": row.home, "shell": row.shell }),
        );
    }
    Value::Object(users)
}

/// A small text file's content, trimmed; empty where there is none.
fn text(path: &str) -> String {
    std::fs::read_to_string(path)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

/// The text of a state that is one.
fn state_text(state: Result<State, play_core::Fault>) -> String {
    match state {
        Ok(State::Text(text)) => text,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn every_promised_fact_is_there_and_none_besides() {
        let wanted: Vec<String> = play_core::fact::NAMES
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let facts = gather(&wanted);
        let facts = facts.as_object().expect("an object");
        for name in &wanted {
            assert!(facts.contains_key(name), "{name}");
        }
        assert_eq!(gather(&[]), json!({}));
        assert_eq!(gather(&["nonsense".into()]), json!({}));
    }

    #[test]
    fn they_are_read_fast() {
        let wanted: Vec<String> = [
            "os", "network", "memory", "mounts", "cpu", "packages", "users", "fqdn", "date",
        ]
        .map(str::to_owned)
        .to_vec();
        let begun = Instant::now();
        let facts = gather(&wanted);
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{:?}",
            begun.elapsed()
        );
        assert!(facts["memory"]["total_mb"].as_u64() > Some(10));
        assert!(facts["cpu"]["count"].as_u64() >= Some(1));
        assert!(
            facts["mounts"]
                .as_array()
                .is_some_and(|mounts| mounts.iter().any(|mount| mount["mount"] == "/"))
        );
        assert_eq!(facts["users"]["root"]["uid"], 0);
    }
}
