//! What goes wrong on the way: hosts, disks, agents and lines that fail. Each time the others go on, what happened is said,
//! and a plain second run brings everything to its end.

use crate::play::{Play, Run, Started};
use crate::testbed::{sh, testbed};

const BOOK: &str = "faults/site.yml";

/// Takes away what the book makes and what an earlier test may have left running, and closes the gate.
fn bare(hosts: &[&str]) {
    for host in hosts {
        sh(
            host,
            "pkill -9 -f '^/var/cache/play/.* [s]erve'; pkill -9 -f '[p]lay-gate'; true",
        );
        sh(host, "rm -rf /etc/play-fault /run/play-gate");
    }
}

fn open_gate(host: &str) {
    sh(host, "touch /run/play-gate");
}

/// A run on one host that stands at the gate.
fn at_the_gate(host: &str) -> Started {
    let mut run = Play::book(BOOK, &["--limit", host, "--yes"]).start();
    run.until_started("the gate");
    run
}

/// What a plain re-run must lead to, whatever happened before it; a third has nothing to do.
#[track_caller]
fn expect_convergence(host: &str) -> Run {
    open_gate(host);
    let words = &["--limit", host, "--yes"];
    let run = Play::book(BOOK, words).run().expect(0);
    assert_eq!(
        sh(host, "cd /etc/play-fault; cat before gate behind due"),
        "before\npassed\nbehind\ndone"
    );
    Play::book(BOOK, words)
        .run()
        .expect(0)
        .expect_nothing_to_do();
    run
}

fn there(host: &str, file: &str) -> bool {
    sh(
        host,
        &format!("[ -e /etc/play-fault/{file} ] && echo yes || echo no"),
    ) == "yes"
}

/// The message a host was lost with.
#[track_caller]
fn lost(run: &Run, host: &str) -> String {
    let failed = run.of("host_failed");
    let event = failed
        .iter()
        .find(|event| event["host"] == host)
        .unwrap_or_else(|| panic!("{host} was not lost: {}", run.words()));
    event["message"].as_str().unwrap_or_default().to_owned()
}

/// Kills processes of vps2 without ssh.
fn kill(pattern: &str) {
    assert!(
        testbed(&["enter", "vps2", "pkill", "-9", "-f", pattern])
            .status
            .success(),
        "nothing to kill"
    );
}

/// Waits until a script succeeds on the host.
fn await_on(host: &str, script: &str) {
    sh(
        host,
        &format!("for i in $(seq 300); do {script} && exit 0; sleep 0.1; done; exit 1"),
    );
}

#[test]
fn a_host_that_is_down_holds_nobody_else_back() {
    bare(&["vps1", "vps2", "vps3"]);
    open_gate("vps1");
    open_gate("vps3");
    assert!(testbed(&["power-cut", "vps2"]).status.success());
    let run = Play::book(BOOK, &["--yes", "--connect-timeout", "5"]).run();
    assert!(testbed(&["up", "vps2"]).status.success());
    let run = run.expect(1);
    assert!(
        lost(&run, "vps2").contains("10.104.0.3"),
        "{}",
        lost(&run, "vps2")
    );
    assert_eq!(run.count("vps2", "unreachable"), 1);
    assert!(
        there("vps1", "behind") && there("vps3", "behind"),
        "{}",
        run.words()
    );
    assert!(!there("vps2", "before"));
    for host in ["vps1", "vps2", "vps3"] {
        expect_convergence(host);
    }
}

#[test]
fn a_full_disk_leaves_no_half_file() {
    bare(&["vps2", "vps3"]);
    sh(
        "vps2",
        "mkdir -p /etc/play-fault/small; mount -t tmpfs -o size=64k tmpfs /etc/play-fault/small",
    );
    let large = format!("large={}", "0123456789abcdef".repeat(6000));
    let words = &["-e", &large, "--yes"];
    let run = Play::book("faults/disk.yml", words).run();
    let left = sh(
        "vps2",
        "ls -A /etc/play-fault/small; umount /etc/play-fault/small",
    );
    let run = run.expect(1);
    assert_eq!(left, "", "something is left on the full disk");
    let message = run.task("task_finished", "vps2", "a large file")["message"].to_string();
    assert!(message.contains("o space left"), "{message}");
    assert!(there("vps3", "after"), "{}", run.words());
    Play::book("faults/disk.yml", words).run().expect(0);
    assert!(there("vps2", "small/large") && there("vps2", "after"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a file of the test's own folder")]
fn a_flood_of_words_and_content_needed_three_times_are_no_trouble() {
    bare(&["vps2"]);
    sh("vps2", "mkdir /etc/play-fault");
    let folder = tempfile::tempdir().expect("a folder");
    let large = folder.path().join("large");
    let mut state = 1_u32;
    let bytes: Vec<u8> = (0..5 << 20)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    std::fs::write(&large, bytes).expect("written");
    let words = &["--yes", "-e", &format!("large={}", large.display())];
    Play::book("faults/flood.yml", words).run().expect(0);
    let digests = sh(
        "vps2",
        "cd /etc/play-fault; sha256sum one two three | cut -d' ' -f1 | sort -u | wc -l; ls /var/lib/play | grep -c staged || true",
    );
    assert_eq!(digests, "1\n0");
    Play::book("faults/flood.yml", words)
        .run()
        .expect(0)
        .expect_nothing_done();
}

#[test]
fn a_script_that_a_killed_agent_left_behind_goes_with_the_next_run() {
    bare(&["vps2"]);
    let script = "rm -rf /run/play; mkdir -p /run/play/0123456789abcdef-4194999; echo x >/run/play/0123456789abcdef-4194999/script";
    sh("vps2", script);
    expect_convergence("vps2");
    assert_eq!(sh("vps2", "ls -A /run/play"), "");
}

#[test]
fn an_agent_that_is_killed_is_missed_at_once_and_what_was_due_is_done_later() {
    bare(&["vps2"]);
    let run = at_the_gate("vps2");
    kill("^/var/cache/play/.* serve");
    let run = run.end().expect(1);
    assert!(
        lost(&run, "vps2").contains("agent"),
        "{}",
        lost(&run, "vps2")
    );
    assert!(!there("vps2", "behind") && !there("vps2", "due"));
    // its program is left behind; it ends when the gate opens
    open_gate("vps2");
    await_on("vps2", "[ -e /etc/play-fault/gate ]");
    let run = expect_convergence("vps2");
    let notes = run.of("note");
    assert!(
        notes.iter().any(|note| note["message"]
            .as_str()
            .is_some_and(|words| words.contains("what is due"))),
        "nobody said that a handler was still due: {notes:?}"
    );
}

#[test]
fn a_line_that_is_cut_ends_the_run_and_not_what_runs() {
    bare(&["vps2"]);
    let run = at_the_gate("vps2");
    kill("^sshd-session: root@notty");
    let run = run.end().expect(1);
    assert!(
        lost(&run, "vps2").contains("vps2"),
        "{}",
        lost(&run, "vps2")
    );
    assert!(!there("vps2", "gate"));
    open_gate("vps2");
    await_on("vps2", "[ -e /etc/play-fault/gate ]");
    await_on(
        "vps2",
        "! pgrep -f '^/var/cache/play/.* [s]erve' >/dev/null",
    );
    assert!(
        !there("vps2", "behind"),
        "a change was made without a controller"
    );
    expect_convergence("vps2");
}

#[test]
fn a_host_that_falls_silent_is_given_up() {
    bare(&["vps3"]);
    let run = at_the_gate("vps3");
    assert!(
        testbed(&["enter", "vps3", "ip", "link", "set", "eth0", "down"])
            .status
            .success()
    );
    let run = run.end();
    for words in ["link set eth0 up", "route replace default via 10.104.0.1"] {
        let words: Vec<&str> = ["enter", "vps3", "ip"]
            .into_iter()
            .chain(words.split(' '))
            .collect();
        assert!(testbed(&words).status.success());
    }
    let run = run.expect(1);
    assert!(!lost(&run, "vps3").is_empty());
    open_gate("vps3");
    await_on("vps3", "[ -e /etc/play-fault/gate ]");
    // sshd may take hours to see that its line is dead: the agent there gives way to the next run
    expect_convergence("vps3");
}

#[test]
fn an_interrupt_lets_what_runs_finish() {
    bare(&["vps2"]);
    let mut run = at_the_gate("vps2");
    run.signal("INT");
    run.until(|event| event["event"] == "note");
    open_gate("vps2");
    let run = run.end().expect(130);
    assert!(there("vps2", "gate"), "what ran was not finished");
    assert!(!there("vps2", "behind"), "something new was started");
    let last = run.of("run_finished");
    assert_eq!(
        last.last().map(|event| &event["interrupted"]),
        Some(&true.into())
    );
    expect_convergence("vps2");
}

#[test]
fn a_second_interrupt_breaks_off_no_change_either() {
    bare(&["vps2"]);
    let mut run = at_the_gate("vps2");
    for _ in 0..2 {
        run.signal("INT");
        run.until(|event| event["event"] == "note");
    }
    open_gate("vps2");
    run.end().expect(130);
    assert!(there("vps2", "gate") && !there("vps2", "behind"));
    expect_convergence("vps2");
}

#[test]
fn a_third_interrupt_drops_the_lines() {
    bare(&["vps2"]);
    let mut run = at_the_gate("vps2");
    // the gate is never opened: only the third leaves it
    for _ in 0..2 {
        run.signal("INT");
        run.until(|event| event["event"] == "note");
    }
    run.signal("INT");
    run.end().expect(130);
    expect_convergence("vps2");
}

#[test]
fn a_second_run_at_once_is_told_who_holds_the_host() {
    bare(&["vps2"]);
    let first = at_the_gate("vps2");
    let second = Play::book("faults/other.yml", &["--yes"]).run().expect(1);
    let message = lost(&second, "vps2");
    assert!(
        message.contains("another run holds") && message.contains(&first.name()),
        "{message}"
    );
    assert!(
        !there("vps2", "other"),
        "the second run has changed the host"
    );
    // a check needs no lock
    Play::book("faults/other.yml", &["--check"]).run().expect(0);
    open_gate("vps2");
    first.end().expect(0);
    Play::book("faults/other.yml", &["--yes"]).run().expect(0);
    assert!(there("vps2", "other"));
}

fn says_what_is_due(run: &Run) -> bool {
    run.of("note").iter().any(|note| {
        note["message"]
            .as_str()
            .is_some_and(|words| words.contains("what is due"))
    })
}

#[test]
fn a_handler_whose_own_condition_does_not_hold_is_not_due_any_more() {
    bare(&["vps2"]);
    Play::book("faults/due.yml", &["--yes", "-e", "broken=true"])
        .run()
        .expect(1);
    let skips = &["--yes", "-e", "{wanted: false}"];
    let run = Play::book("faults/due.yml", skips).run().expect(0);
    assert!(says_what_is_due(&run), "{}", run.words());
    // notified and skipped within one run
    sh("vps2", "rm /etc/play-fault/before");
    Play::book("faults/due.yml", skips).run().expect(0);
    let run = Play::book("faults/due.yml", &["--yes"]).run().expect(0);
    assert!(!says_what_is_due(&run), "{}", run.words());
    run.expect_nothing_to_do();
    assert!(!there("vps2", "due"));
}

#[test]
fn a_handler_of_a_play_that_tags_leave_out_stays_due() {
    bare(&["vps2"]);
    Play::book("faults/due.yml", &["--yes", "-e", "broken=true"])
        .run()
        .expect(1);
    let run = Play::book("faults/due.yml", &["--yes", "--tags", "rest"])
        .run()
        .expect(0);
    assert!(says_what_is_due(&run), "{}", run.words());
    run.expect_nothing_to_do();
    assert!(!there("vps2", "due"));
    Play::book("faults/due.yml", &["--yes"]).run().expect(0);
    assert_eq!(sh("vps2", "cat /etc/play-fault/due"), "done");
}

#[test]
fn a_handler_that_a_failure_kept_back_is_run_by_the_next_run() {
    bare(&["vps2"]);
    let words = ["--yes", "-e", "broken=true"];
    let run = Play::book("faults/due.yml", &words).run().expect(1);
    assert!(!there("vps2", "due"), "{}", run.words());
    let check = Play::book("faults/due.yml", &["--check"]).run().expect(0);
    assert!(
        !check.changes("task_planned").is_empty(),
        "the plan does not show the handler that is due"
    );
    Play::book("faults/due.yml", &["--yes"]).run().expect(0);
    assert_eq!(sh("vps2", "cat /etc/play-fault/due"), "done");
    Play::book("faults/due.yml", &["--yes"])
        .run()
        .expect(0)
        .expect_nothing_to_do();
    assert_eq!(sh("vps2", "cat /etc/play-fault/due"), "done");
}
