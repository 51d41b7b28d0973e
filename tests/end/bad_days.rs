//! What goes wrong with a service that a compose project runs: the message names it and the next step, what ran stays, and a
//! run with what is wrong put right converges.

use crate::play::{Play, Run};
use crate::testbed::sh;

const BOOK: &str = "bad_days/site.yml";

fn run(words: &[&str]) -> Run {
    let words: Vec<&str> = ["--yes"].iter().chain(words).copied().collect();
    Play::book(BOOK, &words).run()
}

/// The message the service's task failed with.
#[track_caller]
fn message(run: &Run) -> String {
    let event = run.task("task_finished", "vps2", "the service");
    assert_eq!(event["outcome"], "failed", "{}", run.words());
    event["message"].as_str().unwrap_or_default().to_owned()
}

/// The container that runs, by id and start.
fn running() -> String {
    sh(
        "vps2",
        "docker ps -q --no-trunc -f label=com.docker.compose.project=bad-day -f status=running | xargs -r docker inspect -f '{{.Id}} {{.State.StartedAt}}'",
    )
}

#[track_caller]
fn expect_convergence() {
    run(&[]).expect(0);
    assert!(!running().is_empty());
    run(&[]).expect(0).expect_nothing_done();
}

#[test]
fn a_service_that_cannot_run_is_named_with_the_next_step() {
    sh("vps2", "docker rm -f bad-day-shop-1 2>/dev/null || true");
    run(&[]).expect(0);
    let before = running();

    // no such image: the old container runs on
    let lacking = run(&["-e", "image=registry.invalid/shop:9"]).expect(1);
    let words = message(&lacking);
    assert!(
        words.contains("registry.invalid/shop:9 of service shop cannot be pulled")
            && words.contains("does not reach the registry"),
        "{words}"
    );
    assert_eq!(before, running(), "what ran was stopped");
    expect_convergence();
    assert_eq!(before, running(), "it was made anew for nothing");

    // the port is somebody else's
    sh(
        "vps2",
        "systemd-run -q --unit bad-day-port perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => q(127.0.0.1), LocalPort => 5998, Listen => 1) or die; sleep'
         until ss -Hltn sport = :5998 | grep -q .; do sleep 0.1; done",
    );
    let taken = run(&["-e", "port=5998"]).expect(1);
    sh("vps2", "systemctl stop bad-day-port");
    let words = message(&taken);
    assert!(
        words.contains("bad-day cannot be started") && words.contains("port 5998 is held by perl"),
        "{words}"
    );
    expect_convergence();

    // too little memory for what it does
    let small = run(&[
        "-e",
        "memory=16m",
        "-e",
        r#"{"program": ["/usr/bin/tail", "/dev/zero"]}"#,
    ])
    .expect(1);
    let words = message(&small);
    assert!(
        words.contains("service shop of compose project bad-day")
            && words.contains("more memory than it may"),
        "{words}"
    );
    expect_convergence();
}
