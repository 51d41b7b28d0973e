//! A change as a person reads it: before and after, attribute by attribute and line by line.
mod content;

use crate::state::{File, FileKind, Health, Package, Service, Tunnel, User};
use crate::{Act, Change, Content, Mask, State, Transition, act, unknown};
use content::{content_of, is_opaque, summary};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One change, ready to be shown. Nothing in it is needed to make the change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Diff {
    /// `file /etc/motd`, `unit ssh.service`, `command`.
    pub resource: String,
    pub action: Action,
    #[serde(default)]
    pub reason: Option<String>,
    pub body: DiffBody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    Delete,
    /// Something that acts and leaves no state of its own: a command, a restart.
    Run,
}

/// The details: any of the three may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DiffBody {
    /// Text before and after, for a unified diff; None is "there was none".
    #[serde(default)]
    pub text: Option<(Option<String>, Option<String>)>,
    /// Name, before, after.
    #[serde(default)]
    pub attributes: Vec<(String, Option<String>, Option<String>)>,
    /// Lines as they are: a command, a package transaction (`+ nginx 1.26`).
    #[serde(default)]
    pub lines: Vec<String>,
}

impl Diff {
    /// Takes what is secret out of every text of it.
    pub fn mask(&mut self, mask: &Mask) {
        let hide = |text: &mut String| *text = mask.text(text);
        hide(&mut self.resource);
        self.reason.iter_mut().for_each(hide);
        self.body.lines.iter_mut().for_each(hide);
        for (_, before, after) in &mut self.body.attributes {
            before.iter_mut().chain(after).for_each(hide);
        }
        match &mut self.body.text {
            Some((Some(before), Some(after))) => (*before, *after) = mask.pair(before, after),
            Some((before, after)) => before.iter_mut().chain(after).for_each(hide),
            None => {}
        }
    }

    /// Something of it is only known after the run has done something: what is done may be another change, or none.
    pub fn is_guess(&self) -> bool {
        let guessed = |text: &String| text.contains(GUESS);
        let sides = |before: &Option<String>, after: &Option<String>| {
            before.iter().chain(after).any(guessed)
        };
        self.body.lines.iter().any(guessed)
            || self
                .body
                .attributes
                .iter()
                .any(|(_, before, after)| sides(before, after))
            || self
                .body
                .text
                .as_ref()
                .is_some_and(|(before, after)| sides(before, after))
    }
}

/// How what is not known yet begins in a diff.
const GUESS: &str = "(known after ";

impl Change {
    /// The diffs of a change: one for each resource it leaves different, or one for the act itself.
    pub fn diffs(&self) -> Vec<Diff> {
        let mut diffs: Vec<Diff> = self.leaves.iter().map(|t| self.transition(t)).collect();
        if diffs.is_empty() {
            diffs.push(Diff {
                resource: self.act.title(),
                action: Action::Run,
                reason: self.reason.clone(),
                body: DiffBody {
                    lines: self.act.lines(),
                    ..DiffBody::default()
                },
            });
        }
        let secrets = self.hidden();
        if !secrets.is_empty() {
            let mask = Mask::blank(secrets);
            for diff in &mut diffs {
                diff.mask(&mask);
            }
        }
        diffs
    }

    fn transition(&self, transition: &Transition) -> Diff {
        let Transition {
            resource,
            before,
            after,
        } = transition;
        let action = match (before, after) {
            (before, after) if before == after => Action::Run,
            (State::Absent, _) => Action::Create,
            (_, State::Absent) => Action::Delete,
            _ => Action::Update,
        };
        let mut body = body(before, after);
        body.lines.extend(self.act.lines());
        Diff {
            resource: resource.to_string(),
            action,
            reason: self.reason.clone(),
            body,
        }
    }
}

impl Act {
    /// What is done, in one line: "packages docker.io, docker-compose", "command `make install`".
    pub fn words(&self) -> String {
        match self {
            Self::Packages(request) => {
                let names: Vec<&str> = request
                    .install
                    .iter()
                    .chain(&request.remove)
                    .map(String::as_str)
                    .collect();
                format!(
                    "{} {}",
                    if names.len() == 1 {
                        "package"
                    } else {
                        "packages"
                    },
                    names.join(", ")
                )
            }
            Self::Command(command) => {
                let line = unknown::shown(&command_line(command));
                let line = line.lines().next().unwrap_or_default();
                let short: String = line.chars().take(60).collect();
                format!(
                    "command `{short}{}`",
                    if short.len() < line.len() { "…" } else { "" }
                )
            }
            other => other.title(),
        }
    }

    /// What is done, where no resource says it.
    fn title(&self) -> String {
        match self {
            Self::Put | Self::PutBlob { .. } => "file".into(),
            Self::Packages(_) => "packages".into(),
            Self::RefreshPackages { .. } => "package lists".into(),
            Self::Unit { unit, .. } => format!("unit {unit}"),
            Self::DaemonReload => "service manager".into(),
            Self::Table { .. } => "nftables".into(),
            Self::Tunnel { interface, .. } => format!("wireguard interface {interface}"),
            Self::PrivateKey { path, .. } => format!("private key {path}"),
            Self::Compose(compose) => format!("compose project {}", compose.project),
            Self::Command(_) => "command".into(),
            Self::Download { path, .. } => format!("file {path}"),
            Self::Unpack { directory, .. } => format!("directory {directory}"),
            Self::Checkout { path, .. } => format!("checkout {path}"),
            Self::Reboot { .. } => "boot".into(),
            Self::Wait { .. } => "wait".into(),
        }
    }

    /// What is done, in a line or two, where the states alone do not say it.
    fn lines(&self) -> Vec<String> {
        match self {
            Self::Command(command) => vec![unknown::shown(&command_line(command))],
            Self::Unit {
                verb: verb @ (act::UnitVerb::Restart | act::UnitVerb::Reload),
                ..
            } => vec![verb.word().into()],
            Self::DaemonReload => vec!["daemon-reload".into()],
            Self::RefreshPackages { .. } => vec!["refresh".into()],
            Self::Download { url, .. } => vec![format!("from {url}")],
            Self::Unpack { archive, .. } => vec![format!("unpack {archive}")],
            Self::Reboot { .. } => vec!["restart the machine".into()],
            Self::Compose(compose) => match compose.verb {
                act::ComposeVerb::Pull => vec![of_services("pull images", &compose.services)],
                act::ComposeVerb::Build => vec![of_services("build images", &compose.services)],
                act::ComposeVerb::Restart => vec![of_services("restart", &compose.services)],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

fn command_line(command: &act::Command) -> String {
    match command.argv.as_slice() {
        [_, flag, line] if flag == "-c" => line.clone(),
        argv => argv
            .iter()
            .map(|word| {
                if word.is_empty() || word.contains([' ', '"', '\'']) {
                    format!("{word:?}")
                } else {
                    word.clone()
                }
            })
            .collect::<Vec<_>>()
            .join(" "),
    }
}

fn body(before: &State, after: &State) -> DiffBody {
    if let (State::Unknown(reason), false) = (before, matches!(after, State::Unknown(_))) {
        return DiffBody {
            lines: vec![format!("what is there now: (known after {reason})")],
            ..body(&State::Absent, after)
        };
    }
    // Its lines do not go: what takes their place is no text, or not there to be read yet.
    let opaque = is_opaque(before) || is_opaque(after);
    let text = match (text_of(before), text_of(after)) {
        _ if opaque => None,
        (None, None) => None,
        (one, two) if one == two => None,
        pair => Some(pair),
    };
    let (mut one, mut two) = (attributes(before), attributes(after));
    if opaque {
        one.extend(content_of(before));
        two.extend(content_of(after));
    }
    let mut names: Vec<&String> = one.keys().collect();
    names.extend(two.keys().filter(|name| !one.contains_key(*name)));
    let attributes = names
        .into_iter()
        .filter(|name| one.get(*name) != two.get(*name))
        .map(|name| (name.clone(), one.get(name).cloned(), two.get(name).cloned()))
        .collect();
    DiffBody {
        text,
        attributes,
        lines: Vec::new(),
    }
}

/// The text of a state that is text line by line.
fn text_of(state: &State) -> Option<String> {
    match state {
        State::File(file) => file.content().and_then(Content::text).map(unknown::shown),
        State::Table(table) => Some(unknown::shown(&table.rules)),
        _ => None,
    }
}

/// Everything else about a state, by name.
fn attributes(state: &State) -> BTreeMap<String, String> {
    let pairs = match state {
        State::Absent | State::Table(_) => Vec::new(),
        State::Unknown(reason) => vec![("state".into(), format!("(known after {reason})"))],
        State::File(file) => file_attributes(file),
        State::Package(package) => package_attributes(package),
        State::Unit(unit) => vec![
            ("active".into(), format!("{:?}", unit.active).to_lowercase()),
            (
                "enabled".into(),
                format!("{:?}", unit.enabled).to_lowercase(),
            ),
        ],
        State::User(user) => user_attributes(user),
        State::Group(group) => vec![("gid".into(), number(group.gid))],
        State::Text(text) => vec![("value".into(), text.clone())],
        State::Tunnel(tunnel) => tunnel_attributes(tunnel),
        State::Project(project) => project
            .services
            .iter()
            .flat_map(|(name, service)| service_attributes(name, service))
            .collect(),
    };
    pairs
        .into_iter()
        .map(|(name, value)| (name, unknown::shown(&value)))
        .collect()
}

fn file_attributes(file: &File) -> Vec<(String, String)> {
    let mut pairs = match &file.kind {
        FileKind::Regular(content) if content.text().is_none() => {
            vec![("content".into(), summary(content))]
        }
        FileKind::Regular(_) => Vec::new(),
        FileKind::Directory => vec![("type".into(), "directory".into())],
        FileKind::Link(target) => vec![("target".into(), target.clone())],
        FileKind::Other(kind) => vec![("type".into(), kind.clone())],
    };
    if !matches!(file.kind, FileKind::Link(_)) {
        pairs.push(("mode".into(), format!("{:04o}", file.mode)));
    }
    pairs.push(("owner".into(), file.owner.clone()));
    pairs.push(("group".into(), file.group.clone()));
    pairs
}

fn package_attributes(package: &Package) -> Vec<(String, String)> {
    let version = if package.version.is_empty() {
        "(newest)".into()
    } else {
        package.version.clone()
    };
    let mut pairs = vec![("version".into(), version)];
    if package.held {
        pairs.push(("held".into(), "yes".into()));
    }
    pairs
}

fn user_attributes(user: &User) -> Vec<(String, String)> {
    vec![
        ("uid".into(), number(user.uid)),
        ("group".into(), user.group.clone()),
        ("groups".into(), user.groups.join(",")),
        ("home".into(), user.home.clone()),
        ("shell".into(), user.shell.clone()),
        ("comment".into(), user.comment.clone()),
        ("password".into(), password(user.password.as_deref())),
    ]
}

fn tunnel_attributes(tunnel: &Tunnel) -> Vec<(String, String)> {
    let mut pairs = vec![
        ("public key".into(), tunnel.public_key.clone()),
        (
            "listen port".into(),
            tunnel
                .listen_port
                .map_or_else(|| "(any)".into(), |port| port.to_string()),
        ),
        ("addresses".into(), tunnel.addresses.join(", ")),
        (
            "mtu".into(),
            tunnel
                .mtu
                .map_or_else(|| "(default)".into(), |mtu| mtu.to_string()),
        ),
    ];
    if !tunnel.unrouted.is_empty() {
        pairs.push(("without a route".into(), tunnel.unrouted.join(", ")));
    }
    for (key, peer) in &tunnel.peers {
        let endpoint = peer.endpoint.as_deref().unwrap_or("(roaming)");
        let keepalive = peer
            .keepalive
            .map_or_else(|| "off".into(), |seconds| format!("{seconds} s"));
        // The first digits of the key's digest: enough to see that it is another one.
        let preshared = (peer.preshared.as_deref())
            .map_or_else(String::new, |digest| format!(", preshared key {digest}"));
        let words = format!(
            "{} via {endpoint}, keepalive {keepalive}{preshared}",
            peer.allowed_ips.join(",")
        );
        pairs.push((format!("peer {key}"), words));
    }
    pairs
}

fn of_services(what: &str, services: &[String]) -> String {
    match services {
        [] => what.to_owned(),
        named => format!("{what} of {}", named.join(", ")),
    }
}

/// One line a service. What in a definition changed is the change's reason; here it is enough that two lines differ.
fn service_attributes(name: &str, service: &Service) -> Vec<(String, String)> {
    let mut words = match service.running {
        0 => "stopped".to_owned(),
        1 => "running".to_owned(),
        count => format!("{count} running"),
    };
    match service.health {
        Health::Good => {}
        Health::Starting => words.push_str(", starting"),
        Health::Bad => words.push_str(", unhealthy"),
        Health::Done => "done".clone_into(&mut words),
    }
    let short = |digest: &str| -> String {
        let digest = digest.trim_start_matches("sha256:");
        digest.chars().take(8).collect()
    };
    if !service.definition.is_empty() {
        write!(words, ", definition {}", short(&service.definition)).ok();
    }
    if !service.image.is_empty() {
        write!(words, ", image {}", short(&service.image)).ok();
    }
    for path in &service.outdated {
        write!(words, ", sees an old {path}").ok();
    }
    vec![(name.to_owned(), words)]
}

fn number(number: Option<u32>) -> String {
    number.map_or_else(|| "(next free)".into(), |number| number.to_string())
}

fn password(hash: Option<&str>) -> String {
    match hash {
        None => "(not readable)".into(),
        Some("!" | "*" | "!*" | "") => "none".into(),
        Some(hash) if hash.starts_with('!') => "locked".into(),
        // Never the hash: two lines that differ are enough.
        Some(hash) => format!(
            "set ({:04x})",
            hash.bytes()
                .fold(7u16, |sum, byte| sum.wrapping_mul(31) ^ u16::from(byte))
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Resource, state};

    #[test]
    fn text_that_something_unread_replaces_is_not_shown_as_removed() {
        let before = State::File(state::File::regular("old\n", 0o644));
        let content = Content::Large {
            size: 0,
            sha256: String::new(),
        };
        let after = State::File(state::File::regular(content, 0o644));
        let body = body(&before, &after);
        assert_eq!(body.text, None);
        let content = (
            "content".to_owned(),
            Some("4 bytes, text".to_owned()),
            Some("(known once it is fetched)".to_owned()),
        );
        assert_eq!(body.attributes, [content]);
    }

    #[test]
    fn a_new_file_shows_its_text_and_every_attribute() {
        let after = State::File(state::File::regular("hi\n", 0o640));
        let diffs = Change::put(Resource::File("/etc/motd".into()), State::Absent, after).diffs();
        assert_eq!(diffs[0].action, Action::Create);
        assert_eq!(diffs[0].body.text, Some((None, Some("hi\n".into()))));
        assert!(
            diffs[0]
                .body
                .attributes
                .contains(&("mode".into(), None, Some("0640".into())))
        );
    }
}
