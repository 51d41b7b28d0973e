//! `stat`: what a path is.
use crate::digest;
use crate::path::{self, HostPath};
use play_core::state::{File, FileKind};
use play_core::{Fault, Module, Plan, State, Touch, Value, View};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// Tells what a path is, for later tasks: `stat.exists`, `stat.isreg`, `stat.isdir`, `stat.islnk`, `stat.mode`,
/// `stat.pw_name`, `stat.gr_name`, `stat.size`, `stat.checksum`, `stat.lnk_source`, `stat.lnk_target`. Nothing is changed.
///
/// The checksum is SHA-256, where Ansible's default is SHA-1. Times and inode numbers are not told.
///
/// # Example
///
/// ```yaml
/// - name: look for the swap file
///   stat:
///     path: /swapfile
///   register: swap
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stat {
    /// The path.
    #[serde(alias = "dest", alias = "name")]
    pub path: HostPath,
    /// Tell of what a link leads to, instead of the link.
    #[serde(default)]
    pub follow: bool,
    /// Tell the checksum of a regular file.
    #[serde(default = "yes")]
    pub get_checksum: bool,
    /// Which checksum.
    #[serde(default, alias = "checksum", alias = "checksum_algo")]
    pub checksum_algorithm: Algorithm,
}

/// A checksum.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    #[default]
    Sha256,
}

fn yes() -> bool {
    true
}

impl Module for Stat {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let path = if self.follow {
            path::resolve(view, &self.path)?
        } else {
            self.path.to_string()
        };
        Ok(match view.look(&play_core::Resource::File(path.clone()))? {
            State::Unknown(reason) => Plan::unknown(reason),
            State::File(file) => {
                let stat = self.described(&path, &file);
                Plan::nothing().with_output(json!({ "stat": stat }))
            }
            _ => Plan::nothing().with_output(json!({ "stat": { "exists": false } })),
        })
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::read(self.path.resource())]
    }
}

impl Stat {
    fn described(&self, path: &str, file: &File) -> Value {
        let mut stat = json!({
            "exists": true,
            "path": path,
            "isreg": matches!(file.kind, FileKind::Regular(_)),
            "isdir": file.kind == FileKind::Directory,
            "islnk": matches!(file.kind, FileKind::Link(_)),
            "mode": format!("{:04o}", file.mode),
            "pw_name": file.owner,
            "gr_name": file.group,
            "executable": file.mode & 0o111 != 0,
        });
        for (at, who) in ["usr", "grp", "oth"].into_iter().enumerate() {
            for (bit, what) in [(4, 'r'), (2, 'w'), (1, 'x')] {
                stat[format!("{what}{who}")] = (file.mode >> (6 - 3 * at) & bit != 0).into();
            }
        }
        match &file.kind {
            FileKind::Regular(content) => {
                stat["size"] = content.size().into();
                if self.get_checksum {
                    stat["checksum"] = digest::sha256(content).into();
                }
            }
            FileKind::Link(target) => {
                stat["lnk_target"] = target.as_str().into();
                stat["lnk_source"] = path::target(path, target).into();
            }
            FileKind::Directory | FileKind::Other(_) => {}
        }
        stat
    }
}
