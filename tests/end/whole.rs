//! A set of servers with one of everything, from bare to done in one run, and nothing to do in the second.

use crate::play::Play;
use crate::testbed::{port_answers, sh};

const BOOK: &str = "whole/site.yml";

#[test]
fn one_of_everything_is_made_in_one_run_and_left_alone_in_the_next() {
    let boot = sh(
        "vps3",
        "rm -f /etc/play-whole/restarted; cat /proc/sys/kernel/random/boot_id",
    );
    let check = Play::book(BOOK, &["--check"]).run().expect(0);
    assert!(
        check
            .of("task_planned")
            .iter()
            .all(|event| event["outcome"] != "failed" || event["ignored"] == true)
    );
    let run = Play::book(BOOK, &["--yes"]).run().expect(0);
    // what a rescue does is in no plan: whether its block fails is not known then
    let differing: Vec<_> = run
        .events
        .iter()
        .filter(|event| event["differs"] == true && event["task"] != "it is rescued")
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
    assert_ne!(
        boot,
        sh("vps3", "cat /proc/sys/kernel/random/boot_id"),
        "it was not restarted"
    );
    look();
    let again = Play::book(BOOK, &["--yes"]).run().expect(0);
    again.expect_nothing_done();
}

/// What the run has made, seen by other means.
fn look() {
    for host in ["vps1", "vps2", "vps3"] {
        look_at(host);
    }
    let is = |host, script, wanted: &str| assert_eq!(sh(host, script), wanted, "{host}: {script}");
    is("vps3", "sort /etc/play-whole/list", "vps1\nvps2\nvps3");
    sh("vps1", "ping -c 1 -W 5 10.205.0.2");
    sh("vps2", "ping -c 1 -W 5 10.205.0.1");
    is(
        "vps2",
        "docker ps --format '{{.Image}} {{.State}}'",
        "play-end:1 running",
    );
    is(
        "vps3",
        "cat /etc/play-whole/downloaded /srv/play-site/pages/one.html",
        "hello from the site\npage",
    );
    is(
        "vps3",
        "cat /srv/play-clone/one /etc/play-whole/scripted",
        "one\nscripted",
    );
    is("vps3", "stat -c %a /etc/play-whole/downloaded", "640");
    assert!(port_answers(true, "10.104.0.4", 8077));
}

/// What every host has.
fn look_at(host: &str) {
    let is = |script, wanted: &str| assert_eq!(sh(host, script), wanted, "{host}: {script}");
    let has = |script, wanted: &str| assert!(sh(host, script).contains(wanted), "{host}: {script}");
    is("getent group crew", "crew:x:4700:ada,bob");
    is(
        "stat -c %a:%U /home/ada/.ssh /home/ada/.ssh/authorized_keys",
        "700:ada\n600:ada",
    );
    is(
        "getent hosts vps2-play",
        "10.104.0.3      vps2.play.internal vps2-play",
    );
    has("crontab -u ada -l", "7 3 * * * /bin/true");
    is("cat /proc/sys/net/ipv4/conf/all/rp_filter", "2");
    is(
        "readlink -f /etc/localtime",
        "/usr/share/zoneinfo/Europe/Berlin",
    );
    has("nft list table inet play_whole", "tcp dport 22 accept");
    is(
        "cat /etc/play-whole/decision /etc/play-whole/always /etc/play-whole/rescued",
        "chosen\nalways\nit fails",
    );
}
