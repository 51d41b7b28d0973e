//! `hosts`: names and addresses in /etc/hosts.
use crate::lines::ended;
use crate::list::List;
use crate::path::HostPath;
use crate::presence::Presence;
use crate::written::Written;
use play_core::{Fault, Module, Plan, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;

/// Keeps names of an address in /etc/hosts.
///
/// A name has one address of each family: when its address changes, it leaves the old one's line, so no stale line stays
/// behind. Comments and other lines are kept. Ansible has no such module; `lineinfile` is what people use in its place.
///
/// # Example
///
/// ```yaml
/// - name: where the database is
///   hosts:
///     address: 10.8.0.2
///     names: [db, db.internal]
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hosts {
    /// The address, IPv4 or IPv6. With `state: absent` it may be left out: the names go wherever they are.
    #[serde(default, alias = "ip")]
    pub address: Option<IpAddr>,
    /// The names, the canonical one first.
    #[serde(alias = "name", alias = "hostnames")]
    pub names: List,
    /// Whether the names shall have the address.
    #[serde(default)]
    pub state: Presence,
    /// The address has these names only: others leave its line.
    #[serde(default)]
    pub exclusive: bool,
    /// The file.
    #[serde(default = "file")]
    pub path: HostPath,
}

fn file() -> HostPath {
    HostPath::etc("hosts")
}

/// A line: an address with its names, or anything else.
#[derive(Clone, Debug, PartialEq)]
enum Line {
    Entry {
        address: IpAddr,
        names: Vec<String>,
        comment: String,
        /// As it was; None once it is altered.
        text: Option<String>,
    },
    Other(String),
}

impl Module for Hosts {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        if self.names.is_empty() {
            return Err(Fault::arguments("names is empty"));
        }
        for name in &self.names {
            crate::hostname::refuse(&name.replace('_', "-"))?;
        }
        let text = view.text(&self.path)?.unwrap_or_default();
        let mut lines: Vec<Line> = text.lines().map(read).collect();
        match (self.state, self.address) {
            (Presence::Present, Some(address)) => self.keep(&mut lines, address),
            (Presence::Present, None) => return Err(Fault::arguments("address is missing")),
            (Presence::Absent, address) => {
                drop_names(&mut lines, &self.names, |at| {
                    address.is_none_or(|a| a == at)
                });
            }
        }
        let new: Vec<String> = lines.iter().map(write).collect();
        let new = if text.lines().eq(new.iter().map(String::as_str)) {
            text.clone()
        } else {
            ended(&new)
        };
        let mut plan = Plan::nothing();
        if !(new.is_empty() && text.is_empty()) {
            plan = Written::new(&self.path, new).plan(view)?;
        }
        if !plan.changes.is_empty() && text.contains("manage_etc_hosts") {
            plan.notes.push(format!(
                "cloud-init writes {} anew at each boot; set manage_etc_hosts: false in /etc/cloud/cloud.cfg",
                &*self.path
            ));
        }
        Ok(plan)
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::write(self.path.resource())]
    }
}

impl Hosts {
    fn keep(&self, lines: &mut Vec<Line>, address: IpAddr) {
        drop_names(lines, &self.names, |at| {
            at != address && at.is_ipv4() == address.is_ipv4()
        });
        let first = lines
            .iter()
            .position(|line| matches!(line, Line::Entry { address: at, .. } if *at == address));
        let Some(first) = first else {
            lines.push(Line::Entry {
                address,
                names: self.names.to_vec(),
                comment: String::new(),
                text: None,
            });
            return;
        };
        let there = |name: &String| {
            lines.iter().any(|line| {
                matches!(line, Line::Entry { address: at, names, .. } if *at == address && lists(names, name))
            })
        };
        let missing: Vec<String> = self.names.iter().filter(|n| !there(n)).cloned().collect();
        for line in lines.iter_mut() {
            let Line::Entry {
                address: at,
                names,
                text,
                ..
            } = line
            else {
                continue;
            };
            if *at == address && self.exclusive && names.iter().any(|n| !lists(&self.names, n)) {
                names.retain(|name| lists(&self.names, name));
                *text = None;
            }
        }
        match &mut lines[first] {
            Line::Entry { names, text, .. } if !missing.is_empty() => {
                names.extend(missing);
                *text = None;
            }
            _ => {}
        }
        forget_empty(lines);
    }
}

/// Takes names off the lines of the addresses meant; a line without a name goes.
fn drop_names(lines: &mut Vec<Line>, dropped: &[String], meant: impl Fn(IpAddr) -> bool) {
    for line in lines.iter_mut() {
        let Line::Entry {
            address,
            names,
            text,
            ..
        } = line
        else {
            continue;
        };
        if meant(*address) && names.iter().any(|name| lists(dropped, name)) {
            names.retain(|name| !lists(dropped, name));
            *text = None;
        }
    }
    forget_empty(lines);
}

/// Names are the same in small letters and capitals, RFC 4343.
fn lists(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn forget_empty(lines: &mut Vec<Line>) {
    lines.retain(|line| !matches!(line, Line::Entry { names, .. } if names.is_empty()));
}

fn read(text: &str) -> Line {
    let (entry, comment) = match text.split_once('#') {
        Some((entry, comment)) => (entry, comment.trim().to_owned()),
        None => (text, String::new()),
    };
    let mut words = entry.split_whitespace();
    let address = words.next().and_then(|word| word.parse().ok());
    let names: Vec<String> = words.map(str::to_owned).collect();
    match address {
        Some(address) if !names.is_empty() => Line::Entry {
            address,
            names,
            comment,
            text: Some(text.to_owned()),
        },
        _ => Line::Other(text.to_owned()),
    }
}

fn write(line: &Line) -> String {
    match line {
        Line::Other(text)
        | Line::Entry {
            text: Some(text), ..
        } => text.clone(),
        Line::Entry {
            address,
            names,
            comment,
            ..
        } => {
            let entry = format!("{address} {}", names.join(" "));
            if comment.is_empty() {
                entry
            } else {
                format!("{entry} # {comment}")
            }
        }
    }
}
