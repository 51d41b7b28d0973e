//! Hosts and groups, merged from every inventory source.
pub mod address;
pub mod connection;
mod ini;
pub(crate) mod load;
pub mod pattern;
mod range;
mod tree;
mod yaml;

use crate::Node;
use indexmap::IndexMap;
use play_core::Place;

/// The hosts a run may speak of, in the order written.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub hosts: IndexMap<String, Host>,
    /// `all` is always there; `ungrouped` too.
    pub groups: IndexMap<String, Group>,
}

#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub place: Place,
    /// Groups it is in, parents before children, `all` first: the order their variables apply in.
    pub groups: Vec<String>,
    /// From the inventory's own lines and from host_vars, later wins.
    pub variables: Vec<Definition>,
}

#[derive(Clone, Debug, Default)]
pub struct Group {
    pub name: String,
    /// Every host in it or in a child, in inventory order.
    pub hosts: Vec<String>,
    pub children: Vec<String>,
    pub variables: Vec<Definition>,
}

/// One definition of a variable, with the file and line that made it.
#[derive(Clone, Debug)]
pub struct Definition {
    pub name: String,
    pub place: Place,
    pub value: Node,
}
