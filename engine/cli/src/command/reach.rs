//! How hosts are reached: the inventory's connection variables and the command line's.
use crate::agent;
use crate::argument::{Reach, Run};
use crate::clock;
use crate::terminal;
use play_core::{Diagnostic, unknown};
use play_language::inventory::connection::{Connection, PASSWORD};
use play_runner::Password;
use play_runner::connection::{HostKeys, Options, Target};
use play_runner::escalation::Escalation;
use play_runner::graph::Graph;
use play_runner::language::Language;
use play_runner::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Everything about the run that is not in the playbook.
pub(crate) fn settings(
    arguments: &Run,
    language: &Language,
    graph: &Graph,
) -> Result<Settings, Diagnostic> {
    let project = language.project();
    let limited: BTreeSet<String> = project.limit.iter().cloned().collect();
    let (facts, root) = play_runner::run::needed(language, graph);
    let part = play_runner::graph::reach(
        graph,
        &limited,
        &project.inventory.hosts.keys().cloned().collect::<Vec<_>>(),
    );
    let takes_part =
        |host: &str| limited.contains(host) || part.hosts.iter().any(|one| one == host);
    let ways = ways(language, &arguments.reach, &takes_part)?;
    let plain = options(&arguments.reach, &ways);
    let password = if arguments.reach.ask_become_pass {
        password()?
    } else {
        None
    };
    let escalated = play_runner::run::escalated(&plain, Escalation { password });
    Ok(Settings {
        run: run_name(),
        part,
        limited,
        with_needs: arguments.with_needs,
        forks: arguments.forks.max(1),
        targets: ways.targets,
        escalated,
        plain,
        escalates: root,
        facts,
        confirm: (!arguments.no_undo).then_some(arguments.confirm_within.clamp(5, 600)),
        keep_runs: arguments.journals.keep_runs,
        reboot_timeout: 600,
    })
}

/// `20261122-093000-1a2b`: sorts by time, and two runs of one second differ.
fn run_name() -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!(
        "{}-{:04x}",
        clock::compact(now.as_secs()),
        now.subsec_micros() & 0xffff
    )
}

fn password() -> Result<Option<Password>, Diagnostic> {
    match std::env::var("PLAY_BECOME_PASSWORD") {
        Ok(text) => Ok(Some(Password::new(text))),
        Err(_) => rpassword::prompt_password("sudo password: ")
            .map(|text| Some(Password::new(text)))
            .map_err(|error| {
                Diagnostic::error(format!("no password for sudo: {error}"))
                    .hint("-K needs a terminal, or PLAY_BECOME_PASSWORD")
            }),
    }
}

/// The password to log in with, where `-k` has it asked for.
fn login_password(reach: &Reach) -> Result<Option<Password>, Diagnostic> {
    if !reach.ask_pass {
        return Ok(None);
    }
    let none = |why: &str| {
        Diagnostic::error(format!("no password to log in with: {why}")).hint(
            "-k needs a terminal; where there is none, an encrypted ansible_password in the inventory does (docs/secrets.md)",
        )
    };
    if !terminal::can_ask() {
        return Err(none("there is no terminal to ask on"));
    }
    match rpassword::prompt_password("password to log in with: ") {
        Ok(text) if text.is_empty() => Err(none("nothing was typed")),
        Ok(text) => Ok(Some(Password::new(text))),
        Err(error) => Err(none(&error.to_string())),
    }
}

/// Every host of the inventory as a target, and as a jump host.
pub(crate) struct Ways {
    pub targets: BTreeMap<String, Target>,
    jumps: BTreeMap<String, Target>,
}

/// What `-k` asks for is for hosts that take part: another that is only jumped over is given its own password or none.
pub(crate) fn ways(
    language: &Language,
    reach: &Reach,
    takes_part: &dyn Fn(&str) -> bool,
) -> Result<Ways, Diagnostic> {
    let mut targets = targets(language, reach)?;
    let mut jumps = targets.clone();
    if let Some(password) = login_password(reach)? {
        let own = |target: &mut Target| {
            target.password.get_or_insert_with(|| password.clone());
        };
        targets.values_mut().for_each(own);
        let there = jumps.values_mut().filter(|jump| takes_part(&jump.name));
        there.for_each(own);
    }
    Ok(Ways { targets, jumps })
}

pub(crate) fn options(reach: &Reach, ways: &Ways) -> Options {
    let mut options = Options::new(agent::IMAGE);
    options.connect_timeout = Duration::from_secs(reach.connect_timeout.max(1));
    options.ssh_config.clone_from(&reach.ssh_config);
    options.known_hosts = reach.known_hosts.clone().map(|path| vec![path]);
    if reach.accept_new_host_keys {
        options.host_keys = HostKeys::AcceptNew;
    }
    options.ask_passphrase = Some(Arc::new(|key: &str| {
        rpassword::prompt_password(format!("passphrase of {key}: ")).ok()
    }));
    options.inventory = Arc::new(ways.jumps.clone());
    options
}

fn targets(language: &Language, reach: &Reach) -> Result<BTreeMap<String, Target>, Diagnostic> {
    let hosts = language.project().inventory.hosts.keys();
    hosts
        .map(|host| target(language, reach, host).map(|target| (host.clone(), target)))
        .collect()
}

fn target(language: &Language, reach: &Reach, host: &str) -> Result<Target, Diagnostic> {
    let said = Connection::of(host, &|name| language.host_variable(host, name))?;
    // Asked here, before anything is connected to: a step that cannot be told who it is must not run as root.
    language.inventory_becomes(host)?;
    language.inventory_becomes_user(host)?;
    let mut identity_files: Vec<PathBuf> = reach.private_key.iter().cloned().collect();
    identity_files.extend(said.key_file.map(|path| home(&path)));
    Ok(Target {
        name: host.to_owned(),
        kind: said.kind,
        host: said.address.unwrap_or_else(|| host.to_owned()),
        port: said.port,
        user: said.user.or_else(|| reach.user.clone()),
        identity_files,
        password: own_password(language, host)?,
        proxy_jump: said.proxy_jump,
        known_hosts: said.known_hosts.map(|path| home(&path)),
    })
}

/// The inventory's password, where it is a secret: one in plain text is told of by the language, and changes nothing.
fn own_password(language: &Language, host: &str) -> Result<Option<Password>, Diagnostic> {
    for name in PASSWORD {
        let Some(value) = language.host_variable(host, name)? else {
            continue;
        };
        if let Some(reason) = unknown::within(&value) {
            let words = format!("host {host}: `{name}` is known after {reason}");
            return Err(Diagnostic::error(words).hint("it is needed to log in"));
        }
        let text = value.as_str().unwrap_or_default();
        if language.secrets().iter().any(|secret| secret == text) {
            return Ok(Some(Password::new(text.trim_end_matches(['\r', '\n']))));
        }
        if !value.is_null() && language.is_made_of_others(name) {
            return Err(Diagnostic::error(format!("host {host}: `{name}` comes to plain text"))
                .hint("encrypt what it is made of (`play vault encrypt --value NAME`), or have -k ask for it"));
        }
    }
    Ok(None)
}

fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => Path::new(&home).join(rest),
        _ => path.into(),
    }
}
