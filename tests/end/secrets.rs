//! Planted secrets: a piece of text that stands in every secret of the platform's roles is looked for wherever a run leaves anything, on both
//! sides, however it ends. Only the files that are for secrets hold it, and nobody else may read them.
#![expect(
    clippy::disallowed_methods,
    reason = "the test reads what runs leave behind: files, and what other programs are called with"
)]

use crate::play::{Play, Run, folder};
use crate::testbed::{sh, ssh_config};
use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What every planted secret holds: letters and digits, which no JSON, URL, shell or YAML writes otherwise; and its three ways to lie in base64.
const TRACES: [&str; 4] = [
    "PlantedQ7xWv",
    "UGxhbnRlZFE3eFd2",
    "BsYW50ZWRRN3hXd",
    "QbGFudGVkUTd4V3",
];

/// The platform's secrets, each with what formats trip over.
const NAMES: [&str; 20] = [
    "monitoring",
    "postgresql_metrics",
    "postgresql",
    "airflow_database",
    "oltp_database",
    "object_store",
    "clickhouse_admin",
    "clickhouse_cluster",
    "clickhouse",
    "zookeeper",
    "spark",
    "spark_rest",
    "spark_pages",
    "spark_pages_admin",
    "spark_pages_monitoring",
    "jupyter",
    "airflow_session",
    "airflow_token",
    "airflow_admin",
    "own_secret",
];

/// The files that are meant to hold secrets, and whose they are.
const MEANT: [&str; 24] = [
    "/etc/play-secrets/block 600 root",
    "/etc/play-secrets/copied 600 root",
    "/etc/play-secrets/ini 600 root",
    "/etc/play-secrets/line 600 root",
    "/etc/play-secrets/made.key 600 root",
    "/etc/play-secrets/open 640 root",
    "/etc/play-secrets/own 600 root",
    "/etc/play-secrets/rendered 600 root",
    "/etc/shadow 640 root",
    "/opt/airflow/airflow.env 600 root",
    "/opt/airflow/passwords.json 600 50000",
    "/opt/clickhouse/clickhouse1/client.xml 600 101",
    "/opt/clickhouse/clickhouse1/server.xml 600 101",
    "/opt/jupyter/jupyter.env 600 root",
    "/opt/object_store/buckets.curl 600 root",
    "/opt/object_store/object_store.env 600 root",
    "/opt/postgresql/databases.sql 600 root",
    "/opt/postgresql/postgresql.env 600 root",
    "/opt/spark/applications.conf 600 1000",
    "/opt/spark/cluster.env 600 root",
    "/opt/spark/jobs.env 600 root",
    "/opt/spark/master.conf 600 1000",
    "/opt/zookeeper/identity 600 root",
    "/var/backups/platform/store.curl 600 root",
];

fn planted(name: &str) -> String {
    format!("{name}-/+\"é=PlantedQ7xWv-0123456789")
}

/// A folder with a home, an inventory whose secrets are sealed, the playbook, and the roles.
struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().expect("a folder"));
        let (own, tests) = (project.0.path(), Path::new(env!("CARGO_MANIFEST_DIR")));
        copy(&folder("secrets"), own);
        let roles = tests.join("../roles");
        for role in std::fs::read_dir(&roles).expect("roles") {
            let role = role.expect("a role");
            symlink(role.path(), own.join("roles").join(role.file_name())).expect("a link");
        }
        let variables = own.join("group_vars");
        std::fs::create_dir_all(variables.join("platform")).expect("a folder");
        for name in ["all.yml", "platform.yml"] {
            let file = tests.join("../inventories/simulated/group_vars").join(name);
            std::fs::copy(file, variables.join(name)).expect("a copy");
        }
        std::fs::create_dir_all(own.join("home")).expect("a folder");
        std::fs::create_dir_all(own.join("tmp")).expect("a folder");
        project.vault(&["init"], "");
        project.plant("");
        let sealed = project.vault(
            &["encrypt", "--value", "own_secret"],
            &planted("own_secret"),
        );
        std::fs::create_dir_all(own.join("roles/own/vars")).expect("a folder");
        std::fs::write(own.join("roles/own/vars/main.yml"), sealed).expect("written");
        project
    }

    /// Seals the platform's secrets, each with an end of this sort.
    fn plant(&self, end: &str) {
        let file = self.0.path().join("group_vars/platform/secrets.yml");
        let mut text = String::from("platform_secrets:\n");
        for name in NAMES {
            text.extend(["  ", name, ": '", &planted(name), end, "'\n"]);
        }
        // 32 characters; and the form of crypt(3).
        text += "  airflow_fernet: 0123456789-+/PlantedQ7xWv-abcdef\n  hash: $6$salt$PlantedQ7xWv/hash\n";
        std::fs::write(&file, text).expect("written");
        self.vault(&["encrypt", "group_vars/platform/secrets.yml"], "");
    }

    fn vault(&self, words: &[&str], input: &str) -> String {
        let mut child = Command::new(Play::program())
            .arg("vault")
            .args(words)
            .current_dir(self.0.path())
            .env("HOME", self.0.path().join("home"))
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("play starts");
        let mut line = child.stdin.take().expect("a pipe");
        line.write_all(input.as_bytes()).expect("it reads");
        drop(line);
        let output = child.wait_with_output().expect("play ends");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("text")
    }

    /// A command of `play`, and what it said; nothing of it may show a secret.
    #[track_caller]
    fn run(&self, first: &str, words: &[&str]) -> Run {
        let configuration = ssh_config();
        let mut all = vec![first, "-i", "hosts.yml"];
        all.extend(words);
        if first == "site.yml" || first == "rollback" || first == "plan" {
            all.extend(["-F", configuration.to_str().expect("a path")]);
        }
        let run = Play::plain(&all)
            .environment("HOME", self.path("home").to_str().expect("a path"))
            .environment("TMPDIR", self.path("tmp").to_str().expect("a path"))
            .inside(self.0.path())
            .run();
        let said: Vec<String> = run.events.iter().map(ToString::to_string).collect();
        expect_nothing(&said.join("\n"), &format!("{first} {words:?}"));
        expect_nothing(&run.error, &format!("{first} {words:?}, on standard error"));
        run
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[track_caller]
fn expect_nothing(text: &str, whose: &str) {
    for trace in TRACES {
        if let Some(at) = text.find(trace) {
            let start = text[..at]
                .char_indices()
                .rev()
                .nth(200)
                .map_or(0, |(at, _)| at);
            panic!("{whose} shows a secret: {}", &text[start..at + trace.len()]);
        }
    }
}

/// Files of a host that hold a planted secret, with mode and owner. What is searched for is not among the arguments of the search.
fn holding(host: &str) -> BTreeSet<String> {
    let found = sh(
        host,
        "find / /run /tmp /dev/shm -xdev -type f -size -20M -print0 \
           | xargs -0 grep -laE 'Planted[Q]7xWv|UGxhbnRl[Z]FE3eFd2|BsYW50[Z]WRRN3hXd|QbGFudG[V]kUTd4V3' 2>/dev/null \
           | sort -u | while read -r file; do echo \"$file $(stat -c '%a %u' \"$file\" | sed 's/ 0$/ root/')\"; done",
    );
    found.lines().map(str::to_owned).collect()
}

/// Looks, until told to stop, for secrets among the arguments of every program of the machine; the test hosts' programs are among them.
struct Watch(
    Arc<AtomicBool>,
    std::thread::JoinHandle<(u64, Option<String>)>,
);

impl Watch {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut looked = 0;
            while !seen.load(Ordering::Relaxed) {
                looked += 1;
                for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
                    let Ok(line) = std::fs::read(entry.path().join("cmdline")) else {
                        continue;
                    };
                    let line = String::from_utf8_lossy(&line).replace('\0', " ");
                    if TRACES.iter().any(|trace| line.contains(trace)) {
                        return (looked, Some(line));
                    }
                }
            }
            (looked, None)
        });
        Self(stop, thread)
    }

    #[track_caller]
    fn end(self) {
        self.0.store(true, Ordering::Relaxed);
        let (looked, found) = self.1.join().expect("the watch ends");
        assert!(looked > 3, "nobody has watched");
        assert_eq!(found, None, "a secret among the arguments of a program");
    }
}

fn bare() {
    sh(
        "vps1",
        "systemctl disable -q --now spark-pages 2>/dev/null || true
         rm -rf /etc/play-secrets /etc/spark-pages /opt /var/backups/platform /var/lib/play/journal /var/lib/play/pending* /usr/local/bin/docker /usr/local/bin/curl /usr/local/sbin/platform-*
         mkdir /opt; ! id -u planted >/dev/null 2>&1 || userdel planted; rm -f /etc/shadow-",
    );
}

/// A check in every output, then the run: what the host holds afterwards. Returns the run's name.
fn check_and_apply(project: &Project) -> String {
    for words in [
        &["--check", "-vvv"][..],
        &["--check", "--output", "json"],
        &["--check", "--output", "junit", "--report", "report.html"],
    ] {
        project.run("site.yml", words).expect(0);
    }
    let left = holding("vps1");
    assert_eq!(left, BTreeSet::new(), "a check has left a secret");
    let words = ["--yes", "--output", "json"];
    let run = project.run("site.yml", &words).expect(1);
    let meant: BTreeSet<String> = MEANT.iter().map(|line| (*line).to_owned()).collect();
    assert_eq!(holding("vps1"), meant, "{}", run.words());
    assert_eq!(sh("vps1", "stat -c %a /etc/play-secrets/public"), "644");
    let started = run.of("run_started");
    let name = started.iter().find_map(|event| event["run"].as_str());
    name.expect("a name").to_owned()
}

fn ask(project: &Project) {
    for (first, words) in [
        ("explain", &["vps1", "platform_secrets"][..]),
        ("explain", &["vps1", "airflow_connections"]),
        ("inventory", &["--vars"]),
        ("lint", &["site.yml"]),
        ("plan", &["site.yml", "-o", "kept.play-plan"]),
    ] {
        let run = project.run(first, words);
        assert!(matches!(run.code, Some(0 | 1)), "{first}: {}", run.words());
    }
}

/// With an inventory that does not know what a role knew.
fn roll_back(project: &Project, name: &str) {
    std::fs::remove_file(project.path("roles/own/vars/main.yml")).expect("removed");
    for words in [
        &[name, "--check", "-vvv"][..],
        &[name, "--yes", "--output", "json"],
    ] {
        project.run("rollback", words).expect(0);
    }
    let left = holding("vps1");
    let made = |file: &String| file.starts_with("/opt") || file.contains("/own");
    assert!(!left.iter().any(made), "{left:?}");
}

#[test]
fn planted_secrets_are_where_they_are_meant_to_be_and_nowhere_else() {
    bare();
    let project = Project::new();
    let watch = Watch::start();
    let name = check_and_apply(&project);
    ask(&project);
    // What is rotated is known to nobody any more, but to the host.
    project.plant("-2");
    project.run("site.yml", &["--check", "-vvv"]);
    project.plant("");
    roll_back(&project, &name);
    watch.end();
    let kept = Command::new("grep")
        .args(["-rlaE", &TRACES.join("|")])
        .arg(project.0.path())
        .output()
        .expect("grep starts");
    let kept = String::from_utf8_lossy(&kept.stdout);
    assert_eq!(kept, "", "the controller has kept a secret");
    bare();
}
