//! A live WireGuard interface, as wg(8) and ip(8) show it.
use super::configuration::{Configuration, Entry};
use super::{LIMIT, resource, route, sound};
use crate::machine::address;
use crate::program::Program;
use play_core::state::{Peer, Tunnel};
use play_core::{Fault, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::SystemTime;

/// What runs, besides the state: things a change has to keep.
pub(crate) struct Live {
    pub(crate) tunnel: Tunnel,
    /// As wg(8) writes it: `off` or a number.
    pub(crate) firewall_mark: String,
    /// The link as ip(8) shows it, with its addresses.
    pub(super) link: Value,
}

/// The interface; None where there is none of the name.
pub(crate) fn interface(name: &str) -> Result<Option<Live>, Fault> {
    if !std::path::Path::new("/sys/class/net")
        .join(sound(name)?)
        .exists()
    {
        return Ok(None);
    }
    let dump = Program::new("wg")
        .args(["show", name, "dump"])
        .limit(LIMIT)
        .run()?;
    if dump.code != 0 {
        // Only what it says of the failure: its output begins with the private key.
        return Err(Fault::refused(
            resource(name).to_string(),
            format!("wg show: {}", dump.err().trim()),
        ));
    }
    let written = written(name);
    let names = written.as_ref().map(named_endpoints).unwrap_or_default();
    let mut live = parse(&dump.out(), &names).ok_or_else(|| Fault::Bug {
        message: format!("`wg show {name} dump` answers in an unknown form"),
    })?;
    live.link = json(&["-j", "addr", "show", "dev", name])?[0].take();
    live.tunnel.mtu = live.link["mtu"]
        .as_u64()
        .and_then(|mtu| u32::try_from(mtu).ok());
    // An interface that somebody took down has addresses, and nothing goes through it.
    let up = |flags: &Vec<Value>| flags.iter().any(|flag| flag == "UP");
    if live.link["flags"].as_array().is_none_or(up) {
        live.tunnel.addresses = addresses(&live.link);
        if let Some(written) = &written {
            let missing = route::missing(name, &live.link, &live.firewall_mark, written);
            let networks = missing.into_iter().map(|route| route.network);
            live.tunnel.unrouted = networks.collect();
        }
    }
    Ok(Some(live))
}

/// What ip(8) answers in JSON; null where it says nothing.
pub(super) fn json(arguments: &[&str]) -> Result<Value, Fault> {
    let ended = Program::new("ip").args(arguments).limit(LIMIT).succeed()?;
    Ok(serde_json::from_slice(&ended.stdout).unwrap_or(Value::Null))
}

/// The configuration file, where there is one that can be read.
pub(super) fn written(interface: &str) -> Option<Configuration> {
    let path = format!("/etc/wireguard/{interface}.conf");
    Configuration::parse(&std::fs::read_to_string(path).ok()?).ok()
}

/// The endpoints of the configuration file that are names: `wg` shows only what they resolved to.
fn named_endpoints(written: &Configuration) -> BTreeMap<String, String> {
    let of = |peer: &Entry| Some((peer.public_key.clone(), peer.endpoint.clone()?));
    written
        .peers
        .iter()
        .filter_map(of)
        .filter(|(_, endpoint)| endpoint.parse::<SocketAddr>().is_err())
        .collect()
}

/// The lines of `wg show IF dump`. The private key is its first field and goes no further.
fn parse(dump: &str, written: &BTreeMap<String, String>) -> Option<Live> {
    let mut lines = dump.lines();
    let mut fields = lines.next()?.split('\t').skip(1);
    let mut tunnel = Tunnel {
        public_key: some(fields.next()?).unwrap_or_default(),
        listen_port: fields.next()?.parse().ok().filter(|port| *port != 0),
        ..Tunnel::default()
    };
    let firewall_mark = fields.next()?.to_owned();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let [key, preshared, endpoint, allowed, shaken, _, _, keepalive] = fields[..] else {
            return None;
        };
        let mut allowed_ips: Vec<String> = some(allowed)
            .map(|list| list.split(',').map(str::to_owned).collect())
            .unwrap_or_default();
        allowed_ips.sort();
        let peer = Peer {
            endpoint: some(endpoint)
                .and_then(|live| named(live, written.get(key), shaken.parse().unwrap_or_default())),
            allowed_ips,
            keepalive: keepalive.parse().ok(),
            preshared: some(preshared).map(|key| fingerprint(&key)),
        };
        tunnel.peers.insert(key.to_owned(), peer);
    }
    Some(Live {
        tunnel,
        firewall_mark,
        link: Value::Null,
    })
}

fn some(field: &str) -> Option<String> {
    (!field.is_empty() && field != "(none)").then(|| field.to_owned())
}

/// The endpoint as the configuration names it, where that name stands for the live address or stands for nothing now. None where it
/// stands for another one and nobody answers at this one: wg(8) looks a name up once, and the peer has moved since.
fn named(live: String, written: Option<&String>, shaken: u64) -> Option<String> {
    let Some((name, (host, port))) = written.and_then(|name| Some((name, name.rsplit_once(':')?)))
    else {
        return Some(live);
    };
    let (Ok(address), Ok(port)) = (live.parse::<SocketAddr>(), port.parse()) else {
        return Some(live);
    };
    match address::resolve(host, port) {
        Ok(known) if !known.contains(&address) => (!silent(shaken)).then_some(live),
        _ => Some(name.clone()),
    }
}

/// Seconds after which a session without a new handshake is dead: REJECT_AFTER_TIME of the protocol.
const DEAD: u64 = 180;

/// Whether the last handshake, in seconds since 1970, is too long ago for a live session.
fn silent(shaken: u64) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.is_ok_and(|now| now.as_secs().saturating_sub(shaken) > DEAD)
}

/// What is shown of a preshared key.
pub(crate) fn fingerprint(key: &str) -> String {
    let digest = Sha256::digest(key.trim().as_bytes());
    format!("{digest:x}")[..8].to_owned()
}

/// The addresses that were given to the interface; not the link-local one the kernel gives by itself.
fn addresses(link: &Value) -> Vec<String> {
    let none = Vec::new();
    let mut addresses: Vec<String> = link["addr_info"]
        .as_array()
        .unwrap_or(&none)
        .iter()
        .filter(|entry| entry["protocol"] != "kernel_ll" && entry["stable-privacy"] != true)
        .filter_map(|entry| {
            let address = entry["local"].as_str()?;
            Some(format!("{address}/{}", entry["prefixlen"].as_u64()?))
        })
        .collect();
    addresses.sort();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_whose_name_moved_is_kept_while_it_answers() {
        let name = "localhost:51820".to_owned();
        let of = |live: &str, shaken| named(live.to_owned(), Some(&name), shaken);
        assert_eq!(of("127.0.0.1:51820", 0), Some(name.clone()));
        assert_eq!(of("192.0.2.1:51820", 0), None);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.expect("after 1970").as_secs();
        assert_eq!(
            of("192.0.2.1:51820", now).as_deref(),
            Some("192.0.2.1:51820")
        );
    }

    #[test]
    fn a_dump_is_read_without_its_private_key() {
        let dump = "PRIVATE\tPUBLIC\t51820\toff\nPEER1\tPSK\t192.0.2.1:51820\t10.0.0.3/32,10.0.0.2/32\t0\t0\t0\t25\nPEER2\t(none)\t(none)\t(none)\t0\t0\t0\toff\n";
        let live = parse(dump, &BTreeMap::new()).expect("read");
        let tunnel = live.tunnel;
        assert_eq!(tunnel.listen_port, Some(51820));
        let peer = &tunnel.peers["PEER1"];
        assert_eq!(peer.allowed_ips, ["10.0.0.2/32", "10.0.0.3/32"]);
        assert_eq!(peer.keepalive, Some(25));
        assert_eq!(peer.preshared.as_deref().map(str::len), Some(8));
        assert_eq!(tunnel.peers["PEER2"], Peer::default());
        let shown = format!("{tunnel:?}");
        assert!(
            !shown.contains("PRIVATE") && !shown.contains("PSK"),
            "{shown}"
        );
    }
}
