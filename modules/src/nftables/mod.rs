//! `nftables`: one table of the firewall, as it is loaded and as it is loaded at boot.
mod lockout;
pub(crate) mod script;

use crate::list::List;
use play_core::resource::Kind;
use play_core::state::{Enabled, File, FileKind, Table, Unit};
use play_core::{
    Act, Change, Content, Fault, Module, Plan, Query, Resource, State, Touch, Value, View, unknown,
};
use schemars::JsonSchema;
use script::Script;
use serde::{Deserialize, Serialize};

/// Owns one nftables table: replaces it in one transaction, and leaves every other table (Docker's, fail2ban's) alone.
///
/// What is compared is the live table with the rules in the kernel's own form, so spelling (`ssh` or `22`) makes no difference; and the
/// file that loads it at boot. Rules the kernel does not take are refused before anything changes, and so are rules that would drop
/// new SSH connections. The change is armed: it is undone unless a new connection succeeds. Dynamic elements of sets and
/// counters of the table begin anew. `nftables.service` must be enabled for the file to be loaded at boot.
///
/// # Example
///
/// ```yaml
/// - name: let in SSH and the web only
///   nftables:
///     table: play
///     rules: |
///       chain input {
///         type filter hook input priority filter; policy drop;
///         ct state established,related accept
///         iifname "lo" accept
///         tcp dport { 22, 80, 443 } accept
///       }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nftables {
    /// The table's name.
    #[serde(default = "own_table", alias = "name")]
    #[schemars(extend("aliases" = ["name"]))]
    pub table: String,
    /// The table's family.
    #[serde(default)]
    pub family: Family,
    /// What is in the table: chains, sets, maps; or `define` lines and the whole `table FAMILY NAME { … }`. Needed unless absent.
    #[serde(default)]
    pub rules: Option<String>,
    /// Whether the table is there.
    #[serde(default)]
    pub state: Desired,
    /// The file that loads it at boot; `/etc/nftables.d/TABLE.nft` where it is not given.
    #[serde(default, alias = "path")]
    #[schemars(extend("aliases" = ["path"]))]
    pub file: Option<String>,
    /// Write that file, and have `/etc/nftables.conf` include it.
    #[serde(default = "yes")]
    pub persist: bool,
    /// Ports that must stay reachable: of SSH.
    #[serde(default = "ssh", alias = "ssh_port")]
    #[schemars(extend("aliases" = ["ssh_port"]))]
    pub ssh_ports: List,
    /// Load rules that drop new SSH connections.
    #[serde(default)]
    pub allow_lockout: bool,
}

fn own_table() -> String {
    "play".into()
}

fn yes() -> bool {
    true
}

fn ssh() -> List {
    List(vec!["22".into()])
}

/// The families of tables, nft(8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    #[default]
    Inet,
    Ip,
    Ip6,
    Arp,
    Bridge,
    Netdev,
}

impl Family {
    fn word(self) -> &'static str {
        match self {
            Self::Inet => "inet",
            Self::Ip => "ip",
            Self::Ip6 => "ip6",
            Self::Arp => "arp",
            Self::Bridge => "bridge",
            Self::Netdev => "netdev",
        }
    }
}

/// Whether the table is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    #[default]
    Present,
    Absent,
}

/// What nftables.service loads at boot.
const MAIN: &str = "/etc/nftables.conf";
const FOLDER: &str = "/etc/nftables.d";
const SERVICE: &str = "nftables.service";

impl Module for Nftables {
    fn sensible(&self) -> Result<(), Fault> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
        let first = self.table.chars().next();
        if !first.is_some_and(|c| c.is_ascii_alphabetic()) || !self.table.chars().all(legal) {
            return Err(Fault::arguments(format!(
                "`{}` is not a table's name",
                self.table
            )));
        }
        if !self.file().starts_with('/') {
            return Err(Fault::arguments("`file` is an absolute path"));
        }
        let wrong = |port: &&String| port.parse::<u16>().is_err();
        if let Some(port) = self.ssh_ports.iter().find(wrong) {
            return Err(Fault::arguments(format!(
                "`ssh_ports`: {port} is not a port"
            )));
        }
        match self.state {
            Desired::Present => self.script().map(drop),
            Desired::Absent => Ok(()),
        }
    }

    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        match self.state {
            Desired::Absent => self.leave(view),
            Desired::Present => self.bring(view),
        }
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = vec![
            Touch::write(self.resource()),
            Touch::read_every(Kind::Package),
        ];
        if self.persist {
            touches.push(Touch::write(Resource::File(self.file())));
            touches.push(Touch::write(Resource::File(MAIN.into())));
            touches.push(Touch::read(Resource::Unit(SERVICE.into())));
        }
        touches
    }
}

impl Nftables {
    /// `inet play`.
    fn title(&self) -> String {
        format!("{} {}", self.family.word(), self.table)
    }

    fn resource(&self) -> Resource {
        Resource::Table(self.title())
    }

    fn file(&self) -> String {
        let name = self.table.replace('/', "-");
        let stem = match self.family {
            Family::Inet => name,
            family => format!("{}-{name}", family.word()),
        };
        self.file
            .clone()
            .unwrap_or_else(|| format!("{FOLDER}/{stem}.nft"))
    }

    /// The transaction, where it reaches nothing else and shuts nobody out.
    fn script(&self) -> Result<Script, Fault> {
        let rules = self.rules.as_deref().unwrap_or_default();
        if rules.trim().is_empty() {
            return Err(Fault::arguments("`rules` are needed with `state: present`"));
        }
        let script = Script::new(self.family.word(), &self.table, rules)?;
        if !self.allow_lockout {
            lockout::refuse(&script, &self.ssh_ports, &self.title())?;
        }
        Ok(script)
    }

    fn bring(&self, view: &dyn View) -> Result<Plan, Fault> {
        let script = self.script()?;
        let mut plan = Plan::nothing();
        self.load(view, &script, &mut plan)?;
        if self.persist {
            self.keep(view, &script, &mut plan)?;
        }
        Ok(plan)
    }

    /// The live table: one transaction, armed.
    fn load(&self, view: &dyn View, script: &Script, plan: &mut Plan) -> Result<(), Fault> {
        let before = view.look(&self.resource())?;
        let answer = view.ask(&Query::NormalRules {
            script: script.text().to_owned(),
            family: self.family.word().into(),
            name: self.table.clone(),
        });
        let rules = match answer {
            Ok(answer) => self.normal(&answer, script)?,
            // Without nft there is no table of ours: it is certain to come, only its normal form is not known.
            Err(Fault::Unknown { .. }) if before.is_absent() => script.text().to_owned(),
            Err(Fault::Unknown { reason }) => {
                plan.notes
                    .push(format!("the live table is compared after {reason}"));
                plan.unknown = Some(reason);
                return Ok(());
            }
            Err(fault) => return Err(fault),
        };
        if matches!(&before, State::Table(table) if table.rules.trim() == rules.trim()) {
            return Ok(());
        }
        let change = Change::new(Act::Table {
            script: script.text().to_owned(),
        })
        .leaving(self.resource(), before, State::Table(Table { rules }))
        .cutting_line();
        plan.changes.push(change);
        Ok(())
    }

    fn normal(&self, answer: &Value, script: &Script) -> Result<String, Fault> {
        let what = format!("nftables table {}", self.title());
        match (answer["rules"].as_str(), answer["error"].as_str()) {
            (Some(rules), _) => Ok(rules.to_owned()),
            (None, Some(words)) => Err(Fault::refused(what, script.located(words.trim()))),
            (None, None) => Err(Fault::Bug {
                message: format!("no rules in the answer for {what}: {answer}"),
            }),
        }
    }

    /// The file, the line that includes it, and a word where nobody loads it at boot.
    fn keep(&self, view: &dyn View, script: &Script, plan: &mut Plan) -> Result<(), Fault> {
        let path = self.file();
        let content = format!(
            "# {}: written by play; edit the playbook instead.\n{}",
            self.title(),
            script.text()
        );
        if path.starts_with(FOLDER) {
            let folder = Resource::File(FOLDER.into());
            let before = view.look(&folder)?;
            if before.is_absent() {
                let after = State::File(File::directory(0o755));
                plan.changes.push(Change::put(folder, before, after));
            }
        }
        plan.changes.extend(put_text(view, &path, content, 0o644)?);
        include(view, &path, plan)?;
        let unit = match view.look(&Resource::Unit(SERVICE.into())) {
            Err(Fault::Unsupported { .. }) => State::Absent,
            unit => unit?,
        };
        match unit {
            State::Unit(Unit {
                enabled: Enabled::Enabled,
                ..
            })
            | State::Unknown(_) => {}
            _ => plan.notes.push(format!(
                "{SERVICE} is not enabled: the rules are not loaded at boot until it is"
            )),
        }
        Ok(())
    }

    fn leave(&self, view: &dyn View) -> Result<Plan, Fault> {
        let mut plan = Plan::nothing();
        let before = view.look(&self.resource())?;
        if let State::Unknown(reason) = &before {
            plan.unknown = Some(reason.clone());
        }
        if !before.is_absent() {
            let script = Script::removal(self.family.word(), &self.table);
            plan.changes.push(
                Change::new(Act::Table { script })
                    .leaving(self.resource(), before, State::Absent)
                    .cutting_line(),
            );
        }
        if self.persist {
            let file = Resource::File(self.file());
            let before = view.look(&file)?;
            // First the line, then the file: nft takes an `include` of a file that is not there for an error, and loads nothing.
            forget(view, &self.file(), &mut plan)?;
            if !before.is_absent() {
                plan.changes.push(Change::put(file, before, State::Absent));
            }
        }
        Ok(plan)
    }
}

/// The change after which a file has this text; its mode and owner stay.
fn put_text(view: &dyn View, path: &str, text: String, mode: u32) -> Result<Option<Change>, Fault> {
    let resource = Resource::File(path.to_owned());
    let before = view.look(&resource)?;
    let after = match &before {
        State::File(file) if file.content().is_some() => File {
            kind: FileKind::Regular(Content::from(text)),
            ..file.clone()
        },
        State::File(_) => return Err(Fault::NotRegular { path: path.into() }),
        _ => File::regular(text, mode),
    };
    let after = State::File(after);
    Ok((before != after).then(|| Change::put(resource, before, after)))
}

/// The line of nftables.conf that loads the file: one for all that lie in the folder, else one of its own.
fn inclusion(path: &str) -> String {
    let name = path
        .strip_prefix(FOLDER)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|name| name.strip_suffix(".nft"));
    match name {
        Some(name) if !name.contains('/') => format!("include \"{FOLDER}/*.nft\""),
        _ => format!("include \"{path}\""),
    }
}

/// The change after which nftables.conf does not name a file that goes.
fn forget(view: &dyn View, path: &str, plan: &mut Plan) -> Result<(), Fault> {
    let line = format!("include \"{path}\"");
    let main = Resource::File(MAIN.into());
    if let State::Unknown(_) = view.look(&main)? {
        return Ok(());
    }
    let text = view.text(MAIN)?.unwrap_or_default();
    let kept: String = text
        .split_inclusive('\n')
        .filter(|known| known.trim() != line)
        .collect();
    if kept != text {
        plan.changes.extend(put_text(view, MAIN, kept, 0o755)?);
    }
    Ok(())
}

/// Sees to the line of nftables.conf that loads the file.
fn include(view: &dyn View, path: &str, plan: &mut Plan) -> Result<(), Fault> {
    let line = inclusion(path);
    let text = match view.look(&Resource::File(MAIN.into()))? {
        State::Unknown(reason) => unknown::mark(&reason),
        _ => view
            .text(MAIN)?
            .unwrap_or_else(|| "#!/usr/sbin/nft -f\n".into()),
    };
    if text.lines().any(|known| known.trim() == line) {
        return Ok(());
    }
    if text.lines().any(|line| line.trim() == "flush ruleset") {
        plan.notes.push(format!(
            "{MAIN} has `flush ruleset`: a restart of {SERVICE} drops the tables of others, such as Docker's"
        ));
    }
    let gap = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    plan.changes
        .extend(put_text(view, MAIN, format!("{text}{gap}{line}\n"), 0o755)?);
    Ok(())
}
