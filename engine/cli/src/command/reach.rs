//! How hosts are reached: the inventory's connection variables and the command line's.
use crate::agent;
use crate::argument::{Reach, Run};
use crate::clock;
use play_core::{Diagnostic, Value};
use play_language::inventory::address::bare;
use play_runner::connection::{HostKeys, Kind, Options, Target};
use play_runner::escalation::{Escalation, Password};
use play_runner::graph::Graph;
use play_runner::language::Language;
use play_runner::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};
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
    let targets = targets(language, &arguments.reach)?;
    let plain = options(&arguments.reach, &targets);
    let password = if arguments.reach.ask_become_pass {
        password()?
    } else {
        None
    };
    let escalated = play_runner::run::escalated(&plain, Escalation { password });
    let (facts, root) = play_runner::run::needed(language, graph);
    let part = play_runner::graph::reach(
        graph,
        &limited,
        &project.inventory.hosts.keys().cloned().collect::<Vec<_>>(),
    );
    Ok(Settings {
        run: run_name(),
        part,
        limited,
        with_needs: arguments.with_needs,
        forks: arguments.forks.max(1),
        targets,
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

pub(crate) fn options(reach: &Reach, targets: &BTreeMap<String, Target>) -> Options {
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
    options.inventory = Arc::new(targets.clone());
    options
}

/// Every host of the inventory as a target.
pub(crate) fn targets(
    language: &Language,
    reach: &Reach,
) -> Result<BTreeMap<String, Target>, Diagnostic> {
    let hosts = language.project().inventory.hosts.keys();
    hosts
        .map(|host| target(language, reach, host).map(|target| (host.clone(), target)))
        .collect()
}

fn target(language: &Language, reach: &Reach, host: &str) -> Result<Target, Diagnostic> {
    let said = |names: &[&str]| -> Result<Option<String>, Diagnostic> {
        for name in names {
            match language.host_variable(host, name)? {
                Some(Value::String(text)) => return Ok(Some(text)),
                Some(Value::Null) | None => {}
                Some(other) => return Ok(Some(other.to_string())),
            }
        }
        Ok(None)
    };
    let kind = match said(&["ansible_connection", "connection"])?.as_deref() {
        None | Some("ssh" | "smart" | "paramiko") => Kind::Ssh,
        Some("local") => Kind::Local,
        Some("simulated") => Kind::Simulated,
        Some(other) => {
            return Err(
                Diagnostic::error(format!("host {host}: unknown connection `{other}`"))
                    .hint("ssh, local or simulated"),
            );
        }
    };
    let port = said(&["ansible_port", "ansible_ssh_port"])?;
    let port = port
        .map(|text| {
            text.parse().map_err(|_| {
                Diagnostic::error(format!("host {host}: ansible_port `{text}` is no port"))
                    .hint("a number from 1 to 65535")
            })
        })
        .transpose()?;
    // Asked here, before anything is connected to: a step that cannot be told who it is must not run as root.
    language.inventory_becomes(host)?;
    language.inventory_becomes_user(host)?;
    let mut identity_files: Vec<std::path::PathBuf> = reach.private_key.iter().cloned().collect();
    identity_files.extend(
        said(&["ansible_ssh_private_key_file", "ansible_private_key_file"])?
            .map(|path| home(&path)),
    );
    Ok(Target {
        name: host.to_owned(),
        kind,
        host: said(&["ansible_host", "ansible_ssh_host"])?
            .map_or_else(|| host.to_owned(), |address| bare(&address).to_owned()),
        port,
        user: said(&["ansible_user", "ansible_ssh_user"])?.or_else(|| reach.user.clone()),
        identity_files,
        proxy_jump: said(&["proxy_jump", "ansible_proxy_jump"])?,
        known_hosts: said(&["ansible_ssh_known_hosts_file", "known_hosts_file"])?
            .map(|path| home(&path)),
    })
}

fn home(path: &str) -> std::path::PathBuf {
    match (path.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => std::path::Path::new(&home).join(rest),
        _ => path.into(),
    }
}
