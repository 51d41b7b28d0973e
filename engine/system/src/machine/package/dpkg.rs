//! dpkg's own record of what is installed, read natively: a package is looked at without starting a program.
use crate::machine::parsed::Parsed;
use play_core::state::Package;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What the status file says.
#[derive(Debug, Default)]
pub(crate) struct Status {
    /// Installed packages by name; of several architectures, the machine's own.
    pub(crate) installed: BTreeMap<String, Package>,
    /// The same by `name:architecture`.
    by_architecture: HashMap<String, Package>,
    /// Removed packages whose settings are still there, by name and by `name:architecture`, with the version they had.
    pub(crate) remains: BTreeMap<String, String>,
    /// Packages an interrupted dpkg left half way, with the word for it.
    pub(crate) unfinished: Vec<(String, String)>,
}

static STATUS: Parsed<Status> = Parsed::new("/var/lib/dpkg/status", parse);

/// The record as it is now; empty where there is none.
pub(crate) fn status() -> std::io::Result<Arc<Status>> {
    STATUS.read()
}

impl Status {
    /// An installed package by name or `name:architecture`.
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.installed
            .get(name)
            .or_else(|| self.by_architecture.get(name))
    }

    fn remain(&mut self, stanza: &Stanza<'_>) {
        let full = format!("{}:{}", stanza.name, stanza.architecture);
        for name in [stanza.name.to_owned(), full] {
            self.remains.insert(name, stanza.version.to_owned());
        }
    }
}

struct Stanza<'a> {
    name: &'a str,
    architecture: &'a str,
    version: &'a str,
    status: &'a str,
}

fn stanza(text: &str) -> Option<Stanza<'_>> {
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key == name).then(|| value.trim())
        })
    };
    Some(Stanza {
        name: field("Package")?,
        architecture: field("Architecture").unwrap_or_default(),
        version: field("Version").unwrap_or_default(),
        status: field("Status")?,
    })
}

fn parse(text: &str) -> Status {
    let stanzas: Vec<Stanza<'_>> = text.split("\n\n").filter_map(stanza).collect();
    let native = stanzas
        .iter()
        .find(|stanza| stanza.name == "dpkg")
        .map_or("", |stanza| stanza.architecture);
    let mut status = Status::default();
    for stanza in &stanzas {
        let words: Vec<&str> = stanza.status.split_whitespace().collect();
        let [want, _, state] = words[..] else {
            continue;
        };
        match state {
            "installed" => {}
            "not-installed" => continue,
            "config-files" => {
                status.remain(stanza);
                continue;
            }
            word => {
                status
                    .unfinished
                    .push((stanza.name.to_owned(), word.to_owned()));
                continue;
            }
        }
        let package = Package {
            version: stanza.version.to_owned(),
            held: want == "hold",
        };
        let full = format!("{}:{}", stanza.name, stanza.architecture);
        status.by_architecture.insert(full, package.clone());
        let ours = stanza.architecture == native || stanza.architecture == "all";
        if ours || !status.installed.contains_key(stanza.name) {
            status.installed.insert(stanza.name.to_owned(), package);
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.22\nDescription: x\n Version: 9\n\n\
        Package: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 2.40\n\n\
        Package: libc6\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 2.41-1\n\n\
        Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\n\n\
        Package: broken\nStatus: install ok half-configured\nArchitecture: all\nVersion: 1\n";

    #[test]
    fn only_what_is_installed_counts() {
        let status = parse(TEXT);
        let version = |name: &str| status.package(name).map(|package| package.version.as_str());
        assert_eq!(version("dpkg"), Some("1.22"));
        assert_eq!(version("libc6"), Some("2.41-1"));
        assert_eq!(version("libc6:i386"), Some("2.40"));
        assert_eq!(version("dpkg:amd64"), Some("1.22"));
        assert!(status.package("libc6").is_some_and(|package| package.held));
        assert_eq!((version("gone"), version("broken")), (None, None));
        assert_eq!(status.remains.get("gone").map(String::as_str), Some("1"));
        assert!(!status.remains.contains_key("dpkg"));
        assert_eq!(
            status.unfinished,
            [("broken".to_owned(), "half-configured".to_owned())]
        );
    }
}
