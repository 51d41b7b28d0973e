//! What a run costs: round trips to a host do not grow with the tasks.

use crate::play::Play;
use std::fmt::Write;

/// A play of so many tasks that use no result of each other.
fn book(count: usize) -> String {
    let mut text = "- name: many\n  hosts: vps2\n  become: true\n  tasks:\n".to_owned();
    for number in 0..count {
        write!(
            text,
            "    - name: file {number}\n      copy: {{ dest: /tmp/play-trips-{number}, content: \"{number}\\n\" }}\n"
        )
        .expect("text grows");
    }
    text
}

fn trips(count: usize) -> u64 {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("site.yml");
    #[expect(clippy::disallowed_methods, reason = "a file of the test's own folder")]
    std::fs::write(&path, book(count)).expect("the folder is the test's own");
    let run = Play::people(&path, &["--yes", "-v"]).run().expect(0);
    let words = run
        .error
        .lines()
        .find_map(|line| line.strip_prefix("at most "));
    let number = words.and_then(|words| words.split(' ').next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no count of round trips in {}", run.error))
}

#[test]
fn ten_tasks_and_two_hundred_take_the_same_round_trips() {
    // the agent and the folder's first look are there already
    crate::testbed::sh("vps2", "rm -f /tmp/play-trips-*");
    trips(1);
    crate::testbed::sh("vps2", "rm -f /tmp/play-trips-*");
    let (few, many) = (trips(10), trips(200));
    // Two requests that are sent together count as one trip or two, as the first one's answer comes late or early.
    assert!(few.abs_diff(many) <= 1, "{few} and {many} round trips");
    assert!(many <= 6, "{many} round trips");
}
