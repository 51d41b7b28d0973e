//! nftables: a table's live rules, the normal form of a script, one transaction to load it.
use crate::Context;
use crate::program::{Ended, Program};
use play_core::state::Table;
use play_core::{Effect, Fault, State, Value};
use serde_json::json;
use std::time::Duration;

const FAMILIES: &[&str] = &["ip", "ip6", "inet", "arp", "bridge", "netdev"];
/// nft answers in milliseconds; a rule set of 100 000 elements in seconds.
const LIMIT: Duration = Duration::from_secs(60);
/// Exit code of our line when the script does not load; nft itself ends with 1.
const NOT_LOADED: i32 = 3;
/// Loads what stdin holds, then lists the table; `$@` are interfaces to imitate.
const LOAD_AND_LIST: &str = r#"family=$1; name=$2; shift 2
for interface in "$@"; do
  ip link add "$interface" type dummy 2>/dev/null || ip link add "$interface" type bridge 2>/dev/null || exit 4
done
nft -f - || exit 3
exec nft -s list table "$family" "$name""#;

/// The live table, by family and name (`inet play`).
pub fn look(table: &str) -> Result<State, Fault> {
    let (family, name) = split(table)?;
    let listed = Program::new("nft")
        .args(["-s", "list", "table", family, name])
        .limit(LIMIT)
        .run();
    let ended = match listed {
        Err(Fault::Unsupported { .. }) => return Ok(State::Absent),
        ended => ended?,
    };
    match ended.code {
        0 => Ok(State::Table(Table {
            rules: plain(&ended.out()),
        })),
        _ if ended.err().contains("No such file or directory") => Ok(State::Absent),
        _ => Err(ended.fault()),
    }
}

/// The script's table as the kernel would list it: loaded in an empty network namespace and listed there.
/// Sets that only the kernel fills are listed without elements, as in [`look`].
pub fn normal(script: &str, family: &str, name: &str) -> Result<Value, Fault> {
    split(&format!("{family} {name}"))?;
    let mut ended = scratch(script, family, name, &[])?;
    // `iif "eth0"` and flowtables name interfaces, and an empty namespace has none: once more with this host's own names.
    if ended.code == NOT_LOADED && wants_interface(&ended.err()) {
        let imitated = scratch(script, family, name, &interfaces())?;
        if imitated.code != 4 {
            ended = imitated;
        }
    }
    Ok(match ended.code {
        0 => json!({ "rules": plain(&ended.out()) }),
        NOT_LOADED => json!({ "error": words(&ended.err()) }),
        _ => json!({ "error": format!("the script makes no table {family} {name}") }),
    })
}

/// Loads a script in one transaction: all of it or nothing.
pub fn load(script: &str, context: &Context) -> Result<Effect, Fault> {
    Program::new("nft")
        .args(["-f", "-"])
        .within(context)
        .limit(LIMIT)
        .stdin(script)
        .succeed()
        .map(|_| Effect::default())
}

/// The script that brings a table back to what it is now, its sets' elements and counters included; for an undo.
pub(crate) fn restoring(table: &str) -> Result<String, Fault> {
    let (family, name) = split(table)?;
    let removal = format!("table {family} {name}\ndelete table {family} {name}\n");
    if look(table)?.is_absent() {
        return Ok(removal);
    }
    let ended = Program::new("nft")
        .args(["list", "table", family, name])
        .limit(LIMIT)
        .succeed()?;
    Ok(format!("{removal}{}", ended.out()))
}

fn split(table: &str) -> Result<(&str, &str), Fault> {
    let sound = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-./\\".contains(c))
    };
    table
        .split_once(' ')
        .filter(|(family, name)| FAMILIES.contains(family) && sound(name))
        .ok_or_else(|| {
            Fault::arguments(format!(
                "not an nftables table: `{table}` (write a family and a name, `inet play`)"
            ))
        })
}

fn scratch(script: &str, family: &str, name: &str, names: &[String]) -> Result<Ended, Fault> {
    let mut arguments = vec!["--net"];
    if !rustix::process::geteuid().is_root() {
        arguments.extend(["--user", "--map-root-user"]);
    }
    arguments.extend(["--", "sh", "-c", LOAD_AND_LIST, "sh", family, name]);
    let ended = Program::new("unshare")
        .args(arguments)
        .args(names)
        .limit(LIMIT)
        .stdin(script)
        .run()?;
    if ended.err().contains("nft: not found") {
        return Err(Fault::Unsupported {
            what: "the program nft".into(),
            hint: Some("package nftables".into()),
        });
    }
    if ended.err().starts_with("unshare:") {
        return Err(ended.fault());
    }
    Ok(ended)
}

fn wants_interface(words: &str) -> bool {
    words.contains("Interface does not exist") || words.contains("No such device")
}

/// This host's interfaces but the loopback, which every namespace has.
fn interfaces() -> Vec<String> {
    let Ok(entries) = std::fs::read_dir("/sys/class/net") else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != "lo" && name != "bonding_masters")
        .collect();
    names.sort();
    names
}

/// nft's own words, with the way out where an interface is missing.
fn words(said: &str) -> String {
    let said = said.trim_end().replace("/dev/stdin:", "line ");
    if wants_interface(&said) {
        format!(
            "{said}\n(`iif` and `oif` need the interface when the rules are loaded; `iifname` and `oifname` do not)"
        )
    } else {
        said
    }
}

/// A listing without nft's remarks and without the elements of sets that fill and empty by themselves.
fn plain(listing: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut lines = listing.lines();
    let mut fills_itself = false;
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        if text.starts_with('#') {
            continue;
        }
        if text.ends_with('{') && !text.starts_with("elements") {
            fills_itself = false;
        }
        if let Some(flags) = text.strip_prefix("flags ") {
            fills_itself = flags
                .split(',')
                .any(|flag| matches!(flag.trim(), "dynamic" | "timeout"));
        }
        if fills_itself && text.starts_with("elements = {") {
            let mut last = text;
            while !last.ends_with('}') {
                match lines.next() {
                    Some(next) => last = next,
                    None => break,
                }
            }
            continue;
        }
        kept.push(line.trim_end());
    }
    kept.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_sets_that_fill_themselves_are_left_out() {
        let listing = "table inet play {\n\tset ban {\n\t\ttype ipv4_addr\n\t\tflags dynamic,timeout\n\t\telements = { 10.0.0.1 timeout 1h,\n\t\t\t     10.0.0.2 }\n\t}\n\n\tset own {\n\t\ttype ipv4_addr\n\t\telements = { 10.1.0.1 }\n\t}\n}\n";
        let plain = plain(listing);
        assert!(
            !plain.contains("10.0.0.") && plain.contains("10.1.0.1"),
            "{plain}"
        );
        assert_eq!(plain.matches('{').count(), plain.matches('}').count());
    }

    #[test]
    fn a_table_is_a_family_and_a_name() {
        assert_eq!(split("inet play").ok(), Some(("inet", "play")));
        assert!(split("play").is_err() && split("inet -f").is_err() && split("inet a b").is_err());
    }
}
