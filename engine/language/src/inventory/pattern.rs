//! Host patterns: `all`, `web*`, `web:&prod:!old`, `web[0:2]`, `~regex`.
use super::address::{bare, is_ipv6};
use crate::{Inventory, keyword};
use regex::Regex;
use std::collections::BTreeSet;

/// What a pattern chose, and the plain names in it that nothing bears.
#[derive(Debug, Default, PartialEq)]
pub struct Selection {
    /// In inventory order.
    pub hosts: Vec<String>,
    /// Each with its hint.
    pub unknown: Vec<(String, Option<String>)>,
    /// Parts that are no pattern, with the reason.
    pub wrong: Vec<(String, String)>,
}

/// The hosts a pattern chooses. Unions first, then `&`, then `!`, whatever order they are written in, as Ansible does.
pub fn select(inventory: &Inventory, pattern: &str) -> Selection {
    let mut selection = Selection::default();
    let mut terms = split(inventory, pattern);
    terms.sort_by_key(|term| match term.chars().next() {
        Some('&') => 1,
        Some('!') => 2,
        _ => 0,
    });
    if terms
        .first()
        .is_some_and(|term| term.starts_with(['&', '!']))
    {
        terms.insert(0, "all".to_owned());
    }
    let mut chosen: BTreeSet<usize> = BTreeSet::new();
    for term in &terms {
        let name = bare(term.trim_start_matches(['&', '!']));
        let Some(found) = find(inventory, name, &mut selection) else {
            continue;
        };
        match term.chars().next() {
            Some('&') => chosen.retain(|host| found.contains(host)),
            Some('!') => chosen.retain(|host| !found.contains(host)),
            _ => chosen.extend(found),
        }
    }
    let names: Vec<&String> = inventory.hosts.keys().collect();
    selection.hosts = chosen
        .into_iter()
        .map(|index| names[index].clone())
        .collect();
    selection
}

/// Terms are separated by commas or colons; a colon within brackets, a regex, an address or a host's name separates nothing.
fn split(inventory: &Inventory, pattern: &str) -> Vec<String> {
    let one = pattern.trim().trim_start_matches(['&', '!']);
    if is_ipv6(bare(one)) || inventory.hosts.contains_key(one) {
        return vec![pattern.trim().to_owned()];
    }
    let separator = if pattern.contains(',') { ',' } else { ':' };
    let mut terms = vec![String::new()];
    let mut depth = 0_usize;
    for character in pattern.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let regex = terms
            .last()
            .is_some_and(|term| term.trim_start().starts_with(['~']));
        if character == separator && depth == 0 && !(regex && separator == ':') {
            terms.push(String::new());
        } else if let Some(term) = terms.last_mut() {
            term.push(character);
        }
    }
    terms
        .iter()
        .map(|term| term.trim().to_owned())
        .filter(|term| !term.is_empty())
        .collect()
}

/// Indexes of the hosts one term names; None where it is unknown or wrong, which is then noted.
fn find(inventory: &Inventory, term: &str, selection: &mut Selection) -> Option<Vec<usize>> {
    if let Some(text) = term.strip_prefix('~') {
        return match Regex::new(text) {
            Ok(regex) => Some(matching(inventory, |name| regex.is_match(name))),
            Err(error) => {
                let why = error.to_string().lines().last().unwrap_or("").to_owned();
                selection.wrong.push((term.to_owned(), why));
                None
            }
        };
    }
    let (name, subscript) = subscript(term);
    let found = named(inventory, name);
    if found.is_none() {
        let words = inventory.hosts.keys().chain(inventory.groups.keys());
        let near = keyword::hint(name, words.map(String::as_str));
        let hint = near.or_else(|| Some("`play inventory` shows hosts and groups".to_owned()));
        selection.unknown.push((name.to_owned(), hint));
    }
    found.map(|hosts| subscript.map_or(hosts.clone(), |range| slice(&hosts, range)))
}

fn named(inventory: &Inventory, name: &str) -> Option<Vec<usize>> {
    if let Some(group) = inventory.groups.get(name) {
        return Some(indexes(inventory, &group.hosts));
    }
    if name == "*" {
        return named(inventory, "all");
    }
    if let Some(index) = inventory.hosts.get_index_of(name) {
        return Some(vec![index]);
    }
    if !name.contains(['*', '?', '[']) {
        return None;
    }
    let regex = Regex::new(&glob(name)).ok()?;
    Some(matching(inventory, |name| regex.is_match(name)))
}

fn indexes(inventory: &Inventory, hosts: &[String]) -> Vec<usize> {
    let mut found: Vec<usize> = hosts
        .iter()
        .filter_map(|host| inventory.hosts.get_index_of(host))
        .collect();
    found.sort_unstable();
    found
}

fn matching(inventory: &Inventory, test: impl Fn(&str) -> bool) -> Vec<usize> {
    let mut found: BTreeSet<usize> = BTreeSet::new();
    for (index, name) in inventory.hosts.keys().enumerate() {
        if test(name) {
            found.insert(index);
        }
    }
    for group in inventory.groups.values().filter(|group| test(&group.name)) {
        found.extend(indexes(inventory, &group.hosts));
    }
    found.into_iter().collect()
}

/// A shell pattern as a regex.
pub(crate) fn glob(pattern: &str) -> String {
    let mut out = String::from("^");
    let mut bracket = false;
    for character in pattern.chars() {
        match character {
            '*' if !bracket => out.push_str(".*"),
            '?' if !bracket => out.push('.'),
            '[' => {
                bracket = true;
                out.push('[');
            }
            ']' if bracket => {
                bracket = false;
                out.push(']');
            }
            '!' if bracket && out.ends_with('[') => out.push('^'),
            '-' if bracket => out.push('-'),
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    out.push('$');
    out
}

type Range = (i64, Option<Option<i64>>);

/// `web[0]`, `web[-1]`, `web[0:2]`, `web[1:]`; both ends count, as in Ansible.
fn subscript(term: &str) -> (&str, Option<Range>) {
    let parse = || {
        let inside = term.strip_suffix(']')?;
        let (name, inside) = inside.rsplit_once('[')?;
        let range = match inside
            .split_once([':', '-'])
            .filter(|(from, _)| !from.is_empty())
        {
            Some((from, "")) => (from.parse().ok()?, Some(None)),
            Some((from, to)) => (from.parse().ok()?, Some(Some(to.parse().ok()?))),
            None => (inside.parse().ok()?, None),
        };
        (!name.is_empty()).then_some((name, range))
    };
    match parse() {
        Some((name, range)) => (name, Some(range)),
        None => (term, None),
    }
}

fn slice(hosts: &[usize], (from, to): Range) -> Vec<usize> {
    let length = i64::try_from(hosts.len()).unwrap_or(i64::MAX);
    let absolute = |index: i64| if index < 0 { index + length } else { index };
    let first = absolute(from);
    let last = match to {
        None => first,
        Some(None) => length - 1,
        Some(Some(last)) => absolute(last),
    };
    (0_i64..)
        .zip(hosts)
        .filter(|(index, _)| (first..=last).contains(index))
        .map(|(_, host)| *host)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Group, Host};

    fn inventory() -> Inventory {
        let mut inventory = Inventory::default();
        let groups = [
            ("all", vec!["web1", "web2", "web3", "db1"]),
            ("web", vec!["web1", "web2", "web3"]),
            ("prod", vec!["web1", "db1"]),
        ];
        for name in ["web1", "web2", "web3", "db1"] {
            let host = Host {
                name: name.into(),
                place: play_core::Place::default(),
                groups: vec![],
                variables: vec![],
            };
            inventory.hosts.insert(name.into(), host);
        }
        for (name, hosts) in groups {
            let group = Group {
                name: name.into(),
                hosts: hosts.into_iter().map(String::from).collect(),
                ..Group::default()
            };
            inventory.groups.insert(name.into(), group);
        }
        inventory
    }

    fn chosen(pattern: &str) -> Vec<String> {
        select(&inventory(), pattern).hosts
    }

    #[test]
    fn every_shape_of_pattern() {
        assert_eq!(chosen("all"), ["web1", "web2", "web3", "db1"]);
        assert_eq!(chosen("web*"), ["web1", "web2", "web3"]);
        assert_eq!(chosen("db1,web1"), ["web1", "db1"]);
        assert_eq!(chosen("web:&prod"), ["web1"]);
        assert_eq!(chosen("!web1:web"), ["web2", "web3"]);
        assert_eq!(chosen("web[0]"), ["web1"]);
        assert_eq!(chosen("web[0:1]"), ["web1", "web2"]);
        assert_eq!(chosen("web[-1]"), ["web3"]);
        assert_eq!(chosen("web[1:]"), ["web2", "web3"]);
        assert_eq!(chosen("~^web[12]$"), ["web1", "web2"]);
        assert_eq!(chosen("web[12]*"), ["web1", "web2"]);
    }

    #[test]
    fn the_colons_of_an_address_separate_nothing() {
        let mut inventory = inventory();
        for name in ["fd00::2", "fd00::3"] {
            let host = Host {
                name: name.into(),
                ..inventory.hosts["db1"].clone()
            };
            inventory.hosts.insert(name.into(), host);
        }
        for (pattern, wanted) in [
            ("fd00::2", &["fd00::2"][..]),
            ("[fd00::2]", &["fd00::2"]),
            ("db1,fd00::2", &["db1", "fd00::2"]),
            ("db1:[fd00::2]", &["db1", "fd00::2"]),
            ("fd00::*,!fd00::2", &["fd00::3"]),
        ] {
            assert_eq!(select(&inventory, pattern).hosts, wanted, "{pattern}");
        }
        let unknown = select(&inventory, "fd00::9").unknown;
        assert_eq!(unknown[0].0, "fd00::9");
    }

    #[test]
    fn unknown_names_come_with_the_nearest() {
        let selection = select(&inventory(), "wb:db1");
        assert_eq!(selection.hosts, ["db1"]);
        let hint = Some("did you mean `web`?".to_owned());
        assert_eq!(selection.unknown, [("wb".to_owned(), hint)]);
        assert_eq!(select(&inventory(), "~(").wrong.len(), 1);
    }
}
