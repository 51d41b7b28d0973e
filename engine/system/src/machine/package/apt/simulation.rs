//! What apt-get would do, by its own simulation: no lock, no root, nothing altered.
use super::{arguments, failure, quiet, words};
use play_core::Fault;
use play_core::query::{PackageRequest, Transaction};
use std::time::Duration;

pub(super) fn run(request: &PackageRequest) -> Result<Transaction, Fault> {
    let mut known = request.clone();
    let mut missing = Vec::new();
    // What no list has is named, and the rest is planned without it.
    loop {
        let empty = known.install.is_empty() && known.remove.is_empty();
        if empty && !known.upgrade && !(known.autoremove && missing.is_empty()) {
            return Ok(Transaction {
                missing,
                ..Transaction::default()
            });
        }
        let ended = quiet("apt-get")
            .args(["-s", "-q", "-o", "Debug::NoLocking=1", "-o", "APT::Color=0"])
            .args(arguments(&known)?)
            .args(words(&known))
            .limit(Duration::from_secs(300))
            .run()?;
        if ended.code == 0 {
            let mut transaction = parse(&ended.out());
            transaction.missing = missing;
            transaction.essential = essential(&ended.out());
            return Ok(transaction);
        }
        let unknown = unknown(&ended.err());
        let count = known.install.len() + known.remove.len();
        let named = |wanted: &String| unknown.iter().any(|name| same(wanted, name));
        missing.extend(known.install.iter().filter(|wanted| named(wanted)).cloned());
        known.install.retain(|wanted| !named(wanted));
        known.remove.retain(|wanted| !named(wanted));
        if known.install.len() + known.remove.len() == count {
            return Err(failure::of(&ended));
        }
    }
}

/// apt names a package without the version that was asked for.
fn same(wanted: &str, name: &str) -> bool {
    wanted.split_once('=').map_or(wanted, |(wanted, _)| wanted) == name
}

/// The names apt has never heard of, or has no version of (LC_ALL=C.UTF-8).
fn unknown(said: &str) -> Vec<String> {
    let name = |line: &str| {
        let line = line.strip_prefix("E: ")?;
        let quoted = || line.split(['\'', '"', '‘', '’']).nth(1);
        if let Some(name) = line.strip_prefix("Unable to locate package ") {
            return Some(name.trim().to_owned());
        }
        if line.starts_with("Couldn't find any package by")
            || line.ends_with("has no installation candidate")
        {
            return quoted().map(str::to_owned);
        }
        // E: Version '9' for 'nginx' was not found
        let wanting = line.starts_with("Version ") && line.ends_with("was not found");
        wanting.then(|| line.split('\'').nth(3).map(str::to_owned))?
    };
    said.lines().filter_map(name).collect()
}

/// The names below apt's warning; apt-get(8) refuses them with `-y`. `name (due to other)` is one.
fn essential(out: &str) -> Vec<String> {
    const WARNING: &str = "WARNING: The following essential packages will be removed.";
    let Some((_, rest)) = out.split_once(WARNING) else {
        return Vec::new();
    };
    rest.lines()
        .skip(2)
        .take_while(|line| line.starts_with(' '))
        .flat_map(names)
        .collect()
}

/// The names of one line, without what stands in parentheses behind them.
fn names(line: &str) -> Vec<String> {
    let bare = |piece: &str| match piece.split_once(')') {
        Some((_, behind)) => behind.to_owned(),
        None => piece.to_owned(),
    };
    let pieces = line.split('(').map(bare).collect::<Vec<_>>().join(" ");
    pieces.split_whitespace().map(str::to_owned).collect()
}

/// `Inst name [old] (new origin [architecture])`, `Remv name [old]`, `Purg name [old]`.
fn parse(out: &str) -> Transaction {
    let mut transaction = Transaction::default();
    for line in out.lines() {
        let Some((verb, rest)) = line.split_once(' ') else {
            continue;
        };
        let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let old = rest
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map(|(old, _)| old);
        let new = rest
            .split_once('(')
            .and_then(|(_, rest)| rest.split([' ', ')']).next())
            .unwrap_or_default();
        let name = name.to_owned();
        match (verb, old) {
            ("Inst", Some(old)) => transaction
                .upgrade
                .push((name, old.to_owned(), new.to_owned())),
            ("Inst", None) => transaction.install.push((name, new.to_owned())),
            ("Remv" | "Purg", old) if !transaction.remove.iter().any(|one| one.0 == name) => {
                let old = old.unwrap_or_default().to_owned();
                transaction.remove.push((name, old));
            }
            // Unpacked by a run that was interrupted, and still to be made ready.
            ("Conf", _) if !brings(&transaction, &name) => {
                transaction.install.push((name, new.to_owned()));
            }
            _ => {}
        }
    }
    transaction
}

fn brings(transaction: &Transaction, name: &str) -> bool {
    let mut installed = transaction.install.iter().map(|(known, _)| known);
    let mut upgraded = transaction.upgrade.iter().map(|(known, ..)| known);
    installed.any(|known| known == name) || upgraded.any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_simulation() {
        let out = "NOTE: This is only a simulation!\nReading package lists...\n\
            Remv exim4 [4.96-15]\nPurg mailutils [1:3.15]\nInst openssl [3.0.1] (3.0.2 Debian:12/stable [amd64])\n\
            Inst cowsay (3.03+dfsg2-8 Debian:12.5/stable [all]) []\nConf cowsay (3.03+dfsg2-8 Debian:12.5/stable [all])\n\
            Conf openssl (3.0.2 Debian:12/stable [amd64])\nConf tree (2.1 Debian:12/stable [amd64])\n";
        let transaction = parse(out);
        assert_eq!(
            transaction.install,
            [
                ("cowsay".to_owned(), "3.03+dfsg2-8".to_owned()),
                ("tree".to_owned(), "2.1".to_owned())
            ]
        );
        assert_eq!(
            transaction.upgrade,
            [("openssl".to_owned(), "3.0.1".to_owned(), "3.0.2".to_owned())]
        );
        let removed: Vec<&str> = transaction
            .remove
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(removed, ["exim4", "mailutils"]);
    }

    #[test]
    fn what_the_machine_cannot_do_without_is_named() {
        let out = "The following packages will be REMOVED:\n  login util\n\
            WARNING: The following essential packages will be removed.\n\
            This should NOT be done unless you know exactly what you are doing!\n  \
            login util (due to login) bash\n0 upgraded, 0 newly installed, 2 to remove and 0 not upgraded.\n";
        assert_eq!(essential(out), ["login", "util", "bash"]);
        assert!(essential("The following packages will be REMOVED:\n  tree\n").is_empty());
    }

    #[test]
    fn what_is_missing_is_named() {
        let said = "E: Unable to locate package nope\nE: Version '9' for 'nginx' was not found\n\
            E: Package 'virtual' has no installation candidate\nW: something else\n";
        assert_eq!(unknown(said), ["nope", "nginx", "virtual"]);
        assert!(same("nginx=9", "nginx") && !same("nginx-core", "nginx"));
    }
}
