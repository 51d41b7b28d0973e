//! The name of a kernel parameter.
use play_core::Fault;

/// A parameter by its path below `/proc/sys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    path: String,
}

impl Key {
    /// sysctl.d(5): where the first separator is a dot, dots and slashes change places.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let path = path(text);
        let parts = path.split('/');
        let legal = |c: char| !c.is_whitespace() && !c.is_control() && !"*?[]=#".contains(c);
        let sound = parts.clone().count() > 1
            && parts
                .clone()
                .all(|part| !part.is_empty() && part != "." && part != "..")
            && path.chars().all(legal);
        if sound {
            Ok(Self { path })
        } else {
            Err(Fault::arguments(format!(
                "`{text}` is not a kernel parameter, such as net.ipv4.ip_forward"
            )))
        }
    }

    /// As sysctl(8) writes it.
    pub(super) fn name(&self) -> String {
        swap(&self.path)
    }

    pub(super) fn is(&self, text: &str) -> bool {
        path(text) == self.path
    }

    /// Parameters that can end the connection they are set through.
    pub(super) fn cuts_line(&self) -> bool {
        const LEAVES: &[&str] = &[
            "disable_ipv6",
            "rp_filter",
            "accept_ra",
            "forwarding",
            "arp_ignore",
        ];
        self.path.starts_with("net/ipv")
            && self
                .path
                .rsplit_once('/')
                .is_some_and(|(_, leaf)| LEAVES.contains(&leaf))
    }

    /// The way out where the kernel does not know it.
    pub(super) fn hint(&self) -> String {
        let module = match self.path.as_str() {
            path if path.starts_with("net/bridge/") => Some("br_netfilter"),
            path if path.starts_with("net/netfilter/nf_conntrack") => Some("nf_conntrack"),
            path if path.starts_with("net/ipv6/") => Some("ipv6"),
            path if path.starts_with("net/mptcp/") => Some("mptcp"),
            path if path.starts_with("sunrpc/") => Some("sunrpc"),
            _ => None,
        };
        let deeper = ["net/ipv4/conf/", "net/ipv6/conf/"]
            .iter()
            .find_map(|start| Some((start, self.path.strip_prefix(start)?)))
            .and_then(|(start, rest)| Some((start, rest.rsplit_once('/')?)))
            .filter(|(_, (interface, _))| interface.contains('/'));
        if let Some((start, (interface, leaf))) = deeper {
            return format!(
                "for an interface with dots in its name, write slashes between the parts: {start}{}/{leaf}",
                interface.replace('/', ".")
            );
        }
        match module {
            Some(module) => format!("the running kernel does not have it: load its module first, `modprobe {module}`"),
            None => "the running kernel does not have it: check the name, load the module that brings it with `modprobe`, or add `ignoreerrors: true`".into(),
        }
    }
}

fn path(text: &str) -> String {
    let text = text.trim();
    match text.find(['.', '/']) {
        Some(at) if text[at..].starts_with('.') => swap(text),
        _ => text.to_owned(),
    }
}

fn swap(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '.' => '/',
            '/' => '.',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_slashes_name_the_same() {
        let key = Key::parse("net.ipv4.conf.eth0/5.forwarding").unwrap();
        assert_eq!(key, Key::parse("net/ipv4/conf/eth0.5/forwarding").unwrap());
        assert_eq!(key.name(), "net.ipv4.conf.eth0/5.forwarding");
        assert!(key.is("net/ipv4/conf/eth0.5/forwarding"));
        for wrong in ["", "vm", "a..b", "net.ipv4.*", "a b.c"] {
            assert!(Key::parse(wrong).is_err(), "{wrong}");
        }
    }
}
