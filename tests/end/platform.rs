//! The playbooks of the repository on the test hosts: `site.yml` from bare hosts on, and what it has made. The small test is part of
//! `tests/run end`, the long one is `tests/run platform`. Steps are numbered: each begins where the one before it ended.

mod clock;
mod forecast;
mod long;
mod scan;
mod services;
mod small;
mod tables;
mod vpn;

use crate::play::{Play, folder};
use crate::testbed::{state, testbed};

/// Addresses and names of the hosts, in order.
const HOSTS: [(&str, &str); 3] = [
    ("vps1", "10.104.0.2"),
    ("vps2", "10.104.0.3"),
    ("vps3", "10.104.0.4"),
];

/// A playbook of the repository, with the local images.
fn play(book: &str, words: &[&str], seconds: u32) -> Play {
    let images = format!("@{}", state().join("images/index.yml").display());
    // the inventory names the usual state folder
    let known = state().join("known_hosts");
    let known = format!("ansible_ssh_known_hosts_file={}", known.display());
    let words = [&["-e", &images, "-e", &known], words].concat();
    Play::repository(book, &words, seconds)
}

/// `-e` for a file of variables beside these tests.
fn extra(name: &str) -> String {
    format!("@{}", folder("platform").join(name).display())
}

/// # Panics
/// Where the test bed's command fails.
#[track_caller]
fn hosts(words: &[&str]) {
    let output = testbed(words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "testbed {words:?}: {error}");
}
