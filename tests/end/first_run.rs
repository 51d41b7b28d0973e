//! The first run on bare hosts: the check changes nothing, the apply does what the plan said, the second has nothing to do.

use crate::play::{Play, Run, folder};
use crate::testbed::{sh, ssh_config};
use std::io::{BufReader, Read, Write};
use std::process::{Command, Stdio};

const HOSTS: [&str; 3] = ["vps1", "vps2", "vps3"];
const BOOK: &str = "first_run/site.yml";

/// Takes away what the book makes, so that no test needs another to come before it.
fn bare() {
    for host in HOSTS {
        sh(
            host,
            "systemctl disable -q --now play-end-clock 2>/dev/null || true
             rm -rf /etc/play-end /srv/store /srv/keeper /etc/systemd/system/play-end-clock.service
             systemctl daemon-reload; ! id -u keeper >/dev/null 2>&1 || userdel keeper
             ! getent group keeper >/dev/null || groupdel keeper; sed -i '/looked after by play/d' /etc/motd",
        );
    }
}

/// What a host is: everything a run could change: names, owners, modes, content, packages, units, kernel settings, rules.
fn look(host: &str) -> String {
    sh(
        host,
        "{ find /etc /srv /root /home /usr/local /var/spool /var/lib/dpkg /var/lib/systemd -xdev -printf '%p %u %g %m %y %l %T@\\n' \
             | grep -v -e /var/lib/systemd/timers -e '^/var/lib/systemd ' | sort
           find /etc /srv /root /home /usr/local -xdev -type f -exec sha256sum {} + | sort
           dpkg -l; systemctl list-unit-files --no-legend | grep -v transient; systemctl list-units --no-legend --all --plain --type=service --state=running | sort \
             | grep -v -e '^user@' -e '^systemd-hostnamed' -e '^systemd-timedated' -e '^systemd-localed'
           sysctl -a 2>/dev/null | grep ^net.ipv4.conf.all; ip -o addr show; ip route; }",
    )
}

fn look_at_all() -> Vec<(&'static str, String)> {
    HOSTS.map(|host| (host, look(host))).to_vec()
}

/// # Panics
/// Where a host is not what it was: names the lines that differ.
#[track_caller]
fn expect_same(before: &[(&str, String)], after: &[(&str, String)], what: &str) {
    for ((host, before), (_, after)) in before.iter().zip(after) {
        let gone = before
            .lines()
            .filter(|line| !after.lines().any(|other| other == *line));
        let new = after
            .lines()
            .filter(|line| !before.lines().any(|other| other == *line));
        let differing: Vec<String> = gone
            .map(|line| format!("- {line}"))
            .chain(new.map(|line| format!("+ {line}")))
            .collect();
        assert!(
            differing.is_empty(),
            "{what}, on {host}:\n{}",
            differing.join("\n")
        );
    }
}

fn planned_and_made(run: &Run) {
    assert_eq!(run.changes("task_planned"), run.changes("task_finished"));
    let differing: Vec<_> = run
        .events
        .iter()
        .filter(|event| event["differs"] == true)
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn a_check_changes_nothing_and_an_apply_what_it_said() {
    bare();
    let before = look_at_all();
    let check = Play::book(BOOK, &["--check"]).run().expect(0);
    expect_same(&before, &look_at_all(), "a check has changed a host");
    for host in HOSTS {
        assert!(
            check.count(host, "changed") >= 8,
            "{}",
            check.count(host, "changed")
        );
        assert_eq!(
            check.count(host, "failed") + check.count(host, "unknown"),
            0
        );
    }

    let apply = Play::book(BOOK, &["--yes"]).run().expect(0);
    assert_eq!(check.changes("task_planned"), apply.changes("task_planned"));
    planned_and_made(&apply);
    for host in HOSTS {
        assert_eq!(sh(host, "systemctl is-active play-end-clock"), "active");
        assert_eq!(sh(host, "stat -c %U:%a /srv/keeper"), "keeper:700");
        assert_eq!(
            sh(host, "cat /etc/play-end/settings.conf"),
            format!("host = {host}\nsystem = Debian\nkeeper = /srv/keeper")
        );
    }
    assert_eq!(sh("vps3", "cat /etc/play-end/store"), "root@vps1");

    let after = look_at_all();
    let again = Play::book(BOOK, &["--yes"]).run().expect(0);
    again.expect_nothing_to_do();
    expect_same(&after, &look_at_all(), "a second run has changed a host");
}

#[test]
fn the_exit_code_says_whether_something_changed() {
    bare();
    let wanted = &["--limit", "vps2", "--detailed-exitcode"];
    Play::book(BOOK, &[wanted, &["--check"][..]].concat())
        .run()
        .expect(2);
    Play::book(BOOK, &[wanted, &["--yes"][..]].concat())
        .run()
        .expect(2);
    Play::book(BOOK, &[wanted, &["--yes"][..]].concat())
        .run()
        .expect(0);
    Play::book(BOOK, &[wanted, &["--check"][..]].concat())
        .run()
        .expect(0);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_connected_to() {
    let run = Play::book(BOOK, &[]).run().expect(3);
    assert!(run.events.is_empty(), "{:?}", run.events);
    assert!(run.error.contains("--yes"), "{}", run.error);
}

#[test]
fn the_limit_looks_at_what_is_needed_elsewhere_and_does_not_touch_it() {
    bare();
    let before = [("vps1", look("vps1"))];
    let run = Play::book(BOOK, &["--limit", "vps3", "--yes"])
        .run()
        .expect(0);
    expect_same(
        &before,
        &[("vps1", look("vps1"))],
        "a host outside the limit was changed",
    );
    let notes: Vec<&str> = run
        .of("note")
        .iter()
        .filter_map(|note| note["message"].as_str())
        .collect();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("the store has its token") && note.contains("--with-needs")),
        "{notes:?}"
    );
    assert_eq!(sh("vps3", "systemctl is-active play-end-clock"), "active");
    let named = |run: &Run| {
        run.of("task_finished")
            .iter()
            .any(|event| event["host"] == "vps1")
    };
    assert!(!named(&run), "a host outside the limit was acted on");
    let run = Play::book(BOOK, &["--limit", "vps3", "--with-needs", "--yes"])
        .run()
        .expect(0);
    assert!(named(&run), "--with-needs did not act");
    assert_eq!(sh("vps1", "cat /srv/store/token"), "shared");
}

/// `play` on a terminal (`script` makes one): reads what it says until it asks, answers, and returns all it said and its exit code.
#[expect(clippy::disallowed_methods, reason = "a terminal for play")]
fn asked(answer: &[u8]) -> (String, Option<i32>) {
    let line = format!(
        "{} {} --limit vps2 -i {} -F {}",
        Play::program().display(),
        folder(BOOK).display(),
        folder("hosts.yml").display(),
        ssh_config().display()
    );
    let mut terminal = Command::new("timeout")
        .args([
            "--foreground",
            "-s",
            "KILL",
            "60",
            "script",
            "-qefc",
            &line,
            "/dev/null",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script starts");
    let mut keys = terminal.stdin.take().expect("a pipe");
    let mut said = Vec::new();
    for byte in BufReader::new(terminal.stdout.take().expect("a pipe")).bytes() {
        said.push(byte.expect("the terminal is read"));
        if said.ends_with(b"[y/N] ") {
            keys.write_all(answer)
                .and_then(|()| keys.flush())
                .expect("it is still there");
        }
    }
    let status = terminal.wait().expect("script ends");
    (String::from_utf8_lossy(&said).into_owned(), status.code())
}

#[test]
fn a_person_is_shown_the_plan_and_asked() {
    bare();
    let untouched = || sh("vps2", "ls -d /etc/play-end 2>/dev/null || echo bare") == "bare";
    let (text, code) = asked(b"n\n");
    assert!(
        text.contains("on 1 host?") && text.contains("nothing was changed"),
        "{text}"
    );
    assert!(untouched() && code == Some(0), "{code:?}: {text}");

    let (text, code) = asked(b"\x03");
    assert!(untouched() && code == Some(130), "{code:?}: {text}");

    let (text, code) = asked(b"y\n");
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(sh("vps2", "systemctl is-active play-end-clock"), "active");
}
