//! What others did to a host since the last run is seen, and put right or left alone; what the host would refuse, the plan refuses.

use crate::play::{Play, Run};
use crate::testbed::{sh, testbed};

/// Leaves the host bare: other tests know nothing of a tunnel or an engine on it.
struct Bare;

impl Drop for Bare {
    fn drop(&mut self) {
        testbed(&["reset", "vps1"]);
    }
}

fn run(book: &str, words: &[&str]) -> Run {
    Play::book(book, words).run()
}

fn routes() -> String {
    sh(
        "vps1",
        "ip -4 route show dev wgdrift; ip -6 route show dev wgdrift | grep -v ^fe80",
    )
}

fn container() -> String {
    sh(
        "vps1",
        "docker ps -q --no-trunc -f label=com.docker.compose.project=drift",
    )
}

#[test]
fn a_route_that_was_removed_is_put_back_and_a_file_a_container_writes_is_its_own() {
    const BOOK: &str = "drift/site.yml";
    let _bare = Bare;
    sh(
        "vps1",
        "docker rm -f drift-store-1 2>/dev/null; rm -rf /srv/drift; true",
    );
    run(BOOK, &["--yes"]).expect(0);
    run(BOOK, &["--yes"]).expect(0).expect_nothing_done();
    let (whole, first) = (routes(), container());

    sh(
        "vps1",
        "ip route del 10.98.0.0/16 dev wgdrift; ip route del 10.97.0.0/24 dev wgdrift; ip -6 route del fd98::/64 dev wgdrift",
    );
    let again = run(BOOK, &["--yes"]).expect(0);
    assert_eq!(
        again.task("task_finished", "vps1", "the tunnel")["outcome"],
        "changed"
    );
    assert_eq!(routes(), whole);

    sh(
        "vps1",
        "echo by the container | docker exec -i drift-store-1 /usr/bin/tee -a /users",
    );
    run(BOOK, &["--yes"]).expect(0).expect_nothing_done();
    assert_eq!(
        container(),
        first,
        "it was made anew for what it wrote itself"
    );

    let other = ["--yes", "-e", "users=two"];
    let renewed = run(BOOK, &other).expect(0);
    let differing: Vec<_> = renewed
        .events
        .iter()
        .filter(|event| event["differs"] == true)
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
    assert_ne!(container(), first, "it still sees the file that was there");
    run(BOOK, &other).expect(0).expect_nothing_done();
}

#[test]
fn what_a_package_left_is_purged_and_what_cannot_go_is_refused_in_the_plan() {
    const BOOK: &str = "drift/gone.yml";
    sh(
        "vps1",
        "apt-get install -qqy --no-install-recommends cron >/dev/null; apt-get remove -qqy cron >/dev/null; dpkg -s cron | grep -q config-files",
    );
    let cron = ["--yes", "-e", "package=cron"];
    run(BOOK, &cron).expect(0).expect_nothing_done();
    let purge = [&cron[..], &["-e", "purge=true"]].concat();
    run(BOOK, &purge).expect(0);
    assert_eq!(
        sh("vps1", "ls -d /etc/default/cron 2>/dev/null || echo gone"),
        "gone"
    );
    run(BOOK, &purge).expect(0).expect_nothing_done();

    let refused = |words: &[&str], task: &str, why: &str| {
        let check = run(BOOK, &[&["--check"], words].concat()).expect(1);
        let words = check.task("task_planned", "vps1", task)["message"].to_string();
        assert!(words.contains(why), "{words}");
    };
    refused(
        &["-e", "package=bash"],
        "the package",
        "cannot do without it",
    );
    sh(
        "vps1",
        "id drift-busy 2>/dev/null || useradd drift-busy; systemd-run -q --unit drift-busy -p User=drift-busy sleep infinity",
    );
    refused(&["-e", "account=drift-busy"], "the account", "sleep (");
    sh("vps1", "systemctl stop drift-busy; userdel drift-busy");
}
