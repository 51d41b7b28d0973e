//! nftables and WireGuard for real, each test in a network namespace of its own: `cargo test -p play-system -- --ignored`, as root.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make the machine they look at"
)]
use play_core::{Act, Change, Query, Resource, State, System, View};
use play_system::Machine;
use std::process::Command;

/// Runs the test of this name again within a new namespace; true there.
fn within_namespace(test: &str) -> bool {
    if std::env::var_os("PLAY_TEST_NAMESPACE").is_some() {
        return true;
    }
    let status = Command::new("unshare")
        .args(["--net", "--mount", "--", "sh", "-c"])
        // Interfaces are looked for in /sys, which shows those of the namespace it was mounted in.
        .arg("mount -t sysfs sysfs /sys && ip link set lo up && exec \"$@\"")
        .arg("sh")
        .arg(std::env::current_exe().expect("own path"))
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env("PLAY_TEST_NAMESPACE", "1")
        .status();
    assert!(status.expect("unshare").success());
    false
}

const SCRIPT: &str = r#"
define lan = { 10.0.0.0/8, 192.168.1.0/24 }
table inet play
delete table inet play
table inet play {
  set ban { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
  set many { type ipv4_addr; elements = { 10.9.9.9, 10.1.1.1, 172.16.0.3, 8.8.8.8, 1.2.3.4 } }
  set ranges { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/24, 10.0.1.0/24 } }
  map ports { type inet_service : verdict; elements = { 80 : accept, 22 : drop } }
  counter web { }
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif "lo" counter accept
    tcp dport ssh counter accept
    tcp dport { 443, 8080-8090 } counter name web accept
    ip saddr $lan meta l4proto { tcp, udp } th dport 53 accept
    ip saddr 10.1.2.3 add @ban { ip saddr }
    tcp dport vmap @ports
  }
}
"#;

fn normal(script: &str) -> play_core::Value {
    let query = Query::NormalRules {
        script: script.into(),
        family: "inet".into(),
        name: "play".into(),
    };
    Machine::default().ask(&query).expect("answered")
}

/// The live table's rules; None where there is no table.
fn live() -> Option<String> {
    match Machine::default().look(&Resource::Table("inet play".into())) {
        Ok(State::Table(table)) => Some(table.rules),
        Ok(State::Absent) => None,
        other => panic!("{other:?}"),
    }
}

fn load(script: &str) -> Result<play_core::Effect, play_core::Fault> {
    let script = script.into();
    Machine::default().apply(&Change::new(Act::Table { script }))
}

#[test]
#[ignore = "needs root and nft"]
fn live_rules_compare_equal_to_the_normal_form_of_what_was_loaded() {
    if !within_namespace("live_rules_compare_equal_to_the_normal_form_of_what_was_loaded") {
        return;
    }
    let wanted = normal(SCRIPT)["rules"].as_str().map(str::to_owned);
    assert!(wanted.is_some());
    assert_eq!(live(), None, "the normal form is made elsewhere");
    for _ in 0..2 {
        load(SCRIPT).expect("loaded");
        shell("nft add element inet play ban '{ 9.9.9.9 }'");
        assert_eq!(live(), wanted);
    }
    let other = normal(&SCRIPT.replace("policy drop", "policy accept"));
    assert_ne!(other["rules"].as_str().map(str::to_owned), wanted);
    let bad = normal("table inet play { chain c { typ filter; }; }");
    let words = bad["error"].as_str().expect("an error");
    assert!(words.starts_with("line 1:"), "{words}");
    assert!(load(&format!("{SCRIPT}\nadd rule inet play none accept")).is_err());
    assert_eq!(live(), wanted, "a script that fails changes nothing");
}

fn shell(line: &str) -> String {
    let output = Command::new("sh").args(["-ec", line]).output().expect("sh");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {words}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A folder of its own and the key file in it that `play` made, with its public key.
fn made_key() -> (String, String, String) {
    let folder = shell("mktemp -d");
    let file = format!("{folder}/keys/wgplay.key");
    let change = Change::new(Act::PrivateKey {
        path: file.clone(),
        kind: play_core::act::KeyKind::WireGuard,
    });
    let first = Machine::default().apply(&change).expect("made").output;
    let kept = Machine::default().apply(&change).expect("kept").output;
    assert_eq!(kept, first);
    assert_eq!(
        shell(&format!("stat -c %a {file} {folder}/keys")),
        "600\n700"
    );
    let public_key = first["public_key"].as_str().expect("a key").to_owned();
    (folder, file, public_key)
}

#[test]
#[ignore = "needs root, wg and WireGuard in the kernel or wireguard-go"]
fn a_live_tunnel_changes_without_losing_its_key_or_its_peers() {
    if !within_namespace("a_live_tunnel_changes_without_losing_its_key_or_its_peers") {
        return;
    }
    let (folder, file, public_key) = made_key();
    let (stays, goes) = (
        shell("wg genkey | wg pubkey"),
        shell("wg genkey | wg pubkey"),
    );
    shell(&format!(
        "ip link add wgplay type wireguard 2>/dev/null || wireguard-go wgplay >/dev/null 2>&1
         wg set wgplay private-key {file} listen-port 51820 \
            peer {stays} persistent-keepalive 25 allowed-ips 10.8.0.2/32 peer {goes} allowed-ips 10.77.0.0/16
         ip addr add 10.8.0.1/24 dev wgplay; ip link set up dev wgplay; ip route add 10.77.0.0/16 dev wgplay"
    ));
    let tunnel = Resource::Tunnel("wgplay".into());
    let look = || Machine::default().look(&tunnel).expect("seen");
    let before = look();
    let apply = |configuration: &str| {
        let act = Act::Tunnel {
            interface: "wgplay".into(),
            configuration: configuration.into(),
        };
        let change = Change::new(act).leaving(tunnel.clone(), before.clone(), before.clone());
        Machine::default().apply(&change)
    };
    let wanted = format!(
        "[Interface]\nAddress = 10.9.0.1/24\nMTU = 1400\nPostUp = wg set %i private-key {file}\n\
         [Peer]\nPublicKey = {stays}\nAllowedIPs = 10.8.0.2/32, 10.50.1.7/16\n"
    );
    for useless in [wanted.replace(".key", ".none"), String::new()] {
        assert!(apply(&useless).is_err());
        assert_eq!(look(), before);
    }
    apply(&wanted).expect("changed");
    let State::Tunnel(after) = look() else {
        panic!("no interface");
    };
    assert_eq!(after.public_key, public_key);
    assert_eq!(after.addresses, ["10.9.0.1/24"]);
    assert_eq!((after.mtu, after.listen_port), (Some(1400), Some(51820)));
    assert_eq!(after.peers.keys().collect::<Vec<_>>(), [&stays]);
    assert_eq!(after.peers[&stays].keepalive, None);
    let routes = shell("ip route show dev wgplay");
    assert!(
        routes.contains("10.50.0.0/16") && !routes.contains("10.77.0.0/16"),
        "{routes}"
    );
    shell(&format!("ip link del wgplay; rm -rf {folder}"));
}
