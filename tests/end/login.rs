//! Getting in by password: typed, or sealed in the inventory; refused, not taken, or to be changed first.
#![expect(
    clippy::disallowed_methods,
    reason = "the test writes an inventory, types at a terminal, and reads what programs were started with"
)]

use crate::play::{Play, Run, folder};
use crate::testbed::{sh, state};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PASSWORD: &str = "testbed-password";

/// A folder with a home of its own, in which no key lies, and an inventory with `deploy` on each host.
struct Home(tempfile::TempDir);

impl Home {
    /// `of` is what the inventory says of each host besides.
    fn new(of: &str) -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        home.write(
            "hosts.yml",
            &format!(
                "all:\n  vars: {{ansible_user: deploy}}\n  hosts:\n    vps1: {{ansible_host: 10.104.0.2, {of}}}\n    \
                 vps2: {{ansible_host: 10.104.0.3, proxy_jump: vps1, {of}}}\n"
            ),
        );
        home
    }

    /// The same, with the password sealed for all of them.
    fn sealed(password: &str) -> Self {
        let home = Self::new("");
        home.vault(&["init"], "");
        let sealed = home.vault(&["encrypt", "--value", "ansible_password"], password);
        std::fs::create_dir(home.path("group_vars")).expect("a folder");
        home.write("group_vars/all.yml", &sealed);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder is the test's own");
    }

    fn vault(&self, words: &[&str], input: &str) -> String {
        let mut child = Command::new(Play::program())
            .arg("vault")
            .args(words)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("play starts");
        let mut typed = child.stdin.take().expect("a pipe");
        writeln!(typed, "{input}").expect("it reads");
        drop(typed);
        let output = child.wait_with_output().expect("play ends");
        assert!(output.status.success(), "{words:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn words(&self, more: &[&str]) -> Vec<String> {
        let own = [
            "-i",
            &self.path("hosts.yml").display().to_string(),
            "-F",
            "/dev/null",
            "--known-hosts",
            &state().join("known_hosts").display().to_string(),
        ]
        .map(str::to_owned);
        let more = more.iter().map(|word| (*word).to_owned());
        own.into_iter().chain(more).collect()
    }

    /// A run that nobody sits at.
    fn run(&self, more: &[&str]) -> Run {
        self.run_of("reach/plain.yml", more)
    }

    fn run_of(&self, book: &str, more: &[&str]) -> Run {
        let words = self.words(more);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Play::book(book, &words)
            .environment("PLAY_BECOME_PASSWORD", PASSWORD)
            .environment("HOME", &self.0.path().display().to_string())
            .environment("SSH_AUTH_SOCK", "")
            .run()
    }

    /// What a terminal shows of a run at which this is typed.
    fn typed(&self, typed: &str, more: &[&str]) -> String {
        let book = folder("reach/plain.yml").display().to_string();
        let program = Play::program().display().to_string();
        let words = [&[program, book], &self.words(more)[..]].concat().join(" ");
        let words = format!("tty; exec {words}");
        let mut child = Command::new("timeout")
            .args(["-s", "KILL", "60", "script", "-qec", &words, "/dev/null"])
            .env("HOME", self.0.path())
            .env_remove("SSH_AUTH_SOCK")
            .env_remove("PLAY_BECOME_PASSWORD")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script starts");
        let mut keys = child.stdin.take().expect("a pipe");
        let mut shown = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut terminal = String::new();
        shown.read_line(&mut terminal).expect("tty tells its name");
        wait_until_silent(terminal.trim());
        writeln!(keys, "{typed}").expect("it reads");
        let mut rest = Vec::new();
        shown.read_to_end(&mut rest).expect("it ends");
        child.wait().expect("it ends");
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// Waits until a terminal does not show what is typed at it.
fn wait_until_silent(terminal: &str) {
    loop {
        let stty = Command::new("stty").args(["-a", "-F", terminal]).output();
        let settings = stty.expect("stty starts").stdout;
        let settings = String::from_utf8_lossy(&settings).into_owned();
        assert!(
            !settings.is_empty(),
            "{terminal} is gone before anything was asked"
        );
        if settings.contains(" -echo ") {
            return;
        }
        std::thread::yield_now();
    }
}

/// Lines of sshd's own configuration on a host, until this goes.
struct Sshd(&'static str);

impl Sshd {
    fn with(host: &'static str, lines: &str) -> Self {
        let made = Self(host);
        sh(
            host,
            &format!(
                "printf '{lines}\\n' >/etc/ssh/sshd_config.d/00-test.conf && sshd -t && systemctl reload ssh"
            ),
        );
        made
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        sh(
            self.0,
            "rm -f /etc/ssh/sshd_config.d/00-test.conf && systemctl reload ssh",
        );
    }
}

/// Where the journal of a host stands now.
fn mark(host: &str) -> String {
    sh(
        host,
        "journalctl -n 0 --show-cursor -q | sed 's/^-- cursor: //'",
    )
}

/// How often sshd has said since that a password of `deploy` was wrong.
fn failures(host: &str, since: &str) -> String {
    sh(
        host,
        &format!(
            "journalctl -q --after-cursor '{since}' | grep -c 'Failed password for deploy' || true"
        ),
    )
}

#[test]
fn a_password_that_is_typed_lets_in_on_every_host_and_is_shown_nowhere() {
    let home = Home::new("");
    let shown = home.typed(PASSWORD, &["-k", "--yes", "-v"]);
    assert!(shown.contains("both hosts changed"), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
}

#[test]
fn a_sealed_password_lets_in_also_over_a_jump_host_and_no_program_is_started_with_it() {
    let home = Home::sealed(PASSWORD);
    // Stands in for `ssh`, which is asked about ~/.ssh/config.
    let spy = home.path("bin/ssh");
    std::fs::create_dir(home.path("bin")).expect("a folder");
    let seen = home.path("seen").display().to_string();
    home.write(
        "bin/ssh",
        &format!("#!/bin/sh\n{{ echo \"$@\"; env; }} >>{seen}\nexec /usr/bin/ssh \"$@\"\n"),
    );
    let mode = Command::new("chmod").arg("755").arg(&spy).status();
    assert!(mode.expect("chmod starts").success());
    let words = home.words(&["--yes", "-vv"]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let run = Play::book("reach/plain.yml", &words)
        .environment("HOME", &home.0.path().display().to_string())
        .environment("SSH_AUTH_SOCK", "")
        .environment(
            "PATH",
            &format!("{}:/usr/bin:/bin", home.path("bin").display()),
        )
        .run()
        .expect(0);
    for host in ["vps1", "vps2"] {
        let who = run.task("task_finished", host, "who it is");
        assert_eq!(who["output"]["stdout"], "deploy");
    }
    let told = std::fs::read_to_string(Path::new(&seen)).expect("ssh was asked");
    let everything = format!("{told}{:?}{}", run.events, run.error);
    assert!(!everything.contains(PASSWORD), "{everything}");
}

#[test]
fn a_wrong_password_is_tried_once_and_named() {
    let home = Home::sealed("not-the-password");
    let since = mark("vps1");
    // vps1 is a host of the run and the way to the other.
    let run = home.run(&["--yes"]).expect(1);
    let failed = run.of("host_failed");
    assert_eq!(failed.len(), 2, "{failed:?}");
    let words = run.words();
    assert!(
        words.contains("deploy@10.104.0.2 does not take the password given"),
        "{words}"
    );
    assert!(words.contains("give the right one"), "{words}");
    assert!(!words.contains("not-the-password"), "{words}");
    assert_eq!(failures("vps1", &since), "1");
}

#[test]
fn a_server_that_takes_no_password_is_named_with_what_it_takes() {
    let _closed = Sshd::with("vps1", "PasswordAuthentication no");
    let run = Home::sealed(PASSWORD)
        .run(&["--limit", "vps1", "--check"])
        .expect(1);
    let words = run.words();
    assert!(
        words.contains("deploy@10.104.0.2 takes no password")
            && words.contains("(the server takes: publickey)"),
        "{words}"
    );
    assert!(words.contains("PasswordAuthentication"), "{words}");
}

#[test]
fn a_server_that_asks_for_the_password_in_a_dialogue_is_answered() {
    let _asking = Sshd::with(
        "vps1",
        "PasswordAuthentication no\\nKbdInteractiveAuthentication yes",
    );
    let home = Home::sealed(PASSWORD);
    home.run(&["--limit", "vps1", "--yes"]).expect(0);
    // One that has run out is asked about further.
    sh("vps1", "chage -d 0 deploy");
    let run = home.run(&["--limit", "vps1", "--check"]);
    sh("vps1", "chage -d $(date +%F) deploy");
    assert!(
        run.words().contains("wants a new password"),
        "{}",
        run.words()
    );
    run.expect(1);
}

#[test]
fn a_password_that_must_be_changed_first_is_named() {
    let home = Home::sealed(PASSWORD);
    sh("vps1", "chage -d 0 deploy");
    let run = home.run(&["--limit", "vps1", "--check"]);
    sh("vps1", "chage -d $(date +%F) deploy");
    let words = run.words();
    assert!(
        words.contains("vps1 wants a new password for this login"),
        "{words}"
    );
    assert!(words.contains("log in by hand"), "{words}");
    run.expect(1);
}

#[test]
fn what_is_typed_is_not_for_a_jump_host_outside_the_run() {
    let since = mark("vps1");
    let home = Home::new("");
    let shown = home.typed(PASSWORD, &["-k", "--limit", "vps2", "--check", "--no-diff"]);
    assert!(
        shown.contains("jump host deploy@10.104.0.2:22") && shown.contains("does not let us in"),
        "{shown}"
    );
    let heard = sh(
        "vps1",
        &format!("journalctl -q --after-cursor '{since}' | grep -c 'password for deploy' || true"),
    );
    assert_eq!(heard, "0");
}

#[test]
fn a_password_that_no_longer_fits_after_a_restart_is_tried_once_and_ends_the_wait() {
    let home = Home::sealed(PASSWORD);
    let run = home.run_of("login/changed.yml", &["-K", "--yes"]);
    let tries = sh(
        "vps1",
        "journalctl -b -q | grep -c 'Failed password for deploy' || true",
    );
    sh("vps1", &format!("echo deploy:{PASSWORD} | chpasswd"));
    let run = run.expect(1);
    assert!(
        run.words().contains("does not take the password given"),
        "{}",
        run.words()
    );
    assert_eq!(tries, "1");
}
