//! Compose projects on a real docker: what is waited for and what is not.

use crate::play::{Play, Run, Started};
use crate::testbed::sh;
use serde_json::{Value, json};

const BOOK: &str = "compose/site.yml";
const READY: &str = "/srv/compose-case/shared/ready";

/// The engine and an image are there, and nothing of an earlier test is.
fn bare() {
    let image = "docker image inspect play-compose:1 >/dev/null 2>&1 && echo there || echo lacking";
    if sh("vps2", image) == "lacking" {
        Play::book("compose/engine.yml", &["--yes"]).run().expect(0);
    }
    sh(
        "vps2",
        "docker ps -aq -f label=com.docker.compose.project=compose-case | xargs -r docker rm -f -v; rm -rf /srv/compose-case; mkdir -p /srv/compose-case/shared",
    );
}

fn start(services: &Value, words: &[&str]) -> Started {
    let project = json!({ "project": { "services": services } }).to_string();
    let words = [&["--yes", "-e", &project], words].concat();
    Play::book(BOOK, &words).start()
}

fn run(services: &Value, words: &[&str]) -> Run {
    start(services, words).end()
}

/// A service that ends with 3 until the file is there.
fn impatient() -> Value {
    json!({
        "image": "play-compose:1", "restart": "unless-stopped", "stop_grace_period": "0s", "volumes": ["./shared:/shared"],
        "command": ["/usr/bin/dash", "-c", "test -e /shared/ready || { echo nothing is ready; exit 3; }; exec sleep infinity"],
    })
}

/// The service with a health check.
fn checked(mut service: Value, check: &str) -> Value {
    service["healthcheck"] = json!({
        "test": ["CMD", "/usr/bin/dash", "-c", check], "interval": "1s", "timeout": "5s", "start_period": "60s",
    });
    service
}

/// Waits until docker has started a service anew this often.
fn until_restarted(service: &str, times: u32) {
    sh(
        "vps2",
        &format!(
            "timeout 60 sh -c 'until [ \"$(docker inspect -f {{{{.RestartCount}}}} compose-case-{service}-1 2>/dev/null || echo 0)\" -ge {times} ]; do sleep 0.1; done'"
        ),
    );
}

#[track_caller]
fn message(run: &Run) -> &str {
    let event = run.task("task_finished", "vps2", "the services");
    assert_eq!(event["outcome"], "failed", "{}", run.words());
    event["message"].as_str().unwrap_or_default()
}

#[test]
fn a_service_that_ends_again_and_again_is_told_of_before_the_time_is_up() {
    bare();
    let services = json!({ "shop": impatient() });
    let failed = run(&services, &["-e", "restarts=4"]).expect(1);
    let words = message(&failed);
    for part in [
        "service shop of compose project compose-case",
        "ended with 3",
        "restarts: put right what its log says",
        "nothing is ready",
    ] {
        assert!(words.contains(part), "no `{part}` in: {words}");
    }
    assert!(!words.contains("after 90 s"), "{words}");

    // what it lacked is there: it is started now, not after docker's next pause, and what was before is forgotten
    until_restarted("shop", 5);
    sh("vps2", &format!("touch {READY}"));
    run(&services, &["-e", "restarts=4"]).expect(0);
    run(&services, &[]).expect(0).expect_nothing_to_do();
}

#[test]
fn a_service_that_ends_while_its_neighbour_still_starts_is_not_given_up() {
    bare();
    let slow = json!({ "image": "play-compose:1", "command": ["/usr/bin/sleep", "infinity"], "stop_grace_period": "0s", "volumes": ["./shared:/shared"] });
    let services = json!({
        "store": checked(slow, "test -e /shared/ready"),
        "shop": checked(impatient(), "true"),
    });
    let started = start(&services, &["-e", "restarts=2"]);
    until_restarted("shop", 4);
    sh("vps2", &format!("touch {READY}"));
    started.end().expect(0);
}

#[test]
fn a_service_that_others_depend_on_may_end_before_it_runs() {
    bare();
    let services = json!({
        "store": checked(impatient(), "true"),
        "shop": {
            "image": "play-compose:1", "command": ["/usr/bin/sleep", "infinity"], "stop_grace_period": "0s",
            "depends_on": { "store": { "condition": "service_healthy" } },
        },
    });
    let started = start(&services, &[]);
    until_restarted("store", 2);
    sh("vps2", &format!("touch {READY}"));
    started.end().expect(0);
    run(&services, &[]).expect(0).expect_nothing_to_do();

    // one that never does is named, with its log
    sh(
        "vps2",
        &format!("rm {READY}; docker rm -f compose-case-store-1 compose-case-shop-1"),
    );
    let failed = run(&services, &["-e", "restarts=3"]).expect(1);
    let words = message(&failed);
    assert!(
        words.contains("service store") && words.contains("nothing is ready"),
        "{words}"
    );
}

#[test]
fn a_task_that_others_depend_on_and_that_fails_is_named_with_its_log() {
    bare();
    let services = json!({
        "migrate": { "image": "play-compose:1", "command": ["/usr/bin/dash", "-c", "echo no such table; exit 4"] },
        "shop": {
            "image": "play-compose:1", "command": ["/usr/bin/sleep", "infinity"], "stop_grace_period": "0s",
            "depends_on": { "migrate": { "condition": "service_completed_successfully" } },
        },
    });
    let failed = run(&services, &[]).expect(1);
    let words = message(&failed);
    for part in ["service migrate", "ended with 4", "no such table"] {
        assert!(words.contains(part), "no `{part}` in: {words}");
    }
}
