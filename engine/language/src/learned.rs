//! What a run has learnt of its hosts: the top layers of variables.
use indexmap::IndexMap;
use play_core::Value;
use std::collections::BTreeMap;

/// By host: facts, registered values and set facts. These are data: never rendered as templates.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    pub hosts: BTreeMap<String, HostLearned>,
}

#[derive(Clone, Debug, Default)]
pub struct HostLearned {
    /// The object under `facts`; null while not gathered.
    pub facts: Value,
    /// `register` and `set_fact`, in order of arrival.
    pub variables: IndexMap<String, Value>,
}

impl Learned {
    pub fn host(&mut self, host: &str) -> &mut HostLearned {
        self.hosts.entry(host.to_owned()).or_default()
    }
}
