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

fn sleeper() -> Value {
    json!({ "image": "play-compose:1", "command": ["/usr/bin/sleep", "infinity"], "stop_grace_period": "0s" })
}

/// When a service's container was started.
fn started(service: &str) -> String {
    sh(
        "vps2",
        &format!(
            "docker inspect -f '{{{{.Id}}}} {{{{.State.StartedAt}}}}' compose-case-{service}-1"
        ),
    )
}

/// The reason a plan or a run gives for what it does with the services.
fn reason(run: &Run, kind: &str) -> String {
    let event = run.task(kind, "vps2", "the services");
    event["changes"][0]["reason"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
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
    let mut slow = sleeper();
    slow["volumes"] = json!(["./shared:/shared"]);
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

#[test]
fn a_task_that_is_done_is_not_run_again_for_its_neighbours() {
    bare();
    let mut shop = sleeper();
    shop["depends_on"] = json!({ "migrate": { "condition": "service_completed_successfully" } });
    let migrate = json!({ "image": "play-compose:1", "command": ["/usr/bin/test", "1"] });
    let mut services = json!({ "migrate": migrate, "shop": shop });
    run(&services, &[]).expect(0);
    let before = (started("migrate"), started("shop"));

    services["shop"]["environment"] = json!({ "LEVEL": "debug" });
    services["other"] = sleeper();
    run(&services, &[]).expect(0);
    assert_eq!(before.0, started("migrate"));
    let between = started("shop");
    assert_ne!(before.1, between);
    run(&services, &[]).expect(0).expect_nothing_to_do();

    // it runs again where it changed itself
    services["migrate"]["environment"] = json!({ "LEVEL": "debug" });
    run(&services, &[]).expect(0);
    assert_ne!(before.0, started("migrate"));
    run(&services, &[]).expect(0).expect_nothing_to_do();
}

#[test]
fn a_service_in_the_network_of_another_is_never_left_in_one_that_is_gone() {
    bare();
    let mut side = sleeper();
    side["network_mode"] = json!("service:web");
    let mut services = json!({ "web": sleeper(), "side": side });
    run(&services, &[]).expect(0);
    services["web"]["environment"] = json!({ "LEVEL": "debug" });
    let changed = run(&services, &[]).expect(0);
    let words = reason(&changed, "task_planned");
    assert!(
        words.contains("side is made anew: web is, whose network it uses"),
        "{words}"
    );
    run(&services, &[]).expect(0).expect_nothing_to_do();

    sh("vps2", "docker restart -t 0 compose-case-web-1");
    let mended = run(&services, &[]).expect(0);
    let words = reason(&mended, "task_planned");
    assert!(
        words.contains("side is made anew: its connection to the network of web"),
        "{words}"
    );
    run(&services, &[]).expect(0).expect_nothing_to_do();
}

#[test]
fn networks_of_others_and_profiles_that_are_not_enabled_any_more_are_no_trouble() {
    bare();
    let mut web = sleeper();
    web["networks"] = json!(["outer"]);
    let mut debug = sleeper();
    debug["profiles"] = json!(["debug"]);
    let project = json!({ "project": {
        "services": { "web": web, "debug": debug },
        "networks": { "outer": { "external": true, "name": "compose-case-outer" } },
    } });
    let project = project.to_string();
    let enabled = r#"{"profiles": ["debug"]}"#;
    let run = |words: &[&str]| {
        let words = [&["--yes", "-e", &project], words].concat();
        Play::book(BOOK, &words).run()
    };
    let lacking = run(&["-e", enabled]).expect(1);
    let words = message(&lacking);
    assert!(words.contains("`docker network create`"), "{words}");

    sh("vps2", "docker network create compose-case-outer");
    run(&["-e", enabled]).expect(0);
    run(&["-e", enabled]).expect(0).expect_nothing_to_do();
    // it stays: the files still have it
    let before = started("debug");
    run(&[]).expect(0).expect_nothing_to_do();
    assert_eq!(before, started("debug"));
    bare();
    sh("vps2", "docker network rm compose-case-outer");
}
