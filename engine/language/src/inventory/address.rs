//! What an inventory may write instead of a host's plain name: `web:2222`, `[fd00::2]`, `[fd00::2]:2222`.
use super::Definition;
use super::connection::PORT;
use crate::{Node, NodeKind};
use play_core::Place;
use std::net::Ipv6Addr;

/// An IPv6 address, with the interface behind a `%` where it has one.
pub fn is_ipv6(text: &str) -> bool {
    let (address, _) = text.split_once('%').unwrap_or((text, ""));
    address.parse::<Ipv6Addr>().is_ok()
}

/// An IPv6 address without the brackets around it; anything else as it is.
pub fn bare(text: &str) -> &str {
    let inside = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inside.filter(|inside| is_ipv6(inside)).unwrap_or(text)
}

/// The name, and the port behind it.
pub fn split(entry: &str) -> (&str, Option<u16>) {
    if is_ipv6(entry) {
        return (entry, None);
    }
    let with_port = entry
        .rsplit_once(':')
        .and_then(|(name, port)| Some((name, port.parse().ok().filter(|port| *port > 0)?)));
    match with_port {
        Some((name, port)) if bare(name) != name || is_name(name) => (bare(name), Some(port)),
        _ => (bare(entry), None),
    }
}

/// Colons only stand in its ranges (`web[1:3]:2222`).
fn is_name(name: &str) -> bool {
    let mut depth = 0_i32;
    let plain = name.chars().all(|character| {
        depth += i32::from(character == '[') - i32::from(character == ']');
        character != ':' || depth > 0
    });
    plain && depth == 0 && !name.is_empty()
}

/// The port as a variable of the host; one that is said in so many words stands behind it and wins.
pub(super) fn port(port: u16, place: &Place) -> Definition {
    Definition {
        name: PORT[0].into(),
        place: place.clone(),
        value: Node {
            place: place.clone(),
            tag: None,
            kind: NodeKind::Number(port.into(), port.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_port_stands_behind_a_name_and_an_address_in_brackets() {
        for (entry, wanted) in [
            ("web", ("web", None)),
            ("web:2222", ("web", Some(2222))),
            ("web[1:3]", ("web[1:3]", None)),
            ("web[1:3]:2222", ("web[1:3]", Some(2222))),
            ("10.0.0.1:22", ("10.0.0.1", Some(22))),
            ("fd00::2", ("fd00::2", None)),
            ("fd00::2:22", ("fd00::2:22", None)),
            ("[fd00::2]", ("fd00::2", None)),
            ("[fd00::2]:2222", ("fd00::2", Some(2222))),
            ("[fe80::1%eth0]:22", ("fe80::1%eth0", Some(22))),
            ("web:70000", ("web:70000", None)),
            ("[a:c]", ("[a:c]", None)),
        ] {
            assert_eq!(split(entry), wanted, "{entry}");
        }
    }
}
