//! What an account may do is told by the plan: becoming root, and becoming another; also where a task is delegated.

use crate::play::{Play, Run, folder};
use crate::testbed::sh;

const ROOT: &str = "reach/site.yml";

fn as_user(user: &str, book: &str, more: &[&str], password: Option<&str>) -> Run {
    let user = format!("ansible_user={user}");
    let words = [&["--limit", "vps2", "-e", &user], more].concat();
    let play = Play::book(book, &words);
    match password {
        Some(password) => play.environment("PLAY_BECOME_PASSWORD", password),
        None => play,
    }
    .run()
}

/// A plan that fails for the host, with the task that asks for root.
#[track_caller]
fn fails_in_the_plan(run: Run, words: &str) {
    let run = run.expect(1);
    let failed = run.of("host_failed");
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0]["outcome"], "failed", "{failed:?}");
    let message = failed[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains(words), "{message}");
    assert!(
        message.contains("`who it is` (") && message.contains("site.yml:6"),
        "{message}"
    );
    assert!(failed[0]["hint"].is_string(), "{failed:?}");
    let modes: Vec<_> = run
        .of("run_started")
        .iter()
        .map(|event| event["mode"].clone())
        .collect();
    assert_eq!(modes, ["check"], "it went on to apply");
}

#[test]
fn a_login_that_may_not_become_root_fails_in_the_plan() {
    for more in [&["--check"][..], &["--yes"]] {
        fails_in_the_plan(as_user("nosudo", ROOT, more, None), "asks for a password");
        fails_in_the_plan(as_user("deploy", ROOT, more, None), "asks for a password");
        let more = &[more, &["-K"]].concat();
        fails_in_the_plan(
            as_user("deploy", ROOT, more, Some("wrong")),
            "does not take the password",
        );
        fails_in_the_plan(
            as_user("nosudo", ROOT, more, Some("testbed-password")),
            "sudo on vps2",
        );
        as_user("deploy", ROOT, more, Some("testbed-password")).expect(0);
    }
}

#[test]
fn an_account_that_is_not_there_fails_in_the_plan_and_nothing_is_done() {
    sh("vps2", "rm -f /tmp/rights");
    for more in ["--check", "--yes"] {
        let run = as_user("root", "rights/ghost.yml", &[more], None).expect(1);
        let planned = run.task("task_planned", "vps2", "as nobody known");
        assert_eq!(planned["outcome"], "failed");
        let at = planned["at"].as_str().unwrap_or_default();
        assert!(at.ends_with("ghost.yml:7"), "{at}");
        assert!(
            run.words()
                .contains("user ghost is not there (`become_user` names it"),
            "{}",
            run.words()
        );
        assert_eq!(
            sh("vps2", "ls /tmp/rights 2>&1 || true"),
            "ls: cannot access '/tmp/rights': No such file or directory"
        );
    }
}

#[test]
fn an_account_that_the_same_run_makes_is_there_in_the_plan_and_in_time() {
    for book in ["rights/accounts.yml", "rights/perhaps.yml"] {
        sh("vps2", "userdel rights 2>/dev/null; rm -f /tmp/rights");
        as_user("root", book, &["--check"], None).expect(0);
        as_user("root", book, &["--yes"], None).expect(0);
        assert_eq!(sh("vps2", "stat -c %U /tmp/rights"), "rights");
    }
    sh("vps2", "userdel rights; rm -f /tmp/rights");
}

#[test]
fn a_delegated_task_becomes_root_where_it_acts_and_nowhere_else() {
    let hosts = folder("rights/hosts.yml").display().to_string();
    let run = Play::book("rights/delegated.yml", &["-i", &hosts, "--yes"])
        .run()
        .expect(0);
    let said = |task| run.task("task_finished", "vps1", task)["output"]["stdout"].clone();
    assert_eq!(
        (said("there"), said("here")),
        ("root".into(), "nosudo".into())
    );
}
