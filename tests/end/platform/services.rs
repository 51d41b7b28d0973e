//! The platform's services as somebody on the hosts sees them: containers, Spark's pages, the store's objects.

use crate::testbed::sh;

/// Names of the containers of each host, and whether they run.
pub(super) fn containers(hosts: &[(&str, &str)]) -> Vec<String> {
    let names = |host| sh(host, "docker ps -a --format '{{.Names}} {{.State}}' | sort");
    hosts.iter().map(|(host, _)| names(host)).collect()
}

/// Waits until every container of every host is healthy, or has done what it was for.
///
/// # Panics
/// Where one is not within five minutes: it is named.
#[track_caller]
pub(super) fn await_healthy(hosts: &[(&str, &str)]) {
    for (host, _) in hosts {
        sh(
            host,
            "for i in $(seq 300); do
               sick=$(docker ps -a --format '{{.Names}} {{.Status}}' 2>&1 | grep -v -e '(healthy)' -e 'Exited (0)') || exit 0
               sleep 1
             done; echo \"$sick\" >&2; exit 1",
        );
    }
}

pub(super) const PAGES: &str = "https://10.104.0.3:8085/";

/// Who may look at them.
pub(super) const LOGIN: &str = "monitoring:test-spark-pages-monitoring-My6";

/// How often a pattern is in a part of a page of Spark's: behind one name, and before another.
fn count(path: &str, part: [&str; 2], pattern: &str) -> usize {
    let [begin, end] = part;
    let script = format!(
        "curl -fsS -u {LOGIN} {PAGES}{path} | tr -d ' \\n' | sed 's/.*\"{begin}\"://; s/\"{end}\":.*//' | {{ grep -o '{pattern}' || true; }} | wc -l"
    );
    sh("vps2", &script).parse().expect("a number")
}

pub(super) fn alive_workers() -> usize {
    count("json/", ["workers", "aliveworkers"], "\"ALIVE\"")
}

/// Applications that Spark has ended well.
pub(super) fn finished_jobs() -> usize {
    let part = ["completedapps", "activedrivers"];
    count("json/", part, "\"FINISHED\"")
}

/// Executors that a worker has had for applications that are over.
pub(super) fn executors_finished(host: &str) -> usize {
    let page = format!("worker/{host}-0/json/");
    count(&page, ["finishedexecutors", "none"], "\"appid\"")
}

/// Waits until everything that Prometheus asks has answered, with what it is asked for, and returns the services that tell metrics.
///
/// # Panics
/// Where something has not within three minutes: it is named.
#[track_caller]
pub(super) fn await_answers() -> String {
    let script = "
        ask() { promtool query instant --http.config.file=/etc/prometheus/client.yml https://10.104.0.2:9090 \"$1\"; }
        for i in $(seq 180); do
          silent=$(ask 'up == 0 or probe_success == 0 or pg_up == 0 or absent(pg_up) or absent(metrics_master_aliveWorkers_Value)')
          [ -n \"$silent\" ] || break
          sleep 1
        done
        [ -z \"$silent\" ] || { echo \"$silent\" >&2; exit 1; }
        ask 'up{job=\"service\"}' | grep -o 'service=\"[^\"]*' | cut -d'\"' -f2 | sort | paste -sd' '";
    sh("vps1", script)
}

const STORE: &str = "curl -K /var/backups/platform/store.curl https://10.104.0.2:9000/lake";

/// The name of the last run whose objects are in the store.
pub(super) fn last_run() -> String {
    let script = format!(
        "{STORE}'?list-type=2&prefix=events/verify-' | grep -o 'events/verify-[^/<]*' | sort | tail -1 | cut -d/ -f2"
    );
    sh("vps3", &script)
}

/// Kind, count and sum of the lines of a run's objects, as ClickHouse writes them.
pub(super) fn sums_of_objects(run: &str) -> String {
    let script = format!(
        "for part in 0 1; do {STORE}/events/{run}/$part.csv; done | awk -F, '$1 != \"day\" {{ n[$2]++; s[$2] += $3 }}
           END {{ for (kind in n) printf \"%s\\t%d\\t%s\\n\", kind, n[kind], s[kind] }}' | sort"
    );
    sh("vps3", &script)
}
