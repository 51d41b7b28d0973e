//! Variables nobody defines: who the host is, which groups there are, where files stand.
use super::Scope;
use play_core::Value;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What `omit` is: an argument equal to it is left out. Private code points, refused in what users write.
pub(super) const OMIT: &str = "\u{10FF03}omit\u{10FF03}";

/// What files carry that say who writes them. No date and no host: the text must not differ between runs.
const MANAGED: &str = "Managed by play: changes made here are overwritten.";

/// Every magic variable but `item`, which loops define, and `hostvars` and `vars`, which have no value as a whole.
pub(super) const NAMES: &[&str] = &[
    "ansible_check_mode",
    "ansible_diff_mode",
    "ansible_managed",
    "ansible_play_batch",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_name",
    "ansible_role_name",
    "ansible_version",
    "group_names",
    "groups",
    "inventory_dir",
    "inventory_hostname",
    "inventory_hostname_short",
    "omit",
    "play_hosts",
    "playbook_dir",
    "role_name",
    "role_path",
];

impl Scope<'_> {
    /// A magic variable; None where there is none of this name, or not here (`role_path` outside a role).
    pub(super) fn magic(&self, name: &str) -> Option<Value> {
        let inventory = &self.project.inventory;
        Some(match name {
            "inventory_hostname" => self.host.clone().into(),
            "inventory_hostname_short" => self.host.split('.').next().unwrap_or_default().into(),
            "group_names" => {
                let groups = &inventory.hosts.get(&self.host)?.groups;
                let mut names: Vec<&String> =
                    groups.iter().filter(|group| *group != "all").collect();
                names.sort_unstable();
                json!(names)
            }
            "groups" => {
                let groups = inventory.groups.iter();
                let lists = groups.map(|(name, group)| (name.clone(), json!(group.hosts)));
                Value::Object(lists.collect())
            }
            "play_hosts" | "ansible_play_hosts" | "ansible_play_hosts_all" => {
                json!(self.play?.hosts)
            }
            "ansible_play_batch" => {
                let batches = self.play?.batches();
                let own = batches.iter().find(|batch| batch.contains(&self.host));
                json!(own.unwrap_or(&batches[0]))
            }
            "ansible_play_name" => self.play?.name.clone().into(),
            "playbook_dir" => self.absolute(&self.play?.folder),
            "role_path" => self.absolute(&self.role()?.folder),
            "role_name" | "ansible_role_name" => self.role()?.name.clone().into(),
            "inventory_dir" => {
                let file = &inventory.hosts.get(&self.host)?.place.file;
                self.absolute(Path::new(file.as_ref()).parent()?)
            }
            "ansible_check_mode" => self.check.into(),
            "ansible_diff_mode" => true.into(),
            // Roles refuse to run below some version of Ansible; this is the one whose language is followed.
            "ansible_version" => {
                json!({"full": "2.18.0", "string": "2.18.0", "major": 2, "minor": 18, "revision": 0})
            }
            "ansible_managed" => MANAGED.into(),
            "omit" => OMIT.into(),
            _ => return None,
        })
    }

    /// Folders are absolute, as they end up in arguments of modules.
    fn absolute(&self, folder: &Path) -> Value {
        let path = self.loader.current_directory().join(folder);
        // Without the `.` of a relative one.
        let path: PathBuf = path.components().collect();
        path.to_string_lossy().into()
    }
}
