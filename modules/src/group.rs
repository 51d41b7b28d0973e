//! `group`: groups of accounts.
use crate::presence::Presence;
use crate::{free_number, ownership};
use play_core::{Change, Fault, Module, Plan, Resource, State, Touch, View, state};
use schemars::JsonSchema;
use serde::Deserialize;

/// Makes, changes and removes groups.
///
/// # Example
///
/// ```yaml
/// - name: the group that may deploy
///   group:
///     name: deploy
///     gid: 2000
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// The group's number; without it, the next free one.
    #[serde(default)]
    pub gid: Option<u32>,
    /// Choose a new group's number below 1000. Says nothing of a group that is there.
    #[serde(default)]
    pub system: bool,
    /// Whether the group shall be there.
    #[serde(default)]
    pub state: Presence,
}

impl Module for Group {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        refuse_name("group", &self.name)?;
        let resource = Resource::Group(self.name.clone());
        let before = view.look(&resource)?;
        let current = match &before {
            State::Group(group) => group.gid,
            _ => None,
        };
        let after = match self.state {
            Presence::Absent => State::Absent,
            Presence::Present => {
                let gid = match self.gid.or(current) {
                    None if self.system && before.is_absent() => {
                        Some(free_number::choose(view, &self.name)?)
                    }
                    gid => gid,
                };
                State::Group(state::Group { gid })
            }
        };
        if before == after {
            return Ok(Plan::nothing());
        }
        if let State::Unknown(reason) = &before {
            return Ok(Plan::unknown(reason));
        }
        if self.state == Presence::Absent {
            self.refuse_needed(view, current)?;
        }
        if let Some(gid) = self.gid.filter(|_| self.state == Presence::Present) {
            ownership::refuse_taken(view, "/etc/group", &self.name, gid)?;
        }
        Ok(Change::put(resource, before, after).into())
    }

    fn touches(&self) -> Vec<Touch> {
        vec![
            Touch::write(Resource::Group(self.name.clone())),
            Touch::write(Resource::File("/etc/group".into())),
        ]
    }
}

impl Group {
    /// groupdel(8) refuses the primary group of an account.
    fn refuse_needed(&self, view: &dyn View, gid: Option<u32>) -> Result<(), Fault> {
        let Ok(Some(accounts)) = view.text("/etc/passwd") else {
            return Ok(());
        };
        let gid = gid.map(|gid| gid.to_string());
        for line in accounts.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            let (Some(name), Some(group)) = (fields.first(), fields.get(3)) else {
                continue;
            };
            if gid.as_deref() != Some(*group) {
                continue;
            }
            // A task before this one may remove it, or give it another group.
            let account = view.look(&Resource::User((*name).to_owned()))?;
            if matches!(&account, State::User(user) if user.group == self.name) {
                return Err(Fault::refused(
                    format!("removing group {}", self.name),
                    format!(
                        "it is the primary group of {name}; remove that account first, or give it another group"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Names that would break the files they stand in, or be read as options.
pub(crate) fn refuse_name(what: &str, name: &str) -> Result<(), Fault> {
    let good = |c: char| !c.is_whitespace() && !matches!(c, ':' | '/' | ',' | '\0');
    if name.is_empty() || name.starts_with(['-', '+', '~']) || !name.chars().all(good) {
        return Err(Fault::arguments(format!(
            "`{name}` cannot be a {what}'s name"
        )));
    }
    Ok(())
}
