//! What the machine is called. No name server is asked: only /etc/hosts is.
use super::{state_text, text};
use crate::machine;

fn node() -> String {
    state_text(machine::hostname::look())
}

/// The name up to its first dot.
pub(super) fn hostname() -> String {
    node().split('.').next().unwrap_or_default().to_owned()
}

/// The full name: the live one where it has a dot, else the first name with one on its line of /etc/hosts.
pub(super) fn fqdn() -> String {
    full(&node(), &text("/etc/hosts"))
}

/// What follows the first dot of the full name; empty where there is none.
pub(super) fn domain() -> String {
    let full = fqdn();
    full.split_once('.')
        .map_or_else(String::new, |(_, domain)| domain.to_owned())
}

fn full(node: &str, hosts: &str) -> String {
    if node.contains('.') {
        return node.to_owned();
    }
    let lines = hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut names = lines.map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>());
    names
        .find_map(|names| {
            let ours = names.contains(&node);
            let long = names
                .iter()
                .find(|name| name.starts_with(&format!("{node}.")));
            long.filter(|_| ours).map(|name| (*name).to_owned())
        })
        .unwrap_or_else(|| node.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_name_stands_beside_the_short_one() {
        let hosts =
            "127.0.0.1 localhost localhost.localdomain\n127.0.1.1 vps1.example.org vps1 # us\n";
        assert_eq!(full("vps1", hosts), "vps1.example.org");
        assert_eq!(full("vps2", hosts), "vps2");
        assert_eq!(full("vps2.example.org", hosts), "vps2.example.org");
    }
}
