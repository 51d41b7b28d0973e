//! The test hosts are what the other tests take them for.

use crate::testbed::{port_answers, sh, ssh, testbed};

#[test]
fn every_host_is_up_under_its_name() {
    for host in ["vps1", "vps2", "vps3"] {
        assert_eq!(sh(host, "hostname"), host);
        assert_eq!(sh(host, "systemctl is-system-running --wait"), "running");
    }
}

#[test]
fn inner_hosts_are_reached_only_by_way_of_the_first() {
    assert!(port_answers(false, "10.104.0.2", 22));
    for address in ["10.104.0.3", "10.104.0.4"] {
        assert!(
            !port_answers(false, address, 22),
            "{address} answers the machine"
        );
        assert!(
            port_answers(true, address, 22),
            "{address} refuses everybody"
        );
    }
}

#[test]
fn a_line_that_a_killed_run_left_disturbed_is_whole_again_at_the_next_start() {
    let rule = "add table inet play_testbed_fault; \
        add chain inet play_testbed_fault heard { type filter hook input priority 0; }; \
        add rule inet play_testbed_fault heard ip saddr 10.104.0.2 tcp sport 22 drop";
    assert!(testbed(&["exec", "nft", rule]).status.success());
    assert!(!port_answers(false, "10.104.0.2", 22));
    assert!(testbed(&["up"]).status.success());
    assert!(port_answers(false, "10.104.0.2", 22));
}

#[test]
fn users_have_the_rights_of_their_names() {
    let root = |user: &str, script: &str| {
        String::from_utf8_lossy(&ssh(user, "vps2", script).stdout).trim() == "0"
    };
    assert!(root("admin", "sudo -n id -u"));
    assert!(!root("deploy", "sudo -n id -u"));
    assert!(root(
        "deploy",
        "echo testbed-password | sudo -S -p '' id -u"
    ));
    assert!(!root(
        "nosudo",
        "echo testbed-password | sudo -S -p '' id -u"
    ));
}

#[test]
fn no_host_can_set_the_clock() {
    // bit 25 of the bounding set is CAP_SYS_TIME: with it a host's time zone would step the machine's clock
    let bounding = sh("vps3", "sed -n 's/^CapBnd:[[:space:]]*//p' /proc/1/status");
    let bounding = u64::from_str_radix(&bounding, 16).expect("a mask in hexadecimal");
    assert_eq!(bounding & (1 << 25), 0);
}
