//! The long test: three bare hosts become the platform, and every claim of `docs/platform.md` is tried on them.

use super::clock::timed;
use super::forecast::expect_forecast;
use super::vpn::Tunnel;
use super::{HOSTS, hosts, play, scan, services, tables};
use crate::play::{Play, Run};
use crate::testbed::{port_answers, sh};

fn site(words: &[&str]) -> Run {
    play("site.yml", words, 1500).run().expect(0)
}

fn book(name: &str, words: &[&str]) -> Run {
    let words = [&["--yes"], words].concat();
    play(name, &words, 1500).run().expect(0)
}

/// The inventory that adds a fourth host, before other words.
fn four<'a>(inventory: &'a str, words: &[&'a str]) -> Vec<&'a str> {
    [&["-i", inventory], words].concat()
}

#[test]
fn step_01_a_check_on_bare_hosts_foretells_what_is_done() {
    hosts(&["reset"]);
    let check = timed("check on bare hosts", || site(&["--check"]));
    let apply = timed("bare hosts to platform", || site(&["--yes"]));
    expect_forecast(&check, &apply);
}

#[test]
fn step_02_a_second_run_does_nothing() {
    timed("run without a change", || site(&["--yes"])).expect_nothing_done();
}

#[test]
fn step_03_hosts_talk_over_the_private_network_and_nobody_else_is_needed() {
    for (host, _) in HOSTS {
        for (other, address) in HOSTS {
            if host == other {
                continue;
            }
            sh(host, &format!("timeout 5 bash -c '</dev/tcp/{address}/22'"));
            assert_eq!(
                sh(
                    host,
                    &format!("getent hosts {other}.internal | cut -d' ' -f1")
                ),
                address
            );
        }
    }
    // a service of each, from another
    for (host, service) in [
        ("vps2", "10.104.0.2/9000"),
        ("vps1", "10.104.0.3/7077"),
        ("vps2", "10.104.0.4/8443"),
        ("vps3", "10.104.0.2/5432"),
    ] {
        sh(host, &format!("timeout 5 bash -c '</dev/tcp/{service}'"));
    }
}

#[test]
fn step_04_airflow_triggers_spark_which_reads_the_store_and_writes_to_both_replicas() {
    assert_eq!(services::finished_jobs(), 0, "nothing has run yet");
    timed("verify", || book("verify.yml", &[]));
    assert_eq!(
        services::finished_jobs(),
        1,
        "Spark on vps2 has run the job"
    );
    let run = services::last_run();
    // by other means than the pipeline's own: the objects are summed up here
    let wanted = services::sums_of_objects(&run);
    assert!(wanted.lines().count() == 3, "{wanted}");
    for node in tables::NODES {
        let query = format!(
            "SELECT kind, sum(events), sum(amount) FROM platform.events_by_kind_local WHERE run = '{run}' GROUP BY kind ORDER BY kind"
        );
        assert_eq!(tables::ask("vps3", node, &query), wanted, "{node}");
    }
}

#[test]
fn step_04_monitoring_is_answered_by_everything_it_asks() {
    let tell = services::await_answers();
    assert_eq!(tell, "postgresql spark_master spark_worker0");
}

/// What a driver beside the notebooks says of a small job, with the cluster's settings edited so.
fn job(edit: &str) -> String {
    let python = "from pyspark.sql import SparkSession; print(\"SUM\", SparkSession.builder.getOrCreate().range(1000).count())";
    sh(
        "vps2",
        &format!(
            "docker exec -i jupyter bash 2>&1 <<'JOB' | grep -o -e 'SUM .*' -e 'Failed to connect to master'
             folder=$(mktemp -d) && sed '{edit}' /opt/spark-conf/spark-defaults.conf >$folder/spark-defaults.conf
             SPARK_CONF_DIR=$folder timeout -k 5 100 python -c '{python}' </dev/null; rm -r $folder
JOB"
        ),
    )
}

#[test]
fn step_04_spark_runs_nothing_for_who_does_not_know_its_secret_or_does_not_encrypt() {
    let said = job("s/^spark.driver.memory .*//");
    assert_eq!(said, "SUM 1000");
    for edit in [
        "s/^spark.authenticate.secret .*/spark.authenticate.secret another-0123456789/",
        "/^spark.network.crypto/d",
    ] {
        let said = job(edit);
        assert!(
            said.lines().all(|line| line.starts_with("Failed")),
            "{edit}: {said}"
        );
    }
}

#[test]
fn step_04_spark_shows_the_pages_of_an_application_by_way_of_the_login_alone() {
    let python = "from pyspark.sql import SparkSession; spark = SparkSession.builder.getOrCreate(); print(spark.sparkContext.applicationId, spark.sparkContext.uiWebUrl, flush=True); input(); spark.stop()";
    let (pages, login) = (services::PAGES, services::LOGIN);
    let script = format!(
        "coproc DRIVER {{ timeout -k 5 100 docker exec -i jupyter python -c '{python}' 2>/dev/null; }}
         read -r id own <&\"${{DRIVER[0]}}\"
         for asked in $own/jobs/ {pages}proxy/$id/jobs/ \"-u {login} {pages}proxy/$id/jobs/\"; do
           curl -s -o /dev/null -w '%{{http_code}} ' $asked
         done
         echo >&\"${{DRIVER[1]}}\"; wait"
    );
    assert_eq!(sh("vps2", &script), "403 401 200");
}

#[test]
fn step_05_from_outside_only_the_declared_ports_of_the_gateway_answer() {
    expect_closed();
}

fn expect_closed() {
    scan::expect_open(&[("vps1", &[22, 8080, 8090])]);
    scan::expect_name_server_inside();
    scan::expect_no_datagram();
}

/// Services that only the private network and the VPN reach.
const INNER: [(&str, u16); 4] = [
    ("10.104.0.2", 5432),
    ("10.104.0.2", 9000),
    ("10.104.0.3", 8085),
    ("10.104.0.4", 8443),
];

fn inner_services_reached() -> usize {
    let reached = INNER.iter();
    reached
        .filter(|(address, port)| port_answers(true, address, *port))
        .count()
}

#[test]
fn step_06_a_client_of_the_vpn_reaches_inner_services_and_a_revoked_one_does_not() {
    assert_eq!(inner_services_reached(), 0, "without the VPN");
    let tunnel = Tunnel::up("phone");
    assert_eq!(inner_services_reached(), INNER.len(), "by the VPN");
    let others = r#"{"wireguard_gateway_clients": [{"name": "laptop", "address": "10.104.64.11/32", "public_key": "6Hq9UOUuKpVhYsHlPKhTvQ2mBnIIsd2Yu6aaTpRYZkU="}]}"#;
    site(&["--yes", "--tags", "vpn,vpn_clients", "-e", others]);
    assert_eq!(inner_services_reached(), 0, "the client was revoked");
    drop(tunnel);
    // the inventory's own clients again
    site(&["--yes", "--tags", "vpn,vpn_clients"]);
    site(&["--yes"]).expect_nothing_done();
}

#[test]
fn step_07_after_a_power_cut_everything_comes_back_by_itself() {
    let before = services::containers(&HOSTS);
    let sums = tables::sums();
    let boots = HOSTS.map(|(host, _)| sh(host, "cat /proc/sys/kernel/random/boot_id"));
    timed("power cut to all healthy", || {
        hosts(&["power-cut", "vps1", "vps2", "vps3"]);
        hosts(&["up"]);
        services::await_healthy(&HOSTS);
    });
    for ((host, _), boot) in HOSTS.iter().zip(boots) {
        assert_ne!(sh(host, "cat /proc/sys/kernel/random/boot_id"), boot);
    }
    assert_eq!(services::containers(&HOSTS), before);
    timed("verify after the power cut", || book("verify.yml", &[]));
    let count = |sums: &[String]| sums[0].split('\t').next().map(str::to_owned);
    assert_ne!(
        count(&tables::sums()),
        count(&sums),
        "new rows were written"
    );
    expect_closed();
    site(&["--yes"]).expect_nothing_done();
}

#[test]
fn step_08_one_clickhouse_node_zookeeper_and_a_worker_with_its_job_may_fail() {
    timed("failover drill", || book("failover.yml", &[]));
    services::await_healthy(&HOSTS);
    let sums = tables::sums();
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn step_09_a_host_that_was_lost_is_restored_with_the_same_rows() {
    let before = tables::sums();
    timed("backup", || book("backup.yml", &["-e", "backup_name=long"]));
    hosts(&["reset", "vps3"]);
    timed("a bare vps3 to its services", || {
        site(&["--yes", "--limit", "vps3"]);
    });
    assert!(tables::sums()[0].starts_with("0\t"), "its tables are empty");
    timed("restore", || {
        book(
            "restore.yml",
            &["-e", "backup_name=long", "--limit", "vps3"],
        )
    });
    for node in tables::NODES {
        tables::await_sum("vps3", node, &before[0]);
    }
    timed("verify after the restore", || book("verify.yml", &[]));
}

#[test]
fn step_10_a_fourth_host_is_a_worker_and_a_replica_that_copies_by_itself() {
    hosts(&["up", "vps4"]);
    let inventory = Play::root().join("inventories/testbed_four");
    let inventory = inventory.display().to_string();
    let before = tables::sums();
    timed("a fourth host", || site(&four(&inventory, &["--yes"])));
    tables::await_sum("vps4", "clickhouse3", &before[0]);
    assert_eq!(services::alive_workers(), 2);
    book("verify.yml", &four(&inventory, &[]));
    assert!(
        services::executors_finished("vps4") > 0,
        "the new worker took no part in the job"
    );
    tables::await_sum("vps4", "clickhouse3", &tables::sums()[0]);
    site(&four(&inventory, &["--yes"])).expect_nothing_done();
}

#[test]
fn step_11_the_hosts_are_left_bare() {
    hosts(&["reset"]);
}
