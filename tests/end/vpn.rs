//! The VPN as its users have it: a configuration that works as it is, a revocation that holds, and nobody else who notices.

mod client;

use crate::play::{Play, Run, folder};
use crate::testbed::{sh, ssh, ssh_config, testbed};
use client::Client;

/// What only clients of the VPN reach: a service of vps3.
const INNER: (&str, u16) = ("10.104.0.4", 2200);

/// Leaves the hosts bare: other tests know nothing of a firewall.
struct Bare;

impl Drop for Bare {
    fn drop(&mut self) {
        testbed(&["reset"]);
    }
}

fn play(book: &str, words: &[&str]) -> Run {
    let inventory = folder("vpn/hosts.yml").display().to_string();
    Play::book(book, &[&["-i", &inventory, "--yes"], words].concat())
        .run()
        .expect(0)
}

/// The playbook as it is handed out.
fn users(words: &[&str]) -> Run {
    play("../../playbooks/vpn_users.yml", words)
}

/// Takes a run back, and gives what was said of what is left.
fn take_back(run: &Run) -> String {
    let name = run.of("run_started")[0]["run"].clone();
    let (hosts, config) = (folder("vpn/hosts.yml"), ssh_config());
    let (hosts, config) = (hosts.to_string_lossy(), config.to_string_lossy());
    let name = name.as_str().expect("a run has a name");
    let words = [
        "rollback", name, "-i", &hosts, "-F", &config, "--limit", "vps1",
    ];
    let words = [&words[..], &["--yes", "--output", "json"]].concat();
    let back = Play::plain(&words).run().expect(0);
    format!("{:?}", back.of("task_planned"))
}

fn configuration(user: &str) -> String {
    sh("vps1", &format!("cat /etc/wireguard/clients/{user}.conf"))
}

/// Seconds since 1970 of the last handshake, and bytes received, by the gateway's count. A peer made anew has none.
fn counted(key: &str) -> (u64, u64) {
    let script = format!("wg show wg0 dump | awk -v key={key} '$1 == key {{ print $5, $6 }}'");
    let counted = sh("vps1", &script);
    let (at, received) = counted.split_once(' ').expect("the peer is there");
    (
        at.parse().expect("a time"),
        received.parse().expect("a number"),
    )
}

/// The public key of a user's configuration.
fn key_of(user: &str) -> String {
    sh(
        "vps1",
        &format!("wg pubkey </etc/wireguard/clients/{user}.key"),
    )
}

#[test]
fn a_user_comes_in_is_revoked_for_good_and_nobody_else_notices() {
    let _bare = Bare;
    play("vpn/site.yml", &[]);
    users(&["-e", "add=bert"]);

    let (anna, bert) = (
        Client::plug(1, "10.104.0.101"),
        Client::plug(2, "10.104.0.102"),
    );
    assert!(anna.reaches(INNER.0, 22, 10), "the hosts' network is there");
    assert!(!anna.reaches(INNER.0, INNER.1, 2), "the service is open");
    anna.connect(&configuration("anna"));
    bert.connect(&configuration("bert"));
    assert!(anna.reaches(INNER.0, INNER.1, 10), "anna's tunnel");
    assert_eq!(anna.resolves("vps3.internal"), INNER.0);
    assert_eq!(anna.resolves("inner-service.internal"), INNER.0);
    let mut talk = bert.talk("vps3", INNER.0, INNER.1);
    talk.echo("before");

    let (annas, berts) = (key_of("anna"), key_of("bert"));
    let secret = sh("vps1", "cat /etc/wireguard/clients/anna.key");
    let before = counted(&berts);
    let revoked = users(&["-e", "revoke=anna"]);
    talk.echo("after");
    let after = counted(&berts);
    assert!(
        before.0 > 0 && after.0 >= before.0 && after.1 > before.1,
        "bert's peer was made anew: {before:?}, {after:?}"
    );
    assert!(!anna.reaches(INNER.0, INNER.1, 2), "anna is still in");
    assert!(bert.reaches(INNER.0, INNER.1, 10), "bert is out");
    assert_eq!(bert.resolves("nobody.internal"), "");
    no_trace("anna", &annas);
    let said = format!("{:?}{}", revoked.events, revoked.error);
    assert!(!said.contains(&secret), "anna's private key was shown");

    play("vpn/site.yml", &[]).expect_nothing_to_do();
    no_trace("anna", &annas);
    assert!(!anna.reaches(INNER.0, INNER.1, 2), "anna is in again");
    talk.echo("at last");

    stays_out_of_a_rollback(&revoked, &anna, &annas);
}

/// # Panics
/// Where taking back the run of a revocation lets its user in, now or with the next start of the gateway.
#[track_caller]
fn stays_out_of_a_rollback(revoked: &Run, client: &Client, key: &str) {
    let left = take_back(revoked);
    for words in [
        "/etc/wireguard/users.yml: who was revoked stays out",
        "/etc/wireguard/wg0.conf: a peer that was taken out stays out",
    ] {
        assert!(left.contains(words), "no {words:?} in {left}");
    }
    sh("vps1", "systemctl restart wg-quick@wg0");
    no_trace("anna", key);
    let is_in = client.reaches(INNER.0, INNER.1, 2);
    assert!(!is_in, "the rollback lets the user in");
}

/// # Panics
/// Where anything of a user is left on the gateway but that they are revoked.
#[track_caller]
fn no_trace(user: &str, key: &str) {
    let peers = sh("vps1", "wg show wg0 peers; cat /etc/wireguard/wg0.conf");
    assert!(!peers.contains(key), "{user} is still a peer");
    let files = sh("vps1", "ls /etc/wireguard/clients");
    assert!(!files.contains(user), "files of {user} are left: {files}");
}

/// Whether vps2, which the others do not trust here, reaches the service.
fn vps2_reaches_it() -> bool {
    let (address, port) = INNER;
    let script = format!("timeout 5 bash -c 'exec 3<>/dev/tcp/{address}/{port}'");
    ssh("root", "vps2", &script).status.success()
}

#[test]
fn openvpn_lets_a_user_in_by_certificate_and_a_revoked_one_never_again() {
    let _bare = Bare;
    play("vpn/openvpn.yml", &[]);
    let profile = sh("vps1", "cat /etc/openvpn/play/profiles/anna.ovpn");
    sh(
        "vps2",
        &format!(
            "export DEBIAN_FRONTEND=noninteractive
             apt-get update -qq && apt-get install -y -qq --no-install-recommends openvpn >/dev/null
             umask 077; cat >/etc/openvpn/client/anna.conf <<'END'\n{profile}\nEND"
        ),
    );
    assert!(!vps2_reaches_it(), "the service is open");
    // the unit has started when the tunnel is up
    sh("vps2", "systemctl start openvpn-client@anna");
    assert!(vps2_reaches_it(), "anna's tunnel");

    let users = "../../playbooks/openvpn_users.yml";
    let revoked = play(users, &["-e", "revoke=anna"]);
    let secret = profile.lines().skip_while(|line| *line != "<key>").nth(2);
    let said = format!("{:?}{}", revoked.events, revoked.error);
    assert!(!said.contains(secret.expect("a key")), "the key was shown");
    assert!(!vps2_reaches_it(), "anna is still in");
    sh("vps2", "systemctl kill -s USR1 openvpn-client@anna");
    sh(
        "vps1",
        "timeout 30 bash -c 'grep -q -m1 \"certificate revoked: CN=anna\" <(journalctl -f -n 1000 -u openvpn-server@play)' 2>/dev/null",
    );
    assert!(!vps2_reaches_it(), "anna is in again");
    let files = sh(
        "vps1",
        "find /etc/openvpn/play/keys /etc/openvpn/play/profiles -type f",
    );
    assert_eq!(files, "", "files of anna are left");
    let left = take_back(&revoked);
    assert!(
        left.contains("/etc/openvpn/play/users.yml: who was revoked stays out"),
        "{left}"
    );
    play("vpn/openvpn.yml", &[]).expect_nothing_to_do();
    let cursor = sh(
        "vps1",
        "journalctl -n 1 -q --show-cursor | sed -n 's/^-- cursor: //p'",
    );
    sh("vps2", "systemctl restart --no-block openvpn-client@anna");
    let refused = format!("journalctl -f --after-cursor={cursor:?} -u openvpn-server@play");
    sh(
        "vps1",
        &format!(
            "timeout 30 bash -c 'grep -q -m1 \"certificate revoked: CN=anna\" <({refused})' 2>/dev/null"
        ),
    );
    assert!(!vps2_reaches_it(), "the rollback lets anna in");
}
