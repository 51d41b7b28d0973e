//! Variables that are there without a definition, for what is checked before a run.
use super::{facts, magic};

/// True for magic variables, and for facts under each of their names.
pub(crate) fn is_provided(name: &str) -> bool {
    provided().any(|known| known == name)
}

/// The names of those variables.
pub(crate) fn provided() -> impl Iterator<Item = String> {
    let plain = ["facts", "ansible_facts", "hostvars", "vars"].iter();
    let plain = plain.chain(magic::NAMES).map(|name| (*name).to_owned());
    plain.chain(facts::aliases().map(|alias| format!("ansible_{alias}")))
}
