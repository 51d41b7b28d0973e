//! What docker's words mean for whoever reads them: what is wrong in a sentence, and what to do next.
use crate::program::Program;
use std::collections::BTreeSet;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// Words docker, registries and programs use, in small letters, and the way out. The first that fits.
const WAYS_OUT: &[(&[&str], &str)] = &[
    (
        &["no space left on device"],
        "the disk is full: `df -h` and `docker system df` say of what",
    ),
    (
        &[
            "manifest unknown",
            "not found",
            "does not exist",
            "access denied",
        ],
        "check the image's name and tag; a private one needs `docker login` on the host",
    ),
    (
        &[
            "no such host",
            "server misbehaving",
            "connection refused",
            "network is unreachable",
            "no route to host",
            "timeout",
            "deadline exceeded",
            "tls:",
        ],
        "the host does not reach the registry: see to that, or load the image from a file (`docker load`)",
    ),
    (
        &["toomanyrequests", "rate limit"],
        "the registry wants a pause or `docker login`",
    ),
];

/// The next step after a pull that failed.
pub(super) fn of_pull(words: &str) -> Option<&'static str> {
    let words = words.to_lowercase();
    WAYS_OUT
        .iter()
        .find(|(signs, _)| signs.iter().any(|sign| words.contains(sign)))
        .map(|(_, way)| *way)
}

/// The next step after a service that does not run, out of its log and how its container ended.
pub(super) fn of_service(log: &str, killed_for_memory: bool) -> Option<String> {
    if killed_for_memory {
        return Some(
            "it used more memory than it may: raise its memory limit, or let it use less".into(),
        );
    }
    let small = log.to_lowercase();
    if small.contains("no space left on device") {
        return Some("the disk is full: `df -h` says which".into());
    }
    if small.contains("network ") && small.contains(" not found") {
        return Some("`docker network create` makes a network that is `external`".into());
    }
    if [
        "address already in use",
        "port is already allocated",
        "could not bind on port",
    ]
    .iter()
    .any(|sign| small.contains(sign))
    {
        let holders = holders(&numbers(&small));
        return Some(if holders.is_empty() {
            "a port it wants is taken: `ss -ltnp` on the host says by whom".into()
        } else {
            holders.join(", ")
        });
    }
    None
}

/// The ports named in the lines about one that is taken and their neighbours: `port 5432`, `10.0.0.2:5432`, `[::]:5432`.
fn numbers(log: &str) -> BTreeSet<u16> {
    let lines: Vec<&str> = log.lines().collect();
    let about = |line: &str| {
        ["in use", "allocated", "bind"]
            .iter()
            .any(|sign| line.contains(sign))
    };
    lines
        .iter()
        .enumerate()
        .filter(|(_, line)| about(line))
        .flat_map(|(at, _)| &lines[at.saturating_sub(1)..(at + 2).min(lines.len())])
        .flat_map(|line| ports(line))
        .collect()
}

fn ports(line: &str) -> Vec<u16> {
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || "\"'`,;=()".contains(c))
        .map(|word| word.trim_end_matches(['.', '?', '!', ':']))
        .collect();
    let named = words
        .windows(2)
        .filter(|pair| pair[0] == "port")
        .map(|pair| pair[1]);
    let joined = words
        .iter()
        .filter_map(|word| word.rsplit_once(':'))
        .filter(|(address, _)| {
            address.ends_with(']') || *address == "*" || address.split('.').count() == 4
        })
        .map(|(_, port)| port);
    named
        .chain(joined)
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

/// Who listens on these ports: `port 5432 is held by "postgres",pid=812`.
fn holders(ports: &BTreeSet<u16>) -> Vec<String> {
    Program::new("ss")
        .args(["-H", "-l", "-t", "-n", "-p"])
        .limit(LIMIT)
        .run()
        .map(|ended| listeners(&ended.out(), ports))
        .unwrap_or_default()
}

/// From `ss -Hltnp`: state, two queues, local address, peer, `users:(("name",pid=1,fd=3))`.
fn listeners(table: &str, ports: &BTreeSet<u16>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for line in table.lines() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let port = columns
            .get(3)
            .and_then(|local| local.rsplit_once(':'))
            .and_then(|(_, port)| port.parse::<u16>().ok());
        if let Some(port) = port.filter(|port| ports.contains(port)) {
            let users = columns.get(5).copied().unwrap_or_default();
            let mut words = users.trim_start_matches("users:((").split([',', ')']);
            let (name, pid) = (
                words.next().unwrap_or_default(),
                words.next().unwrap_or_default(),
            );
            found.insert(match name {
                "" => format!("port {port} is taken"),
                name => format!(
                    "port {port} is held by {} ({})",
                    name.trim_matches('"'),
                    pid.replace('=', " ")
                ),
            });
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_that_failed_says_what_to_do() {
        let way = |words| of_pull(words).unwrap_or_default();
        assert!(
            way("dial tcp: lookup registry on 192.0.2.1:53: no such host")
                .contains("does not reach")
        );
        assert!(way("manifest for a:9 not found: manifest unknown").contains("name and tag"));
        assert!(way("write /var/lib/docker/x: no space left on device").contains("df -h"));
        assert_eq!(of_pull("something else"), None);
    }

    #[test]
    fn who_holds_the_port_is_named() {
        let log = "log: could not bind ipv4 address \"10.0.0.2\": address already in use\nhint: is another postmaster already running on port 5432?\n11-22 11:57:22 log: on port 77\n";
        let ports = numbers(log);
        assert_eq!(ports, [5432].into());
        assert_eq!(
            numbers("11:57:22 listen [10.0.0.4]:8123 failed: address already in use"),
            [8123].into()
        );
        let java = "info nioservercnxnfactory - binding to port /10.104.0.4:2181\nerror unexpected exception\njava.net.bindexception: address already in use\n\tat java.base/sun.nio.ch.net.bind0(native method)\n";
        assert_eq!(numbers(java), [2181].into());
        let table = "LISTEN 0 5 10.0.0.2:5432 0.0.0.0:* users:((\"nc\",pid=812,fd=3))\nLISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=1,fd=3))\n";
        assert_eq!(
            listeners(table, &ports),
            ["port 5432 is held by nc (pid 812)"]
        );
        assert_eq!(of_service("all is well", false), None);
        assert!(of_service("", true).is_some_and(|words| words.contains("memory")));
    }
}
