//! The modules: each is its typed arguments and one pure question, what must change for them to hold.
use play_core::Entry;

pub mod apt_repository;
pub mod assert;
pub mod catalog;
pub mod debug;
pub mod docker_compose;
pub mod fail;
pub mod include_role;
pub mod include_tasks;
pub mod include_vars;
pub mod list;
pub mod manual;
pub mod meta;
pub mod nftables;
pub mod package;
pub mod service;
pub mod set_fact;
pub mod sysctl;
pub mod text;
pub mod wireguard;

pub use catalog::Modules;
pub use manual::manual;

/// Every module, in the order of the alphabet.
pub const MODULES: &[Entry] = &[
    Entry::new::<apt_repository::AptRepository>("apt_repository").aliases(&["deb822_repository"]),
    Entry::new::<assert::Assert>("assert").on_controller(),
    Entry::new::<debug::Debug>("debug").on_controller(),
    Entry::new::<docker_compose::DockerCompose>("docker_compose").aliases(&["docker_compose_v2"]),
    Entry::new::<fail::Fail>("fail").on_controller(),
    Entry::new::<include_role::IncludeRole>("include_role").on_controller(),
    Entry::new::<include_tasks::IncludeTasks>("include_tasks")
        .free_form("file")
        .on_controller(),
    Entry::new::<include_vars::IncludeVars>("include_vars")
        .free_form("file")
        .on_controller(),
    Entry::new::<meta::Meta>("meta")
        .free_form("action")
        .on_controller(),
    Entry::new::<nftables::Nftables>("nftables"),
    Entry::new::<package::Package>("package").aliases(&["apt"]),
    Entry::new::<service::Service>("service").aliases(&["systemd", "systemd_service"]),
    Entry::new::<set_fact::SetFact>("set_fact").on_controller(),
    Entry::new::<sysctl::Sysctl>("sysctl"),
    Entry::new::<wireguard::Wireguard>("wireguard").open(&["peers"]),
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
