//! The routes an interface needs: to its own networks, which the kernel makes, and to its peers', which wg-quick(8) makes.
use super::configuration::{Configuration, network};
use super::live::json;
use play_core::Value;

/// A route through the interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) network: String,
    pub(super) table: String,
    /// The address whose network it is; None for a peer's.
    pub(super) source: Option<String>,
}

/// Those that are needed and not there. What the file asks for is asked of the kernel; nothing, where it asks for no routes.
pub(super) fn missing(
    interface: &str,
    link: &Value,
    mark: &str,
    wanted: &Configuration,
) -> Vec<Route> {
    let mut missing = Vec::new();
    for family in ["-4", "-6"] {
        let ours = |route: &Route| route.network.contains(':') == (family == "-6");
        let needed: Vec<Route> = needed(link, mark, wanted)
            .into_iter()
            .filter(ours)
            .collect();
        let mut tables: Vec<&str> = needed.iter().map(|route| route.table.as_str()).collect();
        tables.sort_unstable();
        tables.dedup();
        for table in tables {
            let there = there(interface, family, table, table == mark);
            let absent = |route: &&Route| route.table == table && !there.contains(&route.network);
            missing.extend(needed.iter().filter(absent).cloned());
        }
    }
    missing
}

/// As the kernel and wg-quick(8) make them: none for a peer that a network of the interface's own covers.
fn needed(link: &Value, mark: &str, wanted: &Configuration) -> Vec<Route> {
    let mut needed = connected(link);
    let table = wanted.table.as_deref().unwrap_or("auto");
    let covered =
        |network: &str, own: &[Route]| own.iter().any(|own| covers(&own.network, network));
    let own = needed.clone();
    for network in wanted.networks() {
        let table = match table {
            "off" => continue,
            // wg-quick names the table of a default route as it marks the packets that must not take it.
            "auto" if network.ends_with("/0") => mark,
            "auto" if covered(network, &own) => continue,
            "auto" => "main",
            table => table,
        };
        needed.push(Route {
            network: network.clone(),
            table: table.to_owned(),
            source: None,
        });
    }
    needed
}

/// The networks of the interface's own addresses.
fn connected(link: &Value) -> Vec<Route> {
    let entries = link["addr_info"].as_array().into_iter().flatten();
    entries
        .filter(|entry| entry["noprefixroute"] != true && entry["protocol"] != "kernel_ll")
        .filter_map(|entry| {
            let (address, length) = (entry["local"].as_str()?, entry["prefixlen"].as_u64()?);
            let whole = if address.contains(':') { 128 } else { 32 };
            (length < whole).then(|| Route {
                network: network(&format!("{address}/{length}")),
                table: "main".into(),
                source: Some(address.to_owned()),
            })
        })
        .collect()
}

/// Whether a network lies within another one.
fn covers(outer: &str, inner: &str) -> bool {
    let length = |text: &str| {
        text.split_once('/')
            .and_then(|(_, bits)| bits.parse::<u32>().ok())
    };
    let (Some(few), Some(many)) = (length(outer), length(inner)) else {
        return false;
    };
    let address = inner.split('/').next().unwrap_or_default();
    few <= many
        && outer.contains(':') == inner.contains(':')
        && network(&format!("{address}/{few}")) == outer
}

/// Where the interface's routes of a table lead; nowhere, where no rule leads to the table. One nobody used yet cannot be listed.
fn there(interface: &str, family: &str, table: &str, by_rule: bool) -> Vec<String> {
    let listed = |words: &[&str]| match json(&[&[family, "-j"], words].concat()) {
        Ok(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    // A default route's table has the number of a mark; `off` is none.
    if by_rule && (table == "off" || listed(&["rule", "show", "table", table]).is_empty()) {
        return Vec::new();
    }
    let whole = if family == "-6" { "::/0" } else { "0.0.0.0/0" };
    let routes = listed(&["route", "show", "dev", interface, "table", table]);
    let leads = |route: &Value| match route["dst"].as_str()? {
        "default" => Some(whole.to_owned()),
        destination => Some(network(destination)),
    };
    routes.iter().filter_map(leads).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn networks(table: &str) -> Vec<(String, String)> {
        let link = json!({ "addr_info": [
            { "local": "10.8.0.1", "prefixlen": 24 },
            { "local": "fd00::1", "prefixlen": 64 },
            { "local": "10.7.0.1", "prefixlen": 32 },
        ] });
        let text = format!(
            "[Interface]\nTable = {table}\n[Peer]\nPublicKey = A\nAllowedIPs = 10.8.0.2/32, fd00::2/128, 10.9.0.0/16, 10.9.1.0/24, ::/0\n"
        );
        let Ok(wanted) = Configuration::parse(&text) else {
            panic!("it is read");
        };
        let needed = needed(&link, "51820", &wanted).into_iter();
        needed.map(|route| (route.network, route.table)).collect()
    }

    fn named(routes: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(network, table): &(&str, &str)| ((*network).to_owned(), (*table).to_owned());
        routes.iter().map(owned).collect()
    }

    #[test]
    fn what_the_kernel_and_wg_quick_make_is_needed() {
        let own = [("10.8.0.0/24", "main"), ("fd00::/64", "main")];
        let peers = [
            ("10.9.0.0/16", "main"),
            ("10.9.1.0/24", "main"),
            ("::/0", "51820"),
        ];
        assert_eq!(networks("auto"), named(&[&own[..], &peers[..]].concat()));
        assert_eq!(networks("off"), named(&own));
        assert_eq!(networks("7").len(), own.len() + 5);
    }

    #[test]
    fn a_network_covers_what_lies_within_it() {
        assert!(covers("10.8.0.0/24", "10.8.0.7/32") && covers("fd00::/64", "fd00::2/128"));
        assert!(!covers("10.8.0.0/24", "10.8.0.0/16") && !covers("10.8.0.0/24", "10.8.1.1/32"));
        assert!(!covers("0.0.0.0/0", "::1/128"));
    }
}
