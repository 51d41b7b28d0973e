//! `site.yml` with the data layer of the platform: the part that every change has to pass.

use super::forecast::expect_forecast;
use super::{extra, hosts, play, scan, tables};
use crate::testbed::sh;

/// Everything but what needs the large images.
const PARTS: &str = "base,network,vpn,vpn_clients,docker,hello,images,ca,postgresql,object_store,zookeeper,clickhouse,backup";

fn site(words: &[&str]) -> crate::play::Run {
    let images = extra("small.yml");
    play(
        "site.yml",
        &[&["-e", &images, "--tags", PARTS], words].concat(),
        400,
    )
    .run()
    .expect(0)
}

#[test]
fn step_1_a_check_on_bare_hosts_foretells_what_is_done_and_a_second_run_does_nothing() {
    hosts(&["reset"]);
    let check = site(&["--check"]);
    let apply = site(&["--yes"]);
    expect_forecast(&check, &apply);
    site(&["--yes"]).expect_nothing_done();
}

/// The port by which a node is asked for rows by the other.
fn between_nodes(scheme: &str) -> String {
    let url = format!("{scheme}://10.104.0.4:9009/");
    let page = "?endpoint=DataPartsExchange:/clickhouse/tables/1/events_by_kind/replicas/clickhouse1&part=all&compress=false";
    let curl = "curl -s -m 10 --cacert /etc/platform-tls/ca.crt";
    sh(
        "vps3",
        &format!("{curl} {url} || echo none; {curl} -X POST '{url}{page}' || echo none"),
    )
}

#[test]
fn step_2_nodes_talk_over_tls_and_ask_each_other_for_a_password() {
    assert_eq!(between_nodes("http"), "none\nnone");
    let said = between_nodes("https");
    let (well, refusal) = said.split_once('\n').expect("two answers");
    assert!(well.contains("Ok."), "{said}");
    assert!(refusal.contains("Basic"), "{said}");
}

#[test]
fn step_2_rows_are_the_same_on_both_replicas_and_one_node_may_stop() {
    let [first, second] = tables::NODES;
    tables::write(first, "small", 1000);
    for node in tables::NODES {
        tables::await_rows(node, "small", 1000);
    }
    let sums = tables::sums();
    assert_eq!(sums[0], sums[1]);

    sh("vps3", &format!("docker stop {second}"));
    let count = "SELECT count() FROM platform.events_by_kind WHERE run = 'small'";
    assert_eq!(tables::ask("vps3", first, count), "1000");
    tables::write(first, "alone", 10);
    tables::await_rows(first, "alone", 10);
    sh("vps3", &format!("docker start {second}"));
    tables::await_rows(second, "alone", 10);
}

/// The program that asks ZooKeeper, run by another host of the private network; as somebody, where it is said as whom.
fn asked(path: &str, identity: &str) -> String {
    let program = include_str!("../../../roles/zookeeper/files/ask");
    let file = "/run/zookeeper-identity";
    let words = match identity {
        "" => path.to_owned(),
        _ => format!("{path} {file}"),
    };
    sh(
        "vps2",
        &format!(
            "echo '{identity}' >{file}; bash -s 10.104.0.4 2181 {words} <<'PROGRAM'\n{program}\nPROGRAM"
        ),
    )
}

/// What the small platform's ClickHouse says to ZooKeeper.
const OWN: &str = "clickhouse:test-zookeeper-Jv7";

#[test]
fn step_3_zookeeper_shows_clickhouse_its_own_and_others_nothing() {
    for path in ["/", "/clickhouse", "/clickhouse/tables/1/events_by_kind"] {
        assert_eq!(asked(path, ""), "refused", "{path}");
        assert_eq!(asked(path, "clickhouse:wrong"), "refused", "{path}");
        assert_eq!(asked(path, OWN), "granted", "{path}");
    }
}

#[test]
fn step_4_znodes_of_before_are_taken_over_and_go_along_with_a_new_password() {
    // as an installation is that has never asked anybody
    let open = format!(
        "addauth digest {OWN}\nsetAcl -R /clickhouse world:anyone:cdrwa\nsetAcl / world:anyone:cdrwa\n"
    );
    let client = "docker exec -i zookeeper zkCli.sh -server 10.104.0.4:2181";
    sh(
        "vps3",
        &format!("printf '{open}' | {client}; rm /opt/zookeeper/held"),
    );
    assert_eq!(asked("/clickhouse/tables", ""), "granted");
    site(&["--yes"]);
    assert_eq!(asked("/clickhouse/tables", ""), "refused");

    site(&["--yes", "-e", "zookeeper_password=test-another"]);
    assert_eq!(asked("/clickhouse/tables", OWN), "refused");
    let [first, second] = tables::NODES;
    tables::write(first, "rotated", 10);
    tables::await_rows(second, "rotated", 10);
    site(&["--yes"]);
    assert_eq!(asked("/clickhouse/tables", OWN), "granted");
    site(&["--yes"]).expect_nothing_done();
}

#[test]
fn step_5_databases_and_buckets_are_there() {
    let databases = sh(
        "vps1",
        "docker exec postgresql psql -U postgres -p 5432 -Atc 'SELECT datname FROM pg_database'",
    );
    for name in ["oltp", "airflow"] {
        assert!(databases.lines().any(|line| line == name), "{databases}");
    }
    let store = "/var/backups/platform/store.curl";
    let buckets = sh("vps3", &format!("curl -K {store} https://10.104.0.2:9000/"));
    assert!(buckets.contains("<Name>lake</Name>"), "{buckets}");
}

/// What curl says of a page to somebody on the gateway: its status, and how it ended.
fn page(words: &str) -> String {
    sh(
        "vps1",
        &format!("curl -s -m 10 -o /dev/null -w '%{{http_code}} %{{exitcode}}' {words} || true"),
    )
}

/// Who trusts one of the world's authorities alone.
const STRANGERS: &str = "--cacert /etc/ssl/certs/ISRG_Root_X1.pem --capath /dev/null";

#[test]
fn step_5_the_stores_are_asked_over_tls_and_not_without() {
    for (address, path) in [
        ("10.104.0.2:9000", "minio/health/live"),
        ("10.104.0.4:8443", "ping"),
        ("10.104.0.4:8444", "ping"),
    ] {
        let ask = |scheme: &str, words: &str| page(&format!("{words} {scheme}://{address}/{path}"));
        assert_eq!(ask("https", ""), "200 0", "{address}: the host trusts it");
        // 60: of an authority that is not known
        assert_eq!(ask("https", STRANGERS), "000 60", "{address}");
        assert!(
            !ask("http", "").starts_with("200"),
            "{address}: without TLS"
        );
    }
    // 7: nobody listens
    assert_eq!(page("http://10.104.0.4:8123/ping"), "000 7");
}

#[test]
fn step_5_a_plan_names_the_services_that_a_renewed_certificate_makes_anew() {
    let renewed = site(&["--check", "-e", "ca_renew_days=398"]);
    let mut projects: Vec<String> = renewed
        .of("task_planned")
        .into_iter()
        .flat_map(|event| event["changes"].as_array().cloned().unwrap_or_default())
        .filter_map(|change| change["resource"].as_str().map(str::to_owned))
        .filter(|resource| resource.starts_with("compose project"))
        .collect();
    projects.sort();
    let wanted = ["clickhouse", "object_store", "postgresql"];
    assert_eq!(
        projects,
        wanted.map(|name| format!("compose project {name}"))
    );
}

#[test]
fn step_5_a_playbook_tells_the_images_that_run() {
    let told = play("images.yml", &["--check"], 60).run().expect(0);
    let said = serde_json::to_string(&told.events).expect("events are JSON");
    for project in ["postgresql", "object_store", "zookeeper", "clickhouse"] {
        let line = format!("# {project}: play.test/");
        assert!(said.contains(&line), "{line}: {said}");
    }
}

/// A part of the site that fails: what its task on that host says.
#[track_caller]
fn trouble(part: &str, words: &[&str], kind: &str, host: &str) -> String {
    let images = extra("small.yml");
    let words = [&["-e", &images, "--tags", part], words].concat();
    let run = play("site.yml", &words, 100).run().expect(1);
    let failed = (run.of(kind).into_iter())
        .find(|event| event["host"] == host && event["outcome"] == "failed");
    let event = failed.unwrap_or_else(|| panic!("nothing failed on {host}: {}", run.words()));
    event["message"].as_str().unwrap_or_default().to_owned()
}

#[track_caller]
fn expect_parts(words: &str, parts: &[&str]) {
    for part in parts {
        assert!(words.contains(part), "no `{part}` in: {words}");
    }
}

/// A part of the site that is put right: what is due is done, and a second run does nothing.
#[track_caller]
fn expect_mended(part: &str) {
    let images = extra("small.yml");
    let words = ["-e", &images, "--tags", part, "--yes"];
    play("site.yml", &words, 200).run().expect(0);
    let again = play("site.yml", &words, 100).run().expect(0);
    again.expect_nothing_done();
}

fn containers(host: &str) -> String {
    sh(host, "docker ps -q --no-trunc | sort")
}

#[test]
fn step_5_a_host_too_small_is_refused_in_the_plan_with_the_sizes_that_are_too_much() {
    let size = ["--check", "-e", "postgresql_memory=64000g"];
    expect_parts(
        &trouble("capacity", &size, "task_planned", "vps1"),
        &["vps1 has", "promised to postgresql 64000g", "lower these"],
    );
    let disk = ["--check", "-e", "capacity_disk_free=900000g"];
    expect_parts(
        &trouble("capacity", &disk, "task_planned", "vps3"),
        &["of vps3 is on", "are free", "make room"],
    );
}

#[test]
fn step_5_zookeeper_that_is_down_is_named_and_clickhouse_stays_as_it_is() {
    sh("vps3", "docker stop -t 1 zookeeper");
    let before = containers("vps3");
    let short = ["--yes", "-e", "clickhouse_zookeeper_wait=1"];
    expect_parts(
        &trouble("clickhouse", &short, "task_finished", "vps3"),
        &["ZooKeeper does not answer at 10.104.0.4:2181", "run again"],
    );
    assert_eq!(before, containers("vps3"));
    sh("vps3", "docker start zookeeper");
    expect_mended("clickhouse");
    let [first, _] = tables::NODES;
    let count = "SELECT count() FROM platform.events_by_kind WHERE run = 'small'";
    assert_eq!(tables::ask("vps3", first, count), "1000");
}

#[test]
fn step_5_whoever_holds_the_port_of_a_service_is_named() {
    sh(
        "vps3",
        "docker stop -t 1 zookeeper
         systemd-run -q --unit port-holder perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => q(10.104.0.4), LocalPort => 2181, Listen => 1, ReuseAddr => 1) or die; sleep'
         until ss -Hltn sport = :2181 | grep -q .; do sleep 0.1; done",
    );
    let words = trouble("zookeeper", &["--yes"], "task_finished", "vps3");
    sh("vps3", "systemctl stop port-holder");
    let parts = ["service zookeeper", "port 2181 is held by perl"];
    expect_parts(&words, &parts);
    expect_mended("zookeeper");
}

#[test]
fn step_5_a_password_that_is_not_the_volumes_is_named_with_the_way_out() {
    sh(
        "vps1",
        "echo \"ALTER ROLE postgres PASSWORD 'of-another-day'\" | docker exec -i -u postgres postgresql psql -q -U postgres -p 5432",
    );
    let words = trouble("postgresql", &["--check"], "task_planned", "vps1");
    let way = "rm /opt/postgresql/databases.sql";
    expect_parts(&words, &["vps1 refuses postgresql_superuser_password", way]);
    sh("vps1", way);
    expect_mended("postgresql");
}

#[test]
fn step_6_only_the_gateway_answers_the_world_and_only_where_it_shall() {
    scan::expect_open(&[("vps1", &[22, 8080])]);
    hosts(&["reset"]);
}
