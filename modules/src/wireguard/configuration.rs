//! The file of wg-quick(8).
use super::Wireguard;
use super::peer::Peer;
use play_core::Fault;
use std::fmt::Write as _;

/// The text of the file. Keys are not in it: hooks load them from their own files.
pub(super) fn text(wanted: &Wireguard) -> Result<String, Fault> {
    let mut text = String::from("# Written by play; edit the playbook instead.\n[Interface]\n");
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name} = {value}");
    };
    line("Address", &wanted.addresses.join(", "));
    if let Some(port) = wanted.listen_port {
        line("ListenPort", &port.to_string());
    }
    if let Some(mtu) = wanted.mtu {
        line("MTU", &mtu.to_string());
    }
    if let Some(table) = &wanted.table {
        line("Table", &table.0);
    }
    if !wanted.dns.is_empty() {
        line("DNS", &wanted.dns.join(", "));
    }
    line(
        "PostUp",
        &format!("wg set %i private-key {}", wanted.key_path()),
    );
    for peer in &wanted.peers {
        if let Some(file) = &peer.preshared_key_file {
            line(
                "PostUp",
                &format!("wg set %i peer {} preshared-key {file}", peer.public_key),
            );
        }
    }
    for (name, hooks) in [("PostUp", &wanted.post_up), ("PreDown", &wanted.pre_down)] {
        for hook in &hooks.0 {
            if hook.contains(['\n', '#']) {
                return Err(Fault::arguments(format!(
                    "a hook is one line without `#`: `{hook}`"
                )));
            }
            line(name, hook.trim());
        }
    }
    for peer in &wanted.peers {
        section(&mut text, peer)?;
    }
    Ok(text)
}

fn section(text: &mut String, peer: &Peer) -> Result<(), Fault> {
    let name = peer
        .name
        .as_ref()
        .map_or_else(String::new, |name| format!("# {name}\n"));
    let _ = writeln!(text, "\n{name}[Peer]\nPublicKey = {}", peer.public_key);
    let networks = peer.networks()?;
    if !networks.is_empty() {
        let _ = writeln!(text, "AllowedIPs = {}", networks.join(", "));
    }
    if let Some(endpoint) = &peer.endpoint {
        let _ = writeln!(text, "Endpoint = {endpoint}");
    }
    if let Some(seconds) = peer.persistent_keepalive.filter(|seconds| *seconds > 0) {
        let _ = writeln!(text, "PersistentKeepalive = {seconds}");
    }
    Ok(())
}

/// Why an interface must be restarted to take on a new file, and whether what is done at its end changes: hooks, name servers and
/// routing tables take effect only when it starts.
pub(super) fn restarts(old: &str, new: &str) -> Option<(String, bool)> {
    const NAMES: &[&str] = &[
        "table", "dns", "fwmark", "preup", "postup", "predown", "postdown",
    ];
    let changed = NAMES
        .iter()
        .find(|name| values(old, name) != values(new, name))?;
    let takes_down = ["predown", "postdown"]
        .iter()
        .any(|name| values(old, name) != values(new, name));
    Some((
        format!(
            "{} changed, which takes effect when it starts",
            title(changed)
        ),
        takes_down,
    ))
}

fn title(name: &str) -> &str {
    match name {
        "table" => "Table",
        "dns" => "DNS",
        "fwmark" => "FwMark",
        "preup" => "PreUp",
        "postup" => "PostUp",
        "predown" => "PreDown",
        _ => "PostDown",
    }
}

/// The values of a setting of the interface, but for hooks that load keys: those are loaded into a live one too.
fn values<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    settings(text)
        .filter(|(section, key, value)| {
            section == "[interface]" && key == name && !value.starts_with("wg set %i ")
        })
        .map(|(_, _, value)| value)
        .collect()
}

/// Whether a file names the same endpoint for a peer.
pub(super) fn has_endpoint(text: &str, peer: &Peer) -> bool {
    let mut current = "";
    settings(text).any(|(section, key, value)| {
        if section == "[peer]" && key == "publickey" {
            current = value;
        }
        key == "endpoint" && current == peer.public_key && Some(value) == peer.endpoint.as_deref()
    })
}

/// Section, setting and value of each line, the first two in small letters.
fn settings(text: &str) -> impl Iterator<Item = (String, String, &str)> {
    let mut section = String::new();
    text.lines().filter_map(move |line| {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.starts_with('[') {
            section = line.to_lowercase();
            return None;
        }
        let (key, value) = line.split_once('=')?;
        Some((section.clone(), key.trim().to_lowercase(), value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_takes_effect_at_the_start_restarts() {
        let old =
            "[Interface]\nAddress = 10.0.0.1/24\nPostUp = wg set %i private-key /a\nPreDown = x\n";
        let moved = old.replace("10.0.0.1", "10.0.0.2").replace("/a", "/b");
        assert_eq!(restarts(old, &moved), None);
        let hooked = old.replace("PreDown = x", "PreDown = y");
        assert!(restarts(old, &hooked).is_some_and(|(why, down)| why.contains("PreDown") && down));
        let named = format!("{old}DNS = 10.0.0.53\n");
        assert!(restarts(old, &named).is_some_and(|(why, down)| why.contains("DNS") && !down));
    }
}
