//! Includes whose file is only known once a program has run.

use crate::play::Play;
use crate::testbed::sh;

const BOOK: &str = "late/site.yml";

#[test]
fn what_a_program_names_is_included_when_it_has_named_it() {
    sh("vps2", "rm -rf /etc/play-late");
    let check = Play::book(BOOK, &["--check"]).run().expect(0);
    for task in ["what was asked for", "for each line", "behind"] {
        let planned = check.task("task_planned", "vps2", task);
        assert_eq!(planned["outcome"], "unknown", "{planned:#}");
    }
    let run = Play::book(BOOK, &["--yes"]).run().expect(0);
    let told = sh("vps2", "cd /etc/play-late; cat file chosen behind due");
    assert_eq!(told, "vps2\n/etc/play-late/file\n/etc/play-late/file\ndone");
    let differing: Vec<_> = run
        .events
        .iter()
        .filter(|event| event["differs"] == true)
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
    Play::book(BOOK, &["--yes"])
        .run()
        .expect(0)
        .expect_nothing_done();
}

#[test]
fn what_a_host_outside_the_limit_would_make_is_asked_for_in_words() {
    const MADE: &str = "late/made.yml";
    sh("vps2", "rm -rf /etc/play-late");
    let run = Play::book(MADE, &["--limit", "vps2", "--yes"])
        .run()
        .expect(1);
    let failed = run.task("task_finished", "vps2", "the word is written");
    let words = failed["message"].to_string();
    assert!(words.contains("echo made-here"), "{failed:#}");
    assert!(words.contains("let it be done first"), "{failed:#}");
    assert_eq!(sh("vps2", "ls /etc/play-late"), "");
    Play::book(MADE, &["--yes"]).run().expect(0);
    assert_eq!(sh("vps2", "cat /etc/play-late/made"), "made-here");
}

#[test]
fn a_play_of_one_host_acts_on_a_second_and_asks_a_third() {
    const ELSEWHERE: &str = "late/elsewhere.yml";
    sh("vps3", "rm -f /etc/play-late-elsewhere");
    let check = Play::book(ELSEWHERE, &["--check"]).run().expect(0);
    let planned = check.task("task_planned", "vps2", "written elsewhere");
    assert_eq!(planned["outcome"], "changed", "{planned:#}");
    assert_eq!(sh("vps3", "ls /etc/play-late-elsewhere || true"), "");
    Play::book(ELSEWHERE, &["--yes"]).run().expect(0);
    let told = sh("vps3", "cat /etc/play-late-elsewhere");
    assert_eq!(told, "vps1 vps1+vps2+vps3");
    Play::book(ELSEWHERE, &["--yes"])
        .run()
        .expect(0)
        .expect_nothing_done();
}

#[test]
fn the_items_of_a_loop_act_where_they_belong_and_are_one_result() {
    const SPREAD: &str = "late/spread.yml";
    for host in ["vps1", "vps2", "vps3"] {
        sh(host, "rm -f /etc/play-late-spread /etc/play-late-all");
    }
    Play::book(SPREAD, &["--yes"]).run().expect(0);
    for host in ["vps1", "vps2", "vps3"] {
        assert_eq!(sh(host, "cat /etc/play-late-spread"), host);
    }
    assert_eq!(sh("vps2", "cat /etc/play-late-all"), "vps1+vps2+vps3");
    Play::book(SPREAD, &["--yes"])
        .run()
        .expect(0)
        .expect_nothing_done();
}
