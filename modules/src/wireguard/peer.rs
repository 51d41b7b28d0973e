//! The other end of a tunnel.
use super::{address, read_key};
use crate::list::List;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use play_core::{Fault, Resource, View, state, unknown};
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A peer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Its public key.
    #[serde(default)]
    pub public_key: String,
    /// Instead of it, the file on this host of its private key.
    #[serde(default)]
    pub private_key_file: Option<String>,
    /// What to call it: a comment in the file, and its name in messages.
    #[serde(default)]
    pub name: Option<String>,
    /// Where it is: `host:port`. Without one, it must come to us.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// What it may send from, and what is sent to it.
    #[serde(default)]
    pub allowed_ips: List,
    /// Seconds between packets that keep a way through a NAT open.
    #[serde(default)]
    pub persistent_keepalive: Option<u16>,
    /// A file on the host with a preshared key.
    #[serde(default)]
    pub preshared_key_file: Option<String>,
}

impl Peer {
    /// What to call it in messages.
    pub(super) fn title(&self) -> String {
        self.name
            .clone()
            .or_else(|| self.private_key_file.clone())
            .unwrap_or_else(|| unknown::shown(&self.public_key))
    }

    /// The peer with its public key.
    pub(super) fn keyed(&self, view: &dyn View) -> Result<Self, Fault> {
        let Some(path) = &self.private_key_file else {
            return Ok(self.clone());
        };
        let file = Resource::File(path.clone());
        if view.look(&file)?.is_absent() {
            return Err(Fault::Missing {
                resource: file,
                hint: Some(format!(
                    "make the key of peer {} with wireguard_key first",
                    self.title()
                )),
            });
        }
        Ok(Self {
            public_key: read_key(view, path)?,
            ..self.clone()
        })
    }

    /// A public key, or the file of a private one.
    fn validate_key(&self) -> Result<(), Fault> {
        let title = self.title();
        let why = match (&self.private_key_file, self.public_key.as_str()) {
            (None, key) if unknown::reason(key).is_some() || is_key(key) => return Ok(()),
            (None, "") => "it needs a `public_key`, or a `private_key_file`",
            (None, _) => "`public_key` is 44 characters of base64 that stand for 32 bytes",
            (Some(_), key) if !key.is_empty() => "give either `public_key` or `private_key_file`",
            (Some(path), _) if !path.starts_with('/') || path.contains(char::is_whitespace) => {
                "`private_key_file` is an absolute path without spaces"
            }
            (Some(_), _) => return Ok(()),
        };
        Err(Fault::arguments(format!("peer {title}: {why}")))
    }

    /// Its networks in the kernel's form, sorted; what is not known yet as it is.
    pub(super) fn networks(&self) -> Result<Vec<String>, Fault> {
        let mut networks = self
            .allowed_ips
            .iter()
            .map(|text| match unknown::reason(text) {
                Some(_) => Ok(text.clone()),
                None => address::network(text),
            })
            .collect::<Result<Vec<_>, _>>()?;
        networks.sort();
        networks.dedup();
        Ok(networks)
    }

    /// The live state asked for. An endpoint that moved by itself stays, where the file names the same one as before.
    pub(super) fn wanted(
        &self,
        view: &dyn View,
        live: Option<&state::Peer>,
        endpoint_is_kept: bool,
    ) -> Result<state::Peer, Fault> {
        let roamed = live.and_then(|live| live.endpoint.clone());
        Ok(state::Peer {
            endpoint: match (&self.endpoint, roamed) {
                (Some(_), Some(roamed)) if endpoint_is_kept => Some(roamed),
                (None, roamed) => roamed,
                (Some(endpoint), _) => Some(endpoint.clone()),
            },
            allowed_ips: self.networks()?,
            keepalive: self.persistent_keepalive.filter(|seconds| *seconds > 0),
            preshared: self.preshared(view)?,
        })
    }

    /// The fingerprint of the preshared key, as the live state has it.
    fn preshared(&self, view: &dyn View) -> Result<Option<String>, Fault> {
        let Some(path) = &self.preshared_key_file else {
            return Ok(None);
        };
        match view.text(path) {
            Ok(Some(key)) => Ok(Some(fingerprint(key.trim()))),
            Ok(None) => Err(Fault::Missing {
                resource: play_core::Resource::File(path.clone()),
                hint: Some(format!("the preshared key of peer {}", self.title())),
            }),
            Err(fault) => Err(fault),
        }
    }

    fn validate(&self) -> Result<(), Fault> {
        let title = self.title();
        self.validate_key()?;
        if let Some(name) = &self.name
            && name.contains(char::is_control)
        {
            return Err(Fault::arguments(format!(
                "peer {name:?}: a name is one line"
            )));
        }
        if let Some(endpoint) = &self.endpoint
            && unknown::reason(endpoint).is_none()
            && !is_endpoint(endpoint)
        {
            return Err(Fault::arguments(format!(
                "peer {title}: `endpoint` is host:port, or [address]:port for IPv6; it is `{endpoint}`"
            )));
        }
        if let Some(path) = &self.preshared_key_file
            && (!path.starts_with('/') || path.contains(char::is_whitespace))
        {
            return Err(Fault::arguments(format!(
                "peer {title}: `preshared_key_file` is an absolute path without spaces"
            )));
        }
        self.networks()
            .map(drop)
            .map_err(|fault| Fault::arguments(format!("peer {title}: {fault}")))
    }
}

/// Refuses keys that are none, and what two peers cannot both have: the later one would silently take it over.
pub(super) fn validate(peers: &[Peer]) -> Result<(), Fault> {
    for (at, peer) in peers.iter().enumerate() {
        peer.validate()?;
        for other in &peers[..at] {
            if (&other.public_key, &other.private_key_file)
                == (&peer.public_key, &peer.private_key_file)
            {
                return Err(Fault::arguments(format!(
                    "peers {} and {} have the same public key",
                    other.title(),
                    peer.title()
                )));
            }
            let taken = other.networks()?;
            if let Some(network) = peer
                .networks()?
                .iter()
                .find(|network| taken.contains(network))
            {
                return Err(Fault::arguments(format!(
                    "peers {} and {} both have {network} in `allowed_ips`; it can lead to one of them only",
                    other.title(),
                    peer.title()
                )));
            }
        }
    }
    Ok(())
}

fn is_key(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

fn is_endpoint(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        let bracketed = host.starts_with('[') && host.ends_with(']');
        !host.is_empty()
            && !text.contains(char::is_whitespace)
            && (bracketed || !host.contains(':'))
            && port.parse::<u16>().is_ok_and(|port| port != 0)
    })
}

/// Of a preshared key, as the live state has it: enough to see that it is another one.
fn fingerprint(key: &str) -> String {
    format!("{:x}", Sha256::digest(key.as_bytes()))[..8].to_owned()
}
