//! Interfaces, their addresses, and the way out.
use super::address::{self, Address};
use super::text;
use play_core::Value;
use serde_json::{Map, json};
use std::net::{IpAddr, Ipv4Addr};

/// `{default: {address, interface, gateway}, addresses, interfaces: {NAME: {addresses, mac, mtu, up}}}`.
pub(super) fn network() -> Value {
    let addresses = address::all().unwrap_or_default();
    let names = crate::machine::file::list("/sys/class/net").unwrap_or_default();
    let mut interfaces = Map::new();
    for name in &names {
        interfaces.insert(name.clone(), interface(name, &addresses));
    }
    let global = addresses.iter().filter(|one| one.global());
    let global: Vec<String> = global.map(|one| one.ip.to_string()).collect();
    json!({
        "default": way_out(&text("/proc/net/route"), &addresses),
        "addresses": global,
        "interfaces": interfaces,
    })
}

fn interface(name: &str, addresses: &[Address]) -> Value {
    let property = |property: &str| text(&format!("/sys/class/net/{name}/{property}"));
    let index = property("ifindex").parse::<u32>().unwrap_or(0);
    let own = addresses.iter().filter(|one| one.interface == index);
    let own: Vec<String> = own.map(Address::written).collect();
    // Tunnels have no state of their own and say `unknown` while they are up.
    let up = matches!(property("operstate").as_str(), "up" | "unknown");
    json!({
        "addresses": own,
        "mac": property("address"),
        "mtu": property("mtu").parse::<u32>().ok(),
        "up": up,
    })
}

/// The default route of the lowest metric, with the address packets leave from.
fn way_out(routes: &str, addresses: &[Address]) -> Value {
    let route = routes
        .lines()
        .skip(1)
        .filter_map(route)
        .min_by_key(|route| route.metric);
    let Some(route) = route else {
        return json!({ "address": null, "interface": null, "gateway": null });
    };
    let index = text(&format!("/sys/class/net/{}/ifindex", route.interface));
    let index = index.parse::<u32>().unwrap_or(0);
    let mut own = addresses
        .iter()
        .filter(|one| (index == 0 || one.interface == index) && one.ip.is_ipv4());
    let near = own
        .clone()
        .find(|one| one.reaches(IpAddr::V4(route.gateway)));
    let address = near.or_else(|| own.next()).map(|one| one.ip.to_string());
    let gateway = (!route.gateway.is_unspecified()).then(|| route.gateway.to_string());
    json!({ "address": address, "interface": route.interface, "gateway": gateway })
}

struct Route<'a> {
    interface: &'a str,
    gateway: Ipv4Addr,
    metric: u32,
}

/// A default route in the table of /proc/net/route: destination and mask are zero, and it is up.
fn route(line: &str) -> Option<Route<'_>> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [
        interface,
        "00000000",
        gateway,
        flags,
        _,
        _,
        metric,
        "00000000",
        ..,
    ] = fields[..]
    else {
        return None;
    };
    let up = u32::from_str_radix(flags, 16).ok()? & 1 == 1;
    up.then_some(Route {
        interface,
        // The kernel prints the number as it lies in memory.
        gateway: Ipv4Addr::from(u32::from_str_radix(gateway, 16).ok()?.to_ne_bytes()),
        metric: metric.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_route_of_the_lowest_metric() {
        let table = "Iface\tDestination\tGateway\n\
            eth1\t00000000\t0200680A\t0003\t0\t0\t200\t00000000\t0\t0\t0\n\
            nosuch0\t00000000\t0100680A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
            eth0\t0000680A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let way = way_out(table, &[]);
        assert_eq!(
            (&way["interface"], &way["gateway"]),
            (&"nosuch0".into(), &"10.104.0.1".into())
        );
        assert_eq!(way_out("Iface\n", &[])["address"], Value::Null);
    }

    #[test]
    fn the_loopback_is_an_interface() {
        if !std::path::Path::new("/sys/class/net/lo").exists() {
            return;
        }
        let network = network();
        let addresses = &network["interfaces"]["lo"]["addresses"];
        assert!(
            addresses
                .as_array()
                .is_some_and(|all| all.contains(&"127.0.0.1/8".into())),
            "{network}"
        );
    }
}
