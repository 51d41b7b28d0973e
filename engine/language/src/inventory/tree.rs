//! The inventory while it is read: groups and hosts as sources name them, before groups are resolved.
use super::{Definition, Group, Host};
use crate::{Inventory, source::Reader};
use indexmap::{IndexMap, IndexSet};
use play_core::{Diagnostic, Place};
use std::collections::BTreeSet;

/// Everything the sources said so far.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    hosts: IndexMap<String, (Place, Vec<Definition>)>,
    groups: IndexMap<String, Branch>,
}

#[derive(Debug, Default)]
struct Branch {
    hosts: IndexSet<String>,
    children: IndexMap<String, Place>,
    variables: Vec<Definition>,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let mut tree = Self::default();
        tree.group("all");
        tree.group("ungrouped");
        tree
    }

    pub(crate) fn group(&mut self, name: &str) {
        self.groups.entry(name.to_owned()).or_default();
    }

    /// A host in a group; one named twice is one host.
    pub(crate) fn host(&mut self, group: &str, name: &str, place: &Place) {
        self.hosts
            .entry(name.to_owned())
            .or_insert_with(|| (place.clone(), Vec::new()));
        let branch = self.groups.entry(group.to_owned()).or_default();
        branch.hosts.insert(name.to_owned());
    }

    pub(crate) fn child(&mut self, group: &str, child: &str, place: &Place) {
        self.group(child);
        let branch = self.groups.entry(group.to_owned()).or_default();
        branch
            .children
            .entry(child.to_owned())
            .or_insert_with(|| place.clone());
    }

    pub(crate) fn define_host(&mut self, name: &str, definitions: Vec<Definition>) {
        if let Some((_, variables)) = self.hosts.get_mut(name) {
            variables.extend(definitions);
        }
    }

    pub(crate) fn define_group(&mut self, name: &str, definitions: Vec<Definition>) {
        self.group(name);
        self.groups[name].variables.extend(definitions);
    }

    pub(crate) fn has_group(&self, name: &str) -> bool {
        self.groups.contains_key(name)
    }

    pub(crate) fn has_host(&self, name: &str) -> bool {
        self.hosts.contains_key(name)
    }

    pub(crate) fn host_names(&self) -> Vec<String> {
        self.hosts.keys().cloned().collect()
    }

    pub(crate) fn group_names(&self) -> Vec<String> {
        self.groups.keys().cloned().collect()
    }

    /// Groups resolved: cycles reported and cut, every host told its groups.
    pub(crate) fn finish(mut self, reader: &mut Reader) -> Inventory {
        self.cut_cycles(reader);
        self.adopt();
        let depths: IndexMap<String, usize> = self
            .groups
            .keys()
            .map(|name| (name.clone(), self.depth(name)))
            .collect();
        let mut inventory = Inventory::default();
        let mut groups_of: IndexMap<String, Vec<String>> = self
            .hosts
            .keys()
            .map(|host| (host.clone(), Vec::new()))
            .collect();
        for name in self.groups.keys() {
            let members = self.members(name);
            let hosts = self.hosts.keys().filter(|host| members.contains(*host));
            let hosts: Vec<String> = hosts.cloned().collect();
            for host in &hosts {
                groups_of[host].push(name.clone());
            }
            let group = Group {
                name: name.clone(),
                hosts,
                children: self.groups[name].children.keys().cloned().collect(),
                variables: self.groups[name].variables.clone(),
            };
            inventory.groups.insert(name.clone(), group);
        }
        for ((name, (place, variables)), (_, mut groups)) in self.hosts.into_iter().zip(groups_of) {
            groups.sort_by_key(|group| (depths[group], group.clone()));
            let host = Host {
                name: name.clone(),
                place,
                groups,
                variables,
            };
            inventory.hosts.insert(name, host);
        }
        inventory
    }

    fn cut_cycles(&mut self, reader: &mut Reader) {
        let names: Vec<String> = self.groups.keys().cloned().collect();
        let mut done = BTreeSet::new();
        for name in names {
            self.walk(&name, &mut Vec::new(), &mut done, reader);
        }
    }

    fn walk(
        &mut self,
        name: &str,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
        reader: &mut Reader,
    ) {
        if done.contains(name) {
            return;
        }
        path.push(name.to_owned());
        for (child, place) in self.groups[name].children.clone() {
            if let Some(start) = path.iter().position(|known| *known == child) {
                let cycle = [&path[start..], std::slice::from_ref(&child)]
                    .concat()
                    .join(" → ");
                let message = format!("groups contain each other: {cycle}");
                let hint = "a group must not be a child of its own child";
                reader.report(Diagnostic::error(message).at(&place).hint(hint));
                self.groups[name].children.shift_remove(&child);
            } else {
                self.walk(&child, path, done, reader);
            }
        }
        path.pop();
        done.insert(name.to_owned());
    }

    /// Groups without a parent become children of `all`, hosts without a group members of `ungrouped`.
    fn adopt(&mut self) {
        let children: BTreeSet<String> = self
            .groups
            .iter()
            .filter(|(name, _)| *name != "all")
            .flat_map(|(_, branch)| branch.children.keys().cloned())
            .collect();
        for name in self.group_names() {
            if name != "all" && !children.contains(&name) {
                self.child("all", &name, &Place::default());
            }
        }
        let grouped: BTreeSet<String> = self
            .groups
            .iter()
            .filter(|(name, _)| *name != "all")
            .flat_map(|(_, branch)| branch.hosts.iter().cloned())
            .collect();
        for name in self.host_names() {
            if !grouped.contains(&name) {
                self.groups["ungrouped"].hosts.insert(name);
            }
        }
    }

    fn members(&self, group: &str) -> BTreeSet<String> {
        let mut members = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![group.to_owned()];
        while let Some(name) = open.pop() {
            if seen.insert(name.clone()) {
                members.extend(self.groups[&name].hosts.iter().cloned());
                open.extend(self.groups[&name].children.keys().cloned());
            }
        }
        members
    }

    /// The longest way down from `all`: children apply after their parents.
    fn depth(&self, group: &str) -> usize {
        self.groups
            .iter()
            .filter(|(_, branch)| branch.children.contains_key(group))
            .map(|(parent, _)| self.depth(parent) + 1)
            .max()
            .unwrap_or(0)
    }
}
