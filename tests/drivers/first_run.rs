//! A first run on a bare host: every task is planned although what it needs is only planned too.
use play_core::{Outcome, System, Value};
use play_system::memory::debian;
use play_system::{NoWitness, Overlay, run};
use serde_json::json;

/// Tasks as a playbook for a new server has them, in order.
fn tasks() -> Vec<(&'static str, Value)> {
    vec![
        (
            "apt_repository",
            json!({
                "name": "docker", "uris": "https://download.docker.com/linux/debian", "suites": "trixie", "components": "stable",
                "key_url": "https://download.docker.com/linux/debian/gpg", "key_checksum": format!("sha256:{}", "0".repeat(64)),
            }),
        ),
        (
            "package",
            json!({"name": ["docker-ce", "nftables", "wireguard-tools", "nginx"]}),
        ),
        (
            "service",
            json!({"name": ["docker", "nginx", "nftables"], "state": "started", "enabled": true}),
        ),
        (
            "sysctl",
            json!({"name": "net.ipv4.ip_forward", "value": "1"}),
        ),
        (
            "nftables",
            json!({"rules": "chain input {\n type filter hook input priority 0; policy drop;\n tcp dport 22 accept\n}"}),
        ),
        ("wireguard", json!({"addresses": "10.8.0.1/24"})),
        ("package", json!({"name": "nginx", "state": "present"})),
    ]
}

fn outcomes(system: &mut dyn System) -> Vec<Outcome> {
    tasks()
        .into_iter()
        .map(|(name, arguments)| {
            let entry = play_modules::find(name).expect("a module");
            let report = run(entry, &arguments, system, &mut NoWitness);
            assert!(report.fault.is_none(), "{name}: {:?}", report.fault);
            report.outcome
        })
        .collect()
}

#[test]
fn a_check_of_a_bare_host_plans_every_task_and_alters_nothing() {
    let host = debian::bare("vps1", "192.0.2.1");
    let mut imagined = Overlay::over(host.clone());
    let mut expected = vec![Outcome::Changed; 6];
    expected.push(Outcome::Unchanged);
    assert_eq!(outcomes(&mut imagined), expected);
    assert_eq!(imagined.below, host);
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let mut host = debian::bare("vps1", "192.0.2.1");
    outcomes(&mut host);
    let again = outcomes(&mut host);
    assert!(
        again.iter().all(|outcome| *outcome == Outcome::Unchanged),
        "{again:?}"
    );
}
