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
