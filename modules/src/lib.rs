//! The modules: each is its typed arguments and one pure question, what must change for them to hold.
use play_core::Entry;

pub mod apt_repository;
pub mod assert;
pub mod authorized_key;
pub mod blockinfile;
pub mod body;
pub mod catalog;
pub mod command;
pub mod copy;
pub mod cron;
pub mod debug;
pub mod docker_compose;
pub mod fail;
pub mod file;
pub mod find;
pub mod get_url;
pub mod git;
pub mod group;
pub mod hostname;
pub mod hosts;
pub mod include_role;
pub mod include_tasks;
pub mod include_vars;
pub mod ini_file;
pub mod lineinfile;
pub mod list;
pub mod manual;
pub mod meta;
pub mod nftables;
pub mod package;
pub mod path;
pub mod presence;
pub mod reboot;
pub mod replace;
pub mod rollback;
pub mod script;
pub mod service;
pub mod set_fact;
pub mod shell;
pub mod slurp;
pub mod stat;
pub mod sysctl;
pub mod template;
pub mod text;
pub mod timezone;
pub mod tree;
pub mod unarchive;
pub mod uri;
pub mod user;
pub mod wait_for;
pub mod wireguard;
pub mod wireguard_key;

mod account;
mod archive;
mod checksum;
mod crontab;
mod destination;
mod digest;
mod free_number;
mod lines;
mod link;
mod ownership;
mod pattern;
mod program;
mod public_key;
mod validator;
mod words;
mod written;

pub use catalog::Modules;
pub use manual::manual;

/// Every module, in the order of the alphabet.
pub const MODULES: &[Entry] = &[
    Entry::new::<apt_repository::AptRepository>("apt_repository").aliases(&["deb822_repository"]),
    Entry::new::<assert::Assert>("assert").on_controller(),
    Entry::new::<authorized_key::AuthorizedKey>("authorized_key"),
    Entry::new::<blockinfile::Blockinfile>("blockinfile").open(&["block"]),
    Entry::new::<command::Command>("command").free_form("cmd"),
    Entry::new::<copy::Copy>("copy").open(&["content", "tree"]),
    Entry::new::<cron::Cron>("cron"),
    Entry::new::<debug::Debug>("debug").on_controller(),
    Entry::new::<docker_compose::DockerCompose>("docker_compose").aliases(&["docker_compose_v2"]),
    Entry::new::<fail::Fail>("fail").on_controller(),
    Entry::new::<file::File>("file"),
    Entry::new::<find::Find>("find"),
    Entry::new::<get_url::GetUrl>("get_url"),
    Entry::new::<git::Git>("git"),
    Entry::new::<group::Group>("group"),
    Entry::new::<hostname::Hostname>("hostname"),
    Entry::new::<hosts::Hosts>("hosts"),
    Entry::new::<include_role::IncludeRole>("include_role").on_controller(),
    Entry::new::<include_tasks::IncludeTasks>("include_tasks")
        .free_form("file")
        .on_controller(),
    Entry::new::<include_vars::IncludeVars>("include_vars")
        .free_form("file")
        .on_controller(),
    Entry::new::<ini_file::IniFile>("ini_file").open(&["value"]),
    Entry::new::<lineinfile::Lineinfile>("lineinfile").open(&["line"]),
    Entry::new::<meta::Meta>("meta")
        .free_form("action")
        .on_controller(),
    Entry::new::<nftables::Nftables>("nftables"),
    Entry::new::<package::Package>("package").aliases(&["apt"]),
    Entry::new::<reboot::Reboot>("reboot"),
    Entry::new::<replace::Replace>("replace").open(&["replace"]),
    Entry::new::<rollback::Rollback>("rollback"),
    Entry::new::<script::Script>("script")
        .free_form("cmd")
        .open(&["content"]),
    Entry::new::<service::Service>("service").aliases(&["systemd", "systemd_service"]),
    Entry::new::<set_fact::SetFact>("set_fact").on_controller(),
    Entry::new::<shell::Shell>("shell").free_form("cmd"),
    Entry::new::<slurp::Slurp>("slurp"),
    Entry::new::<stat::Stat>("stat"),
    Entry::new::<sysctl::Sysctl>("sysctl"),
    Entry::new::<template::Template>("template").open(&["content"]),
    Entry::new::<timezone::Timezone>("timezone"),
    Entry::new::<unarchive::Unarchive>("unarchive"),
    Entry::new::<uri::Uri>("uri"),
    Entry::new::<user::User>("user"),
    Entry::new::<wait_for::WaitFor>("wait_for"),
    Entry::new::<wireguard::Wireguard>("wireguard").open(&["peers"]),
    Entry::new::<wireguard_key::WireguardKey>("wireguard_key"),
];

/// The module of this name or alias; `ansible.builtin.` and the like are already cut off.
pub fn find(name: &str) -> Option<&'static Entry> {
    MODULES
        .iter()
        .find(|entry| entry.name == name)
        .or_else(|| MODULES.iter().find(|entry| entry.aliases.contains(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_no_name_is_taken_twice() {
        let names: Vec<&str> = MODULES.iter().map(|entry| entry.name).collect();
        assert!(names.is_sorted(), "{names:?}");
        let mut all: Vec<&str> = MODULES
            .iter()
            .flat_map(|entry| entry.aliases.iter().copied().chain([entry.name]))
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
