//! What a host remembers of runs, and what of them it forgets.

use crate::play::{Play, Run, folder};
use crate::testbed::{sh, ssh_config};

/// A run that changes a file, and its name.
fn change(text: &str, words: &[&str]) -> String {
    let text = format!("text={text}");
    let run = Play::book(
        "journals/site.yml",
        &[&["--yes", "-e", &text], words].concat(),
    )
    .run()
    .expect(0);
    run.of("run_started")[0]["run"]
        .as_str()
        .expect("a run has a name")
        .to_owned()
}

fn rollback(name: &str, words: &[&str]) -> Run {
    let (hosts, config) = (folder("hosts.yml"), ssh_config());
    let (hosts, config) = (hosts.to_string_lossy(), config.to_string_lossy());
    let fixed = [
        "rollback", name, "-i", &hosts, "-F", &config, "--limit", "vps2", "--yes", "--output",
        "json",
    ];
    Play::plain(&[&fixed, words].concat()).run().expect(0)
}

/// What of a run is left there, and what is said of the rest.
fn left(good: bool) -> (String, String) {
    sh("vps2", "rm -f /etc/play-journals-*");
    let good = format!("good={good}");
    let run = Play::book("journals/for_good.yml", &["--yes", "-e", &good]).run();
    let name = run.expect(0).of("run_started")[0]["run"].clone();
    let taken_back = rollback(name.as_str().expect("a name"), &[]);
    let notes = taken_back.of("task_finished");
    (
        sh("vps2", "cd /etc; echo play-journals-*"),
        format!("{notes:?}"),
    )
}

#[test]
fn what_is_irreversible_or_hidden_is_left_by_a_rollback_and_named() {
    let (files, said) = left(true);
    let expected = ["block", "hidden", "play", "task"].map(|name| format!("play-journals-{name}"));
    assert_eq!(files, expected.join(" "));
    for words in [
        "/etc/play-journals-play: a play for good (of the play (",
        "/etc/play-journals-block: a block for good (of the block (",
        "/etc/play-journals-task: its task says that it is irreversible (of a task (",
        "what a task with no_log changed is not known (hidden (",
        "for_good.yml:",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    assert!(!said.contains("journals-hidden"), "{said}");
    let (files, said) = left(false);
    assert_eq!(files, "play-journals-hidden play-journals-play", "{said}");
}

/// What `kinds.yml` changes, as it is now.
fn kinds() -> String {
    sh(
        "vps2",
        "cd /srv/play-kinds; find . -printf '%p %y %m %u\\n' | sort; nft list table inet kinds",
    )
}

#[test]
fn each_kind_of_change_is_as_before_after_a_rollback_or_is_named() {
    sh(
        "vps2",
        "(apt-get update -qq; apt-get install -y -qq nftables) >/dev/null 2>&1 </dev/null
         for user in play-fresh play-leaver; do userdel -r $user 2>/dev/null; done; useradd -m play-leaver
         rm -rf /srv/play-kinds; mkdir -p /srv/play-kinds/full/sub /srv/play-kinds/in; cd /srv/play-kinds
         echo 1 >full/sub/one; echo 1 >in/one; tar -czf archive.tgz in; head -c 300000 /dev/zero >large
         printf 'table inet kinds { chain c { type filter hook input priority 20; tcp dport 99 drop; }; }' | nft -f -",
    );
    let before = kinds();
    let run = Play::book("journals/kinds.yml", &["--yes"]).run().expect(0);
    let name = run.of("run_started")[0]["run"].clone();
    assert_ne!(kinds(), before);
    let back = rollback(name.as_str().expect("a name"), &[]);
    let said = format!("{:?}", back.of("task_finished"));
    let after = kinds();
    assert_eq!(after, without_contents(&before));
    for words in [
        "/srv/play-kinds/full: what was in it is not kept",
        "user play-fresh stays as it is",
        "user play-leaver stays as it is",
        "/home/play-leaver: there is no user play-leaver any more",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    for words in ["changed again", "archive was unpacked", "play-kinds/large:"] {
        assert!(!said.contains(words), "{words:?} in {said}");
    }
    assert_eq!(sh("vps2", "su - play-fresh -c pwd"), "/home/play-fresh");
    sh(
        "vps2",
        "userdel -r play-fresh 2>/dev/null; rm -rf /srv/play-kinds; nft delete table inet kinds",
    );
}

/// The same without what was in the folder that is removed.
fn without_contents(listed: &str) -> String {
    let lines = listed.lines().filter(|line| !line.starts_with("./full/"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_newest_runs_can_be_taken_back_and_older_ones_are_forgotten() {
    sh("vps2", "rm -rf /var/lib/play/journal /etc/play-journals");
    let first = change("one", &[]);
    let second = change("two", &["--keep-runs", "2"]);
    let third = change("three", &["--keep-runs", "2"]);
    let kept = sh("vps2", "ls -rt /var/lib/play/journal");
    assert_eq!(kept, format!("{second}.jsonl\n{third}.jsonl"));

    let forgotten = rollback(&first, &["--check"]);
    let told = format!("{:?}", forgotten.of("task_planned"));
    assert!(told.contains("--keep-runs"), "{told}");

    rollback(&third, &[]);
    assert_eq!(sh("vps2", "cat /etc/play-journals"), "two");
}
