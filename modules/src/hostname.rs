//! `hostname`: the host's name.
use crate::written::Written;
use play_core::{Change, Fault, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Sets the host's name, now and for the next boot: the kernel's and /etc/hostname.
///
/// Where /etc/hosts does not know the name, the task says so, because sudo then waits for a name server; the module
/// `hosts` adds it.
///
/// # Example
///
/// ```yaml
/// - name: the name of this host
///   hostname:
///     name: vps1
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hostname {
    /// The name: letters, digits and hyphens, in parts with dots between; 64 bytes at most.
    pub name: String,
}

const FILE: &str = "/etc/hostname";

impl Module for Hostname {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        refuse(&self.name)?;
        let mut plan = Written::new(FILE, format!("{}\n", self.name)).plan(view)?;
        let live = view.look(&Resource::Hostname)?;
        let after = State::Text(self.name.clone());
        if live != after {
            plan.changes
                .push(Change::put(Resource::Hostname, live, after));
        }
        if !plan.changes.is_empty() && !known(view, &self.name)? {
            plan.notes.push(format!(
                "/etc/hosts does not know {0}; add it with hosts: address=127.0.1.1 names={0}",
                self.name
            ));
        }
        Ok(plan)
    }

    fn touches(&self) -> Vec<Touch> {
        vec![
            Touch::write(Resource::Hostname),
            Touch::write(Resource::File(FILE.into())),
            Touch::read(Resource::File("/etc/hosts".into())),
        ]
    }
}

fn known(view: &dyn View, name: &str) -> Result<bool, Fault> {
    let text = view.text("/etc/hosts")?.unwrap_or_default();
    Ok(text.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_whitespace().skip(1).any(|word| word == name)
    }))
}

/// RFC 1123, and the kernel's limit of 64 bytes.
pub(crate) fn refuse(name: &str) -> Result<(), Fault> {
    let label = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if name.len() <= 64 && name.split('.').all(label) {
        return Ok(());
    }
    Err(Fault::arguments(format!(
        "`{name}` is no host name: letters, digits and hyphens, in parts with dots between, 64 bytes at most"
    )))
}
