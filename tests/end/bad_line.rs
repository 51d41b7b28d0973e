//! A line that loses what it carries: it costs time and nothing else.

use crate::play::Play;
use crate::testbed::{sh, testbed};
use std::time::Duration;

const BOOK: &str = "faults/site.yml";

/// What vps1 says over ssh is dropped on the machine, where a rule says so; until this goes.
struct Dropping;

impl Dropping {
    fn what(rule: &str) -> Self {
        let table = format!(
            "table inet play_testbed_fault {{}}
            delete table inet play_testbed_fault
            table inet play_testbed_fault {{
                chain heard {{
                    type filter hook input priority 0
                    ip saddr 10.104.0.2 tcp sport 22 {rule} drop
                }}
            }}"
        );
        let words = ["exec", "sh", "-c", "printf '%s' \"$0\" | nft -f -", &table];
        let made = testbed(&words);
        assert!(made.status.success(), "{made:?}");
        Self
    }
}

impl Drop for Dropping {
    fn drop(&mut self) {
        testbed(&[
            "exec",
            "nft",
            "delete",
            "table",
            "inet",
            "play_testbed_fault",
        ]);
    }
}

#[test]
fn a_line_that_loses_packets_and_stalls_does_everything_once() {
    sh("vps1", "rm -rf /etc/play-fault /run/play-gate");
    let lossy = Dropping::what("numgen random mod 100 < 5");
    let mut run = Play::book(BOOK, &["--limit", "vps1", "--yes"]).start();
    run.until_started("the gate");
    drop(lossy);
    let stalled = Dropping::what("");
    assert!(
        testbed(&["enter", "vps1", "touch", "/run/play-gate"])
            .status
            .success()
    );
    // a stall is a time; the line is given up after three times fifteen seconds
    std::thread::sleep(Duration::from_secs(20));
    drop(stalled);
    run.end().expect(0);
    let told = sh("vps1", "cd /etc/play-fault; cat before gate behind due");
    assert_eq!(told, "before\npassed\nbehind\ndone");
    Play::book(BOOK, &["--limit", "vps1", "--yes"])
        .run()
        .expect(0)
        .expect_nothing_to_do();
}
