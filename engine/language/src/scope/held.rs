//! Values that are there already, so that a small part of them need not cost a copy of the whole: facts, registered values, groups.
use super::Scope;
use super::layer::Layers;
use crate::expression::step::{Found, step};
use play_core::Value;
use std::borrow::Cow;

impl<'a> Scope<'a> {
    /// The value under a path and how many steps it takes. None where something written comes first.
    pub(super) fn own_held(&self, path: &[String]) -> Option<(usize, Cow<'a, Value>)> {
        let name = path.first()?;
        if self.locals.iter().any(|(local, _)| local == name) {
            return None;
        }
        if name == "groups" {
            let group = self.project.inventory.groups.get(path.get(1)?)?;
            return Some((2, Cow::Owned(group.hosts.iter().cloned().collect())));
        }
        if self.magic(name).is_some() || Layers::find(&self.layers.above, name).is_some() {
            return None;
        }
        if let Some(value) = self.of_run(name) {
            return Some((1, Cow::Borrowed(value)));
        }
        let facts = &self.own()?.facts;
        if facts.is_null() || Layers::find(&self.layers.below, name).is_some() {
            return None;
        }
        match name.as_str() {
            "facts" => Some((1, Cow::Borrowed(facts))),
            // One of our names, or one of Ansible's: either way only that fact is copied.
            "ansible_facts" => {
                let key = path.get(1)?;
                if let Some(value) = super::facts::alias(facts, key) {
                    return Some((2, Cow::Owned(value)));
                }
                match step(facts, key) {
                    Found::Value(value) => Some((2, Cow::Borrowed(value))),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
