//! Facts under the names Ansible gives them: `ansible_os_family` and `ansible_facts.os_family` are `facts.os.family`.
use crate::expression::step::walk;
use play_core::Value;
use serde_json::{Map, json};

/// Names with a path of ours that means the same.
const PATHS: &[(&str, &str)] = &[
    ("os_family", "os.family"),
    ("distribution", "os.distribution"),
    ("distribution_release", "os.release"),
    ("distribution_version", "os.version"),
    ("distribution_major_version", "os.major_version"),
    ("architecture", "architecture"),
    ("machine", "architecture"),
    ("kernel", "kernel"),
    ("hostname", "hostname"),
    ("nodename", "hostname"),
    ("fqdn", "fqdn"),
    ("domain", "domain"),
    ("processor_vcpus", "cpu.count"),
    ("processor_nproc", "cpu.count"),
    ("processor_cores", "cpu.count"),
    ("memtotal_mb", "memory.total_mb"),
    ("memfree_mb", "memory.free_mb"),
    ("swaptotal_mb", "memory.swap_mb"),
    ("default_ipv4", "network.default"),
    ("service_mgr", "service_manager"),
    ("pkg_mgr", "package_manager"),
    ("user_id", "user.name"),
    ("user_uid", "user.uid"),
    ("user_dir", "user.home"),
    ("virtualization_type", "virtualization.type"),
    ("virtualization_role", "virtualization.role"),
    ("date_time", "date"),
    ("env", "environment"),
    ("uptime_seconds", "boot.uptime_s"),
    ("mounts", "mounts"),
    ("selinux", "selinux"),
    ("packages", "packages"),
    ("services", "services"),
];

/// Names made from several of ours.
const MADE: &[&str] = &[
    "all_ipv4_addresses",
    "all_ipv6_addresses",
    "interfaces",
    "lsb",
    "system",
];

/// Whether Ansible has a fact of this name (without `ansible_`) that we can give.
pub(super) fn is_alias(name: &str) -> bool {
    PATHS.iter().any(|(alias, _)| *alias == name) || MADE.contains(&name)
}

pub(super) fn aliases() -> impl Iterator<Item = &'static str> {
    PATHS
        .iter()
        .map(|(alias, _)| *alias)
        .chain(MADE.iter().copied())
}

/// The fact Ansible has under a name without its `ansible_`.
pub(super) fn alias(facts: &Value, name: &str) -> Option<Value> {
    if let Some((_, path)) = PATHS.iter().find(|(alias, _)| *alias == name) {
        return walk(facts, path);
    }
    match name {
        "all_ipv4_addresses" => addresses(facts, |address| !address.contains(':')),
        "all_ipv6_addresses" => addresses(facts, |address| address.contains(':')),
        "interfaces" => match walk(facts, "network.interfaces")? {
            Value::Object(map) => Some(map.keys().cloned().collect()),
            other => Some(other),
        },
        "lsb" => Some(json!({
            "id": walk(facts, "os.distribution"),
            "codename": walk(facts, "os.release"),
            "release": walk(facts, "os.version"),
            "major_release": walk(facts, "os.major_version"),
        })),
        "system" => Some("Linux".into()),
        _ => None,
    }
}

fn addresses(facts: &Value, wanted: impl Fn(&str) -> bool) -> Option<Value> {
    match walk(facts, "network.addresses")? {
        Value::Array(items) => {
            let texts = items.iter().filter_map(Value::as_str);
            Some(
                texts
                    .filter(|text| wanted(text))
                    .map(|text| text.split('/').next().unwrap_or_default())
                    .collect(),
            )
        }
        other => Some(other),
    }
}

/// Our top-level facts behind the name of a fact, ours or Ansible's without its `ansible_`.
pub fn top_level(name: &str) -> Vec<String> {
    let path = PATHS
        .iter()
        .find(|(alias, _)| *alias == name)
        .map(|(_, path)| *path);
    let path = match (path, name) {
        (Some(path), _) => path,
        (None, "all_ipv4_addresses" | "all_ipv6_addresses" | "interfaces") => "network",
        (None, "lsb") => "os",
        (None, name) => name,
    };
    vec![path.split('.').next().unwrap_or(path).to_owned()]
}

/// `ansible_facts`: our facts with Ansible's names beside them.
pub(super) fn ansible(facts: &Value) -> Value {
    let Value::Object(own) = facts else {
        return facts.clone();
    };
    let mut all: Map<String, Value> = own.clone();
    for name in aliases() {
        if let Some(value) = alias(facts, name) {
            all.insert(name.to_owned(), value);
        }
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ansible_names_lead_to_our_facts() {
        let facts = json!({"os": {"family": "Debian"}, "network": {"addresses": ["10.0.0.1/24", "fd00::1"]}, "mounts": [1]});
        assert_eq!(alias(&facts, "os_family"), Some("Debian".into()));
        assert_eq!(
            alias(&facts, "all_ipv4_addresses"),
            Some(json!(["10.0.0.1"]))
        );
        assert_eq!(alias(&facts, "memtotal_mb"), None);
        let all = ansible(&facts);
        assert_eq!(all["os_family"], "Debian");
        assert_eq!(all["os"]["family"], "Debian");
    }
}
