//! Brings a live interface to a configuration without taking it down: keys and peers, addresses, MTU, routes.
use super::configuration::{Configuration, Entry};
use super::live::{self, Live};
use super::route::{self, Route};
use super::{LIMIT, public, resource, sound};
use crate::Context;
use crate::program::Program;
use play_core::state::Tunnel;
use play_core::{Change, Effect, Fault, State};
use std::fmt::Write;

/// wg(8) leaves out what is not named; this key is none.
const NO_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The change to a live interface. Its key is proven before and after: one that is lost cuts off every peer.
pub fn apply(
    interface: &str,
    configuration: &str,
    change: &Change,
    context: &Context,
) -> Result<Effect, Fault> {
    let live = live::interface(sound(interface)?)?.ok_or_else(|| Fault::Missing {
        resource: resource(interface),
        hint: Some(format!("start wg-quick@{interface}.service")),
    })?;
    let mut wanted = Configuration::parse(configuration)?;
    let key = private_key(interface, &wanted)?;
    let public_key = public(&key, "what the configuration names")?;
    let planned = change.leaves.iter().find_map(|leaf| match &leaf.after {
        State::Tunnel(tunnel) => Some(tunnel),
        _ => None,
    });
    if planned.unwrap_or(&live.tunnel).public_key != public_key {
        return Err(Fault::refused(
            resource(interface).to_string(),
            format!(
                "the private key on this host belongs to {public_key}, another than was planned with"
            ),
        ));
    }
    routable(interface, &live, &wanted)?;
    if let Some(planned) = planned {
        leave_roaming(&mut wanted, &live.tunnel, planned);
    }
    alter(interface, &live, &wanted, &key, context)?;
    let left = live::interface(interface)?.map(|live| live.tunnel.public_key);
    if left.as_ref() == Some(&public_key) {
        Ok(Effect::default())
    } else {
        Err(Fault::NotConverged {
            remaining: format!(
                "{} has another key than {public_key}; restart wg-quick@{interface}.service",
                resource(interface)
            ),
        })
    }
}

/// Peers that are planned to stay where they are now are given no endpoint: wg(8) would send them back to where they began.
fn leave_roaming(wanted: &mut Configuration, live: &Tunnel, planned: &Tunnel) {
    for peer in &mut wanted.peers {
        let of = |tunnel: &Tunnel| tunnel.peers.get(&peer.public_key)?.endpoint.clone();
        let (now, then) = (of(live), of(planned));
        if now.is_some() && now == then {
            peer.endpoint = None;
        }
    }
}

/// The configuration that brings the interface back to what it is now, with its private key: for an undo, in a file only root reads.
pub(crate) fn restoring(interface: &str) -> Result<Option<String>, Fault> {
    let Some(live) = live::interface(interface)? else {
        return Ok(None);
    };
    let shown = Program::new("wg")
        .args(["showconf", interface])
        .limit(LIMIT)
        .run()?;
    if shown.code != 0 {
        return Err(Fault::stated(format!(
            "wg showconf: {}",
            shown.err().trim()
        )));
    }
    let mut head = String::from("[Interface]\n");
    for address in &live.tunnel.addresses {
        let _ = writeln!(head, "Address = {address}");
    }
    if let Some(mtu) = live.tunnel.mtu {
        let _ = writeln!(head, "MTU = {mtu}");
    }
    if let Some(table) = live::written(interface).and_then(|written| written.table) {
        let _ = writeln!(head, "Table = {table}");
    }
    Ok(Some(shown.out().replacen("[Interface]\n", &head, 1)))
}

/// Brings a live interface back to what [`restoring`] said of it.
pub(crate) fn restore(interface: &str, configuration: &str) -> Result<(), Fault> {
    let live = live::interface(interface)?.ok_or_else(|| Fault::missing(resource(interface)))?;
    let wanted = Configuration::parse(configuration)?;
    let key = private_key(interface, &wanted)?;
    alter(interface, &live, &wanted, &key, &Context::default())
}

fn alter(
    interface: &str,
    live: &Live,
    wanted: &Configuration,
    key: &str,
    context: &Context,
) -> Result<(), Fault> {
    let text = settings(live, wanted, key)?;
    context.proceed()?;
    let synced = Program::new("wg")
        .args(["syncconf", interface, "/dev/stdin"])
        .env("WG_ENDPOINT_RESOLUTION_RETRIES", "3")
        .stdin(text)
        .limit(LIMIT)
        .run()?;
    if synced.code != 0 {
        return Err(Fault::refused(
            resource(interface).to_string(),
            synced.err().trim().replace(key.trim(), "‹secret›"),
        ));
    }
    if let Some(mtu) = &wanted.mtu {
        ip(&["link", "set", "mtu", mtu, "dev", interface])?;
    }
    ip(&["link", "set", "up", "dev", interface])?;
    readdress(interface, live, wanted)?;
    route(interface, live, wanted)
}

/// From the text, the file a hook names, or the interface itself; in this order.
fn private_key(interface: &str, wanted: &Configuration) -> Result<String, Fault> {
    if let Some(key) = &wanted.private_key {
        return Ok(key.clone());
    }
    if let Some(file) = &wanted.private_key_file {
        let file = file.replace("%i", interface);
        return std::fs::read_to_string(&file).map_err(|error| Fault::file("read", &file, &error));
    }
    let shown = Program::new("wg")
        .args(["show", interface, "private-key"])
        .limit(LIMIT)
        .run()?;
    match shown.out().trim() {
        "" | "(none)" => Err(Fault::refused(
            resource(interface).to_string(),
            "neither it nor its configuration has a private key",
        )),
        key => Ok(key.to_owned()),
    }
}

/// What wg(8) reads. What the configuration leaves open stays as it is: left out, wg would reset it.
fn settings(live: &Live, wanted: &Configuration, key: &str) -> Result<String, Fault> {
    let mut text = format!("[Interface]\nPrivateKey = {}\n", key.trim());
    let port = live.tunnel.listen_port.map(|port| port.to_string());
    for (name, value) in [
        ("ListenPort", wanted.listen_port.clone().or(port)),
        (
            "FwMark",
            Some(
                wanted
                    .firewall_mark
                    .clone()
                    .unwrap_or(live.firewall_mark.clone()),
            ),
        ),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "{name} = {value}");
        }
    }
    for peer in &wanted.peers {
        let _ = writeln!(text, "\n[Peer]\nPublicKey = {}", peer.public_key);
        for (name, value) in [
            (
                "PresharedKey",
                Some(preshared(wanted, peer)?.unwrap_or_else(|| NO_KEY.to_owned())),
            ),
            ("Endpoint", peer.endpoint.clone()),
            (
                "PersistentKeepalive",
                Some(peer.keepalive.clone().unwrap_or_else(|| "off".to_owned())),
            ),
            ("AllowedIPs", Some(peer.allowed_ips.join(", "))),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let _ = writeln!(text, "{name} = {value}");
            }
        }
    }
    Ok(text)
}

fn preshared(wanted: &Configuration, peer: &Entry) -> Result<Option<String>, Fault> {
    let file = wanted
        .preshared_files
        .iter()
        .find(|(key, _)| *key == peer.public_key);
    match file {
        Some((_, file)) => std::fs::read_to_string(file)
            .map(|key| Some(key.trim().to_owned()))
            .map_err(|error| Fault::file("read", file, &error)),
        None => Ok(peer.preshared.clone()),
    }
}

/// New addresses first, so that the interface is never without; taking away a primary one can take others with it.
fn readdress(interface: &str, live: &Live, wanted: &Configuration) -> Result<(), Fault> {
    let add = |address: &String| ip(&["address", "replace", address, "dev", interface]).map(drop);
    let mut missing = wanted
        .addresses
        .iter()
        .filter(|address| !live.tunnel.addresses.contains(address));
    missing.try_for_each(add)?;
    for stale in &live.tunnel.addresses {
        if !wanted.addresses.contains(stale) {
            ip(&["address", "del", stale, "dev", interface])?;
        }
    }
    let left = live::interface(interface)?
        .map(|live| live.tunnel.addresses)
        .unwrap_or_default();
    wanted
        .addresses
        .iter()
        .filter(|address| !left.contains(address))
        .try_for_each(add)
}

/// A default route needs wg-quick's policy rules, which it makes when it starts the interface.
fn routable(interface: &str, live: &Live, wanted: &Configuration) -> Result<(), Fault> {
    let known = |network: &String| {
        let mut peers = live.tunnel.peers.values();
        peers.any(|peer| peer.allowed_ips.contains(network))
    };
    let opens = wanted
        .networks()
        .find(|network| network.ends_with("/0") && !known(network));
    match opens {
        Some(network) if wanted.table.as_deref().unwrap_or("auto") == "auto" => {
            Err(Fault::refused(
                format!("{network} through {interface} while it is up"),
                format!(
                    "a default route needs rules that only its start makes; restart wg-quick@{interface}.service"
                ),
            ))
        }
        _ => Ok(()),
    }
}

/// As wg-quick: a route for each network; those of networks that went are taken away.
fn route(interface: &str, live: &Live, wanted: &Configuration) -> Result<(), Fault> {
    let table = wanted.table.as_deref().unwrap_or("auto");
    if table != "off" {
        let table = if table == "auto" { "main" } else { table };
        unroute(interface, live, wanted, table)?;
    }
    let now = live::interface(interface)?.ok_or_else(|| Fault::missing(resource(interface)))?;
    let missing = route::missing(interface, &now.link, &now.firewall_mark, wanted);
    let by_start = |route: &Route| table == "auto" && route.network.ends_with("/0");
    let mut missing = missing.iter().filter(|route| !by_start(route));
    missing.try_for_each(|route| add(interface, route))
}

/// Takes away the routes to networks no peer has any more.
fn unroute(interface: &str, live: &Live, wanted: &Configuration, table: &str) -> Result<(), Fault> {
    let at = |verb: &str, network: &str| {
        let family = if network.contains(':') { "-6" } else { "-4" };
        ip(&[
            family, "route", verb, network, "dev", interface, "table", table,
        ])
    };
    let wants: Vec<&String> = wanted.networks().collect();
    for peer in live.tunnel.peers.values() {
        for gone in peer.allowed_ips.iter().filter(|ip| !wants.contains(ip)) {
            // A table nobody used yet cannot be listed.
            let shown = at("show", gone).unwrap_or_default();
            if !shown.is_empty() && !shown.contains("proto kernel") {
                at("del", gone)?;
            }
        }
    }
    Ok(())
}

/// A route as the kernel makes it for an address, or as wg-quick(8) does for a peer.
fn add(interface: &str, route: &Route) -> Result<(), Fault> {
    let network = route.network.as_str();
    let family = if network.contains(':') { "-6" } else { "-4" };
    let mut words = vec![family, "route", "add", network, "dev", interface];
    words.extend(["table", &route.table]);
    match &route.source {
        Some(_) if family == "-6" => words.extend(["proto", "kernel", "metric", "256"]),
        Some(source) => words.extend(["proto", "kernel", "scope", "link", "src", source]),
        None => {}
    }
    let taken = |words: String| {
        format!(
            "{words} (something else may lead there; `ip {family} route show {network}` says what)"
        )
    };
    ip(&words).map(drop).map_err(|fault| fault.reworded(taken))
}

fn ip(arguments: &[&str]) -> Result<String, Fault> {
    let ended = Program::new("ip").args(arguments).limit(LIMIT).succeed()?;
    Ok(ended.out().trim().to_owned())
}
