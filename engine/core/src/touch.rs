//! What a task reads and writes, before it has run: the resources its order is derived from.
use crate::Resource;
use crate::resource::Kind;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    Read,
    Write,
}

/// One resource, or many, that a task reads or writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    pub access: Access,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    One(Resource),
    /// Every resource of the kind: its name is not known before the step starts, or there is one lock for all.
    Every(Kind),
    /// No resource of its own: from here on one path leads to another, for whoever compares paths.
    Link {
        path: String,
        target: String,
    },
    /// Anything: a task nobody can know the reach of.
    Everything,
}

impl Touch {
    pub fn read(resource: Resource) -> Self {
        Self {
            access: Access::Read,
            what: What::One(resource),
        }
    }

    pub fn write(resource: Resource) -> Self {
        Self {
            access: Access::Write,
            what: What::One(resource),
        }
    }

    pub fn write_every(kind: Kind) -> Self {
        Self {
            access: Access::Write,
            what: What::Every(kind),
        }
    }

    pub fn read_every(kind: Kind) -> Self {
        Self {
            access: Access::Read,
            what: What::Every(kind),
        }
    }

    /// A link is made; what is read and written for that are touches of their own.
    pub fn link(path: String, target: String) -> Self {
        Self {
            access: Access::Read,
            what: What::Link { path, target },
        }
    }

    pub fn everything() -> Self {
        Self {
            access: Access::Write,
            what: What::Everything,
        }
    }

    /// Whether the order of two tasks with these touches matters.
    pub fn conflicts(&self, other: &Self) -> bool {
        (self.access == Access::Write || other.access == Access::Write)
            && match (&self.what, &other.what) {
                (What::Everything, _) | (_, What::Everything) => true,
                (What::Link { .. }, _) | (_, What::Link { .. }) => false,
                (What::Every(kind), What::Every(other)) => kind == other,
                (What::Every(kind), What::One(one)) | (What::One(one), What::Every(kind)) => {
                    one.kind() == *kind
                }
                (What::One(one), What::One(other)) => same(one, other),
            }
    }
}

/// A path and what lies below it are one: who makes a directory comes before who writes into it.
fn same(one: &Resource, other: &Resource) -> bool {
    match (one, other) {
        (Resource::File(one), Resource::File(other)) => within(one, other) || within(other, one),
        _ => one == other,
    }
}

fn within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_and_its_files_conflict_and_siblings_do_not() {
        let write = |path: &str| Touch::write(Resource::File(path.into()));
        assert!(write("/etc/a").conflicts(&write("/etc/a/b")));
        assert!(!write("/etc/a").conflicts(&write("/etc/ab")));
        assert!(!Touch::read(Resource::Hostname).conflicts(&Touch::read(Resource::Hostname)));
        assert!(Touch::everything().conflicts(&Touch::read(Resource::Hostname)));
    }
}
