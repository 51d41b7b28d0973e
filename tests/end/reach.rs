//! Getting in: by way of another host, as another user, with sudo or without the right to it; what is left on the host.

use crate::play::{Play, Run, folder};
use crate::testbed::{sh, ssh, ssh_config, state};
use serde_json::Value;

const BOOK: &str = "reach/site.yml";

fn connected<'r>(run: &'r Run, host: &str) -> &'r Value {
    run.of("host_connected")
        .into_iter()
        .find(|event| event["host"] == host)
        .unwrap_or_else(|| panic!("{host} was not connected to: {}", run.words()))
}

/// Who a task of the book finds itself to be.
fn who(run: &Run, host: &str) -> String {
    run.task("task_finished", host, "who it is")["output"]["stdout"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn forget_agents(host: &str) {
    sh(host, "rm -rf /var/cache/play /home/*/.cache/play");
}

#[test]
fn inner_hosts_are_reached_by_the_inventorys_jump() {
    let inventory = folder("reach/jump.yml");
    let key = format!("key={}", state().join("id_ed25519").display());
    let known = state().join("known_hosts");
    // no ssh configuration at all: everything is in the inventory
    let empty = folder("reach/no_config");
    let run = Play::book(
        BOOK,
        &[
            "-i",
            &inventory.display().to_string(),
            "-F",
            &empty.display().to_string(),
            "-e",
            &key,
            "--known-hosts",
            &known.display().to_string(),
            "--yes",
        ],
    )
    .run()
    .expect(0);
    for host in ["vps1", "vps2", "vps3"] {
        assert_eq!(who(&run, host), "root");
    }
}

#[test]
fn the_inventorys_account_is_the_one_become_where_no_task_names_another() {
    for inventorys in ["ansible_become_user=nobody", "become_user=nobody"] {
        let run = Play::book(BOOK, &["--limit", "vps2", "-e", inventorys, "--yes"])
            .run()
            .expect(0);
        assert_eq!(who(&run, "vps2"), "nobody");
    }
}

#[test]
fn the_agent_is_sent_once_and_lies_under_its_digest() {
    forget_agents("vps2");
    let words = &["--limit", "vps2", "--yes"];
    let first = Play::book(BOOK, words).run().expect(0);
    assert_eq!(connected(&first, "vps2")["agent_sent"], true);
    let second = Play::book(BOOK, words).run().expect(0);
    assert_eq!(connected(&second, "vps2")["agent_sent"], false);
    let path = sh("vps2", "find /var/cache/play -type f");
    let digest = sh("vps2", &format!("sha256sum <{path} | cut -d' ' -f1"));
    assert!(path.contains(&digest), "{path} does not name {digest}");
}

#[test]
fn an_agent_belongs_to_who_runs_it_and_nobody_else_can_change_it() {
    forget_agents("vps2");
    Play::book(
        BOOK,
        &["--limit", "vps2", "-e", "ansible_user=admin", "--yes"],
    )
    .run()
    .expect(0);
    Play::book(
        "reach/plain.yml",
        &["--limit", "vps2", "-e", "ansible_user=admin", "--yes"],
    )
    .run()
    .expect(0);
    Play::book(
        "reach/plain.yml",
        &["--limit", "vps2", "-e", "ansible_user=nosudo", "--yes"],
    )
    .run()
    .expect(0);
    let agents = sh(
        "vps2",
        "find /var/cache/play /home/*/.cache/play -printf '%u %m %y %p\\n' | sort",
    );
    for owner in ["root", "admin", "nosudo"] {
        let own = format!("{owner} ");
        assert!(
            agents.lines().any(|line| line.starts_with(&own)),
            "no agent of {owner}:\n{agents}"
        );
    }
    for line in agents.lines() {
        let mode = line.split(' ').nth(1).expect("a mode");
        let mode = u32::from_str_radix(mode, 8).expect("octal");
        assert_eq!(mode & 0o022, 0, "others can write: {line}");
    }
    let theirs = sh("vps2", "find /var/cache/play -type f");
    let try_it = ssh(
        "nosudo",
        "vps2",
        &format!("echo x >>{theirs} || rm -f {theirs} || mv /var/cache/play /tmp/away"),
    );
    assert!(!try_it.status.success(), "nosudo has changed root's agent");
}

#[test]
fn an_agent_that_was_tampered_with_is_sent_anew() {
    let words = &["--limit", "vps2", "--yes"];
    Play::book(BOOK, words).run().expect(0);
    sh(
        "vps2",
        "f=$(find /var/cache/play -type f); printf 'x' | dd of=$f bs=1 seek=4096 conv=notrunc status=none",
    );
    let run = Play::book(BOOK, words).run().expect(0);
    assert_eq!(who(&run, "vps2"), "root");
}

#[test]
fn a_host_without_exec_on_tmp_is_worked_on() {
    forget_agents("vps2");
    sh("vps2", "mount -t tmpfs -o noexec,nosuid tmpfs /tmp");
    let run = Play::book(
        BOOK,
        &["--limit", "vps2", "-e", "ansible_user=admin", "--yes"],
    )
    .run();
    sh("vps2", "umount -l /tmp");
    assert_eq!(who(&run.expect(0), "vps2"), "root");
}

#[test]
fn sudo_without_a_password_makes_root() {
    let run = Play::book(
        BOOK,
        &["--limit", "vps2:vps3", "-e", "ansible_user=admin", "--yes"],
    )
    .run()
    .expect(0);
    assert_eq!(
        (who(&run, "vps2"), who(&run, "vps3")),
        ("root".into(), "root".into())
    );
    let plain = Play::book(
        "reach/plain.yml",
        &["--limit", "vps2", "-e", "ansible_user=admin", "--yes"],
    )
    .run()
    .expect(0);
    assert_eq!(who(&plain, "vps2"), "admin");
    // both in one run: only the tasks that say so become root
    let both = Play::book(
        "reach/both.yml",
        &["--limit", "vps2", "-e", "ansible_user=admin", "--yes"],
    )
    .run()
    .expect(0);
    let said = |task| both.task("task_finished", "vps2", task)["output"]["stdout"].clone();
    assert_eq!(
        (said("without"), said("with")),
        ("admin".into(), "root".into())
    );
}

#[test]
fn sudo_with_a_password_makes_root_and_the_password_is_nowhere() {
    let words = &[
        "--limit",
        "vps2",
        "-e",
        "ansible_user=deploy",
        "-K",
        "--yes",
    ];
    let run = Play::book(BOOK, words)
        .environment("PLAY_BECOME_PASSWORD", "testbed-password")
        .run()
        .expect(0);
    assert_eq!(who(&run, "vps2"), "root");
    let said = format!("{:?}{}", run.events, run.error);
    assert!(
        !said.contains("testbed-password"),
        "the password is in the output"
    );

    let run = Play::book(BOOK, words)
        .environment("PLAY_BECOME_PASSWORD", "wrong")
        .run()
        .expect(1);
    assert!(run.words().contains("password"), "{}", run.words());

    let run = Play::book(BOOK, &words[..4]).run().expect(3);
    assert!(run.events.is_empty(), "{}", run.words());
    let run = Play::book(BOOK, &[&words[..4], &["--yes"][..]].concat())
        .run()
        .expect(1);
    assert!(run.words().contains("-K"), "{}", run.words());
}

#[test]
fn without_the_right_to_sudo_the_message_says_so() {
    let run = Play::book(
        BOOK,
        &[
            "--limit",
            "vps2",
            "-e",
            "ansible_user=nosudo",
            "-K",
            "--yes",
        ],
    )
    .environment("PLAY_BECOME_PASSWORD", "testbed-password")
    .run()
    .expect(1);
    let failed = run.of("host_failed");
    let message = failed[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("sudo on vps2"), "{message}");
    assert!(!failed[0]["hint"].is_null(), "{failed:?}");
}

#[test]
fn a_host_that_is_not_known_is_refused_and_one_whose_key_changed_named_by_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let known = folder.path().join("known_hosts");
    let words = [
        "--limit",
        "vps1",
        "--yes",
        "--known-hosts",
        &known.display().to_string(),
    ]
    .map(str::to_owned);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    write(&known, "");
    let run = Play::book(BOOK, &words).run().expect(1);
    assert!(
        run.words().contains("not known") || run.words().contains("unknown"),
        "{}",
        run.words()
    );

    // another host's key under this name, in the second line
    let lines = sh("vps2", "cat /etc/ssh/ssh_host_ed25519_key.pub");
    write(&known, &format!("# kept by hand\n10.104.0.2 {lines}\n"));
    let run = Play::book(BOOK, &words).run().expect(1);
    let place = format!("{}:2", known.display());
    assert!(
        run.words().contains(&place),
        "{place} is not in {}",
        run.words()
    );
    assert!(
        run.words().contains("changed") || run.words().contains("differ"),
        "{}",
        run.words()
    );
}

#[test]
fn a_key_nobody_let_in_is_refused_with_what_was_tried() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("other");
    #[expect(
        clippy::disallowed_methods,
        reason = "ssh-keygen makes a key, as a user would"
    )]
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status()
        .expect("ssh-keygen starts");
    assert!(made.success());
    let config = folder.path().join("config");
    let old = read(&ssh_config()).replace(
        &state().join("id_ed25519").display().to_string(),
        &key.display().to_string(),
    );
    write(&config, &old);
    let run = Play::book(
        BOOK,
        &[
            "--limit",
            "vps1",
            "--yes",
            "-F",
            &config.display().to_string(),
        ],
    )
    .run()
    .expect(1);
    assert!(
        run.words().contains(&key.display().to_string()),
        "{}",
        run.words()
    );
}

#[expect(clippy::disallowed_methods, reason = "a file of the test's own folder")]
fn write(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).expect("the folder is the test's own");
}

#[expect(clippy::disallowed_methods, reason = "the test bed's configuration")]
fn read(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).expect("the test bed is up")
}
