//! `wireguard`: an interface, as it runs and as it starts at boot.
mod address;
mod configuration;
mod live;
mod peer;

use crate::list::{Lines, List};
use crate::text::Text;
use peer::Peer;
use play_core::act::KeyKind;
use play_core::resource::Kind;
use play_core::state::{File, FileKind};
use play_core::{
    Act, Change, Content, Fault, Module, Plan, Query, Resource, State, Touch, Value, View, unknown,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Owns one WireGuard interface: its key, its configuration for wg-quick(8), the unit that starts it, and what runs.
///
/// The private key is made on the host, stays there, and is in no file but its own. Peers, addresses and ports of an interface that is up
/// are changed in place: peers that stay keep their sessions. Only changed hooks, DNS and routing tables restart it. An endpoint
/// that moved by itself is no difference; a route to its own or a peer's network that somebody removed is one, and is put back. Packages are not its business: install `wireguard-tools` first.
///
/// A peer whose private key lies on this host too, as with configurations that are handed out, may be named by its `private_key_file`
/// (`wireguard_key` makes one).
///
/// The output has `public_key`.
///
/// # Example
///
/// ```yaml
/// - name: the mesh
///   wireguard:
///     interface: wg0
///     addresses: 10.8.0.1/24
///     listen_port: 51820
///     peers:
///       - name: vps2
///         public_key: 6Hq9UOUuKpVhYsHlPKhTvQ2mBnIIsd2Yu6aaTpRYZkU=
///         endpoint: 192.0.2.2:51820
///         allowed_ips: 10.8.0.2/32
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wireguard {
    /// The interface.
    #[serde(default = "wg0", alias = "name")]
    #[schemars(extend("aliases" = ["name"]))]
    pub interface: String,
    /// Its addresses, with the length of the prefix: `10.8.0.1/24`. Needed unless absent.
    #[serde(default, alias = "address")]
    #[schemars(extend("aliases" = ["address"]))]
    pub addresses: List,
    /// The UDP port it listens on; any where it is not given.
    #[serde(default)]
    pub listen_port: Option<u16>,
    /// The file of the private key on the host, made where there is none; `/etc/wireguard/INTERFACE.key` where it is not given.
    #[serde(default)]
    pub private_key_file: Option<String>,
    /// The largest packet, in bytes; wg-quick's choice where it is not given.
    #[serde(default)]
    pub mtu: Option<u32>,
    /// The routing table: a number, `off` for no routes, `auto`.
    #[serde(default)]
    pub table: Option<Text>,
    /// Name servers to use while it is up.
    #[serde(default)]
    pub dns: List,
    /// Commands when it came up; `%i` is the interface.
    #[serde(default)]
    pub post_up: Lines,
    /// Commands before it goes down; `%i` is the interface.
    #[serde(default)]
    pub pre_down: Lines,
    /// The other ends. Peers that are not named here are removed.
    #[serde(default)]
    pub peers: Vec<Peer>,
    /// Up now and at boot; configured but down; or not there at all (its key stays).
    #[serde(default)]
    pub state: Desired,
}

fn wg0() -> String {
    "wg0".into()
}

/// What of an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    #[default]
    #[serde(alias = "up")]
    Present,
    Down,
    Absent,
}

const FOLDER: &str = "/etc/wireguard";

impl Module for Wireguard {
    fn sensible(&self) -> Result<(), Fault> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "_=+.-".contains(c);
        if self.interface.is_empty()
            || self.interface.len() > 15
            || !self.interface.chars().all(legal)
        {
            return Err(Fault::arguments(format!(
                "`{}` is not an interface's name: 1 to 15 letters, digits and _=+.-",
                self.interface
            )));
        }
        let path = self.key_path();
        if !path.starts_with('/') || path.contains(char::is_whitespace) {
            return Err(Fault::arguments(
                "`private_key_file` is an absolute path without spaces",
            ));
        }
        if self.state == Desired::Absent {
            return Ok(());
        }
        if self.addresses.is_empty() {
            return Err(Fault::arguments(
                "`addresses` are needed, such as 10.8.0.1/24",
            ));
        }
        self.addresses
            .iter()
            .try_for_each(|text| address::interface(text).map(drop))?;
        peer::validate(&self.peers)
    }

    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        let mut plan = Plan::nothing();
        if self.state == Desired::Absent {
            self.leave(view, &mut plan)?;
            return Ok(plan);
        }
        let key = self.key(view, &mut plan)?;
        let peers = self.peers.iter().map(|peer| peer.keyed(view));
        let asked = Self {
            peers: peers.collect::<Result<_, _>>()?,
            ..self.clone()
        };
        asked.bring(view, &key, plan)
    }

    fn touches(&self) -> Vec<Touch> {
        vec![
            Touch::write(self.resource()),
            Touch::write(Resource::File(FOLDER.into())),
            Touch::write(Resource::File(self.key_path())),
            Touch::write(Resource::Unit(self.unit())),
            Touch::read_every(Kind::Package),
            Touch::read_every(Kind::Sysctl),
            Touch::read_every(Kind::File),
        ]
    }
}

impl Wireguard {
    /// The interface as it is asked for, once the key of each peer is known or marked.
    fn bring(&self, view: &dyn View, key: &str, mut plan: Plan) -> Result<Plan, Fault> {
        plan.output = serde_json::json!({ "public_key": key });
        let text = configuration::text(self)?;
        let old = match view.look(&self.configuration_file())? {
            State::Unknown(_) => None,
            _ => view.text(&self.configuration_path())?,
        };
        let write = self.write(view, &text)?;
        match (self.state, view.look(&self.resource())?) {
            (Desired::Down, live) => {
                plan.changes.extend(write);
                self.stop(view, live, &mut plan)?;
            }
            (_, State::Tunnel(live)) => {
                self.alter(view, &live, key, (old, &text), write, &mut plan)?;
            }
            (_, live) => {
                plan.changes.extend(write);
                self.start(view, live, key, &mut plan)?;
            }
        }
        Ok(plan)
    }

    fn resource(&self) -> Resource {
        Resource::Tunnel(self.interface.clone())
    }

    fn unit(&self) -> String {
        format!("wg-quick@{}.service", self.interface)
    }

    fn key_path(&self) -> String {
        self.private_key_file
            .clone()
            .unwrap_or_else(|| format!("{FOLDER}/{}.key", self.interface))
    }

    fn configuration_path(&self) -> String {
        format!("{FOLDER}/{}.conf", self.interface)
    }

    fn configuration_file(&self) -> Resource {
        Resource::File(self.configuration_path())
    }

    /// The public key; where there is no private one yet, the change that makes it.
    fn key(&self, view: &dyn View, plan: &mut Plan) -> Result<String, Fault> {
        let path = self.key_path();
        let file = Resource::File(path.clone());
        let before = view.look(&file)?;
        if let State::File(_) = &before {
            return self.public_key(view, &path);
        }
        if let State::Tunnel(live) = view.look(&self.resource())? {
            return Err(Fault::refused(
                self.resource().to_string(),
                format!(
                    "it is up with the key {}, and {path} is not there: a new key would cut off every peer; put its private key there, or take it down first",
                    live.public_key
                ),
            ));
        }
        let folder = Resource::File(FOLDER.into());
        let there = view.look(&folder)?;
        if there.is_absent() {
            let after = State::File(File::directory(0o700));
            plan.changes.push(Change::put(folder, there, after));
        }
        Ok(make_key(path, before, plan))
    }

    fn public_key(&self, view: &dyn View, path: &str) -> Result<String, Fault> {
        let key = read_key(view, path)?;
        match self.peers.iter().find(|peer| peer.public_key == key) {
            Some(peer) => Err(Fault::arguments(format!(
                "peer {} is this host itself: leave it out of its own peers",
                peer.title()
            ))),
            None => Ok(key),
        }
    }

    fn write(&self, view: &dyn View, text: &str) -> Result<Option<Change>, Fault> {
        let resource = self.configuration_file();
        let before = view.look(&resource)?;
        let after = match &before {
            State::File(file) => File {
                kind: FileKind::Regular(Content::from(text)),
                mode: 0o600,
                ..file.clone()
            },
            _ => File::regular(text, 0o600),
        };
        let after = State::File(after);
        if before == after {
            return Ok(None);
        }
        let revokes = revokes(view.text(&self.configuration_path())?.as_deref(), text);
        let change = Change::put(resource, before, after);
        Ok(Some(if revokes {
            change.for_good("a peer that was taken out stays out")
        } else {
            change
        }))
    }
}

/// Whether a peer of the old configuration is none of the new.
fn revokes(old: Option<&str>, new: &str) -> bool {
    let keys = |text: &str| -> BTreeSet<String> {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let keys = pairs.filter(|(name, _)| name.trim() == "PublicKey");
        keys.map(|(_, key)| key.trim().to_owned()).collect()
    };
    let new = keys(new);
    old.is_some_and(|old| keys(old).iter().any(|key| !new.contains(key)))
}

/// Adds the change that makes a private key; what stands for its public key until then.
pub(crate) fn make_key(path: String, before: State, plan: &mut Plan) -> String {
    let made = unknown::mark(&format!("the key {path} is made"));
    let after = State::File(File::regular(made.as_str(), 0o600));
    let file = Resource::File(path.clone());
    let act = Act::PrivateKey {
        path,
        kind: KeyKind::WireGuard,
    };
    plan.changes
        .push(Change::new(act).leaving(file, before, after));
    made
}

/// The public key of a private one.
pub(crate) fn read_key(view: &dyn View, path: &str) -> Result<String, Fault> {
    let query = Query::PublicKey {
        private_key_file: path.to_owned(),
    };
    match view.ask(&query) {
        Ok(Value::String(key)) => Ok(key),
        Ok(_) => Err(Fault::refused(path, "it holds no WireGuard private key")),
        Err(Fault::Unknown { reason }) => Ok(unknown::mark(&reason)),
        Err(fault) => Err(fault),
    }
}
