//! A configuration of wg-quick(8), as far as a live interface can take it on.
use play_core::Fault;

/// What the file says. Hooks but those that load keys take effect when the interface starts.
#[derive(Clone, Default)]
pub(crate) struct Configuration {
    /// The key itself, where it is in the text.
    pub(crate) private_key: Option<String>,
    /// The file a hook loads the key from.
    pub(crate) private_key_file: Option<String>,
    pub(crate) addresses: Vec<String>,
    pub(crate) listen_port: Option<String>,
    pub(crate) mtu: Option<String>,
    pub(crate) firewall_mark: Option<String>,
    /// `auto`, `off` or a routing table; None is `auto`.
    pub(crate) table: Option<String>,
    pub(crate) peers: Vec<Entry>,
    /// Public key and the file a hook loads the preshared key from.
    pub(crate) preshared_files: Vec<(String, String)>,
}

/// One `[Peer]`.
#[derive(Clone, Default)]
pub(crate) struct Entry {
    pub(crate) public_key: String,
    pub(crate) preshared: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) keepalive: Option<String>,
    pub(crate) allowed_ips: Vec<String>,
}

impl Configuration {
    /// Reads the text; a line it does not know is a fault that names its number and never its value, which may be a key.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let mut read = Self::default();
        let mut section = String::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if line.starts_with('[') {
                section = line.to_lowercase();
                if section == "[peer]" {
                    read.peers.push(Entry::default());
                }
                continue;
            }
            let taken = line.split_once('=').is_some_and(|(key, value)| {
                let (key, value) = (key.trim().to_lowercase(), value.trim());
                match section.as_str() {
                    "[interface]" => read.interface(&key, value),
                    "[peer]" => read.peer(&key, value),
                    _ => false,
                }
            });
            if !taken {
                return Err(Fault::arguments(format!(
                    "line {} of the WireGuard configuration is neither a section nor a setting known in it",
                    number + 1
                )));
            }
        }
        // An empty text would unset the key and drop every peer.
        if !text.to_lowercase().contains("[interface]") {
            return Err(Fault::arguments(
                "the WireGuard configuration has no [Interface] section",
            ));
        }
        read.complete()
    }

    fn complete(self) -> Result<Self, Fault> {
        if let Some(position) = self
            .peers
            .iter()
            .position(|peer| peer.public_key.is_empty())
        {
            return Err(Fault::arguments(format!(
                "peer {} of the WireGuard configuration has no PublicKey",
                position + 1
            )));
        }
        Ok(self)
    }

    fn interface(&mut self, key: &str, value: &str) -> bool {
        match key {
            "privatekey" => self.private_key = Some(value.to_owned()),
            "address" => self.addresses.extend(list(value).map(|a| prefixed(&a))),
            "listenport" => self.listen_port = Some(value.to_owned()),
            "mtu" => self.mtu = Some(value.to_owned()),
            "fwmark" => self.firewall_mark = Some(value.to_owned()),
            "table" => self.table = Some(value.to_lowercase()),
            "postup" | "preup" => self.hook(value),
            "dns" | "postdown" | "predown" | "saveconfig" => {}
            _ => return false,
        }
        true
    }

    fn peer(&mut self, key: &str, value: &str) -> bool {
        let Some(peer) = self.peers.last_mut() else {
            return false;
        };
        match key {
            "publickey" => value.clone_into(&mut peer.public_key),
            "presharedkey" => peer.preshared = Some(value.to_owned()),
            "endpoint" => peer.endpoint = Some(value.to_owned()),
            "persistentkeepalive" => peer.keepalive = Some(value.to_owned()),
            "allowedips" => peer.allowed_ips.extend(list(value).map(|a| network(&a))),
            _ => return false,
        }
        true
    }

    /// `wg set %i private-key FILE`, `wg set %i peer KEY preshared-key FILE`, either of them quoted or after others.
    fn hook(&mut self, line: &str) {
        let words: Vec<&str> = line
            .split([' ', '\t', ';'])
            .map(|word| word.trim_matches(['"', '\'']))
            .filter(|word| !word.is_empty())
            .collect();
        let after = |word: &str, from: usize| {
            let at = words[from..].iter().position(|known| *known == word)? + from;
            words.get(at + 1).map(|value| (at + 1, (*value).to_owned()))
        };
        if let Some((_, file)) = after("private-key", 0) {
            self.private_key_file = Some(file);
        }
        let mut from = 0;
        while let Some((at, peer)) = after("peer", from) {
            if let Some((_, file)) = after("preshared-key", at) {
                self.preshared_files.push((peer, file));
            }
            from = at;
        }
    }

    /// Every network some peer may send from.
    pub(crate) fn networks(&self) -> impl Iterator<Item = &String> {
        self.peers.iter().flat_map(|peer| &peer.allowed_ips)
    }
}

fn list(value: &str) -> impl Iterator<Item = String> {
    value
        .split(',')
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
}

/// An address with the length of its prefix, which for a bare one is all of it.
fn prefixed(address: &str) -> String {
    match address {
        address if address.contains('/') => address.to_owned(),
        address if address.contains(':') => format!("{address}/128"),
        address => format!("{address}/32"),
    }
}

/// A network as the kernel shows it: no bits beyond its prefix.
pub(super) fn network(text: &str) -> String {
    use std::net::IpAddr;
    let full = prefixed(text);
    let Some((address, length)) = full.split_once('/') else {
        return full;
    };
    match (address.parse(), length.parse::<u32>()) {
        (Ok(IpAddr::V4(address)), Ok(length @ 0..=32)) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            let masked = std::net::Ipv4Addr::from(u32::from(address) & mask);
            format!("{masked}/{length}")
        }
        (Ok(IpAddr::V6(address)), Ok(length @ 0..=128)) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            let masked = std::net::Ipv6Addr::from(u128::from(address) & mask);
            format!("{masked}/{length}")
        }
        _ => full,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[Interface]\nAddress = 10.8.0.1/24, fd00::1/64 # both\nListenPort=51820\nPostUp = wg set %i private-key /etc/wireguard/wg0.key\n\n[Peer]\nPublicKey = AAA=\nAllowedIPs = 10.8.0.7/24, fd00::2\n";

    #[test]
    fn the_key_file_comes_from_the_hook() {
        let Ok(read) = Configuration::parse(TEXT) else {
            panic!("it is read");
        };
        assert_eq!(
            read.private_key_file.as_deref(),
            Some("/etc/wireguard/wg0.key")
        );
        assert_eq!(read.addresses, ["10.8.0.1/24", "fd00::1/64"]);
        assert_eq!(read.peers[0].allowed_ips, ["10.8.0.0/24", "fd00::2/128"]);
        assert_eq!(network("0.0.0.0/0"), "0.0.0.0/0");
    }

    #[test]
    fn a_line_it_does_not_know_is_named_by_number_only() {
        let error = Configuration::parse("[Interface]\nPrivatKey = SECRET\n").err();
        let words = error.expect("refused").to_string();
        assert!(
            words.contains("line 2") && !words.contains("SECRET"),
            "{words}"
        );
    }
}
