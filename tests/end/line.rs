//! Keeping the line: a change that locks its own run out is undone by the host, the run says so, and the host is as before.

use crate::play::{Play, Run};
use crate::testbed::{sh, testbed};

const WORDS: [&str; 3] = ["--yes", "--confirm-within", "6"];

fn undone(run: &Run, task: &str) {
    let message = run.task("task_finished", "vps3", task)["message"].to_string();
    assert!(message.contains("undone"), "{message}");
    assert_eq!(run.count("vps3", "undone"), 1);
}

fn book(name: &str, words: &[&str]) -> Run {
    Play::book(&format!("line/{name}.yml"), &[&WORDS, words].concat()).run()
}

/// vps3 as it was before these tests, whatever they left; not over ssh, which they may have shut.
fn bare() {
    let script = "rm -f /etc/nftables.d/guard.nft /etc/ssh/sshd_config.d/play-end.conf
        nft delete table inet guard 2>/dev/null
        # many restarts in a few seconds are what systemd refuses, and these tests are quick
        systemctl reset-failed ssh; systemctl restart ssh";
    assert!(
        testbed(&["enter", "vps3", "sh", "-c", script])
            .status
            .success()
    );
}

#[test]
fn rules_that_lock_the_run_out_are_undone() {
    bare();
    book("rules", &["-e", "ssh=accept"]).expect(0);
    let before = sh(
        "vps3",
        "nft list table inet guard; cat /etc/nftables.d/guard.nft",
    );

    // without allow_lockout the plan already refuses
    let refused = book("rules", &["-e", "ssh=drop"]).expect(1);
    assert!(
        refused.of("task_finished").is_empty(),
        "{}",
        refused.words()
    );

    let run = book("rules", &["-e", "ssh=drop", "-e", "allow=true"]).expect(1);
    undone(&run, "the guard's rules");
    assert_eq!(
        sh(
            "vps3",
            "nft list table inet guard; cat /etc/nftables.d/guard.nft"
        ),
        before
    );

    book("rules", &["-e", "ssh=accept"])
        .expect(0)
        .expect_nothing_to_do();
    bare();
}

#[test]
fn an_sshd_that_no_longer_listens_is_undone() {
    bare();
    book("sshd", &["-e", "port=22"]).expect(0);
    let run = book("sshd", &["-e", "port=2222"]).expect(1);
    undone(&run, "sshd reads its settings");
    assert_eq!(
        sh("vps3", "cat /etc/ssh/sshd_config.d/play-end.conf"),
        "Port 22"
    );
    // the handler that was undone is still due: the next run does it, the one after has nothing to do
    book("sshd", &["-e", "port=22"]).expect(0);
    book("sshd", &["-e", "port=22"])
        .expect(0)
        .expect_nothing_to_do();

    let run = book("sshd", &["-e", "port=nonsense"]).expect(1);
    assert!(
        run.words().contains("nonsense") || run.words().contains("Badly formatted"),
        "{}",
        run.words()
    );
    assert_eq!(
        sh("vps3", "cat /etc/ssh/sshd_config.d/play-end.conf"),
        "Port 22"
    );
    bare();
}
