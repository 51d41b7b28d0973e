//! Accounts and groups: read from the files, altered by the programs that own them.
pub mod database;
mod group;
mod password;
mod process;
mod user;

pub use group::put as put_group;
pub use password::fits as password_fits;
pub use process::of as processes;
pub use user::put as put_user;

use play_core::state::{Group, User};
use play_core::{Fault, Resource, State};

/// An account's numbers, as a program run for it needs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub shell: String,
    /// Numbers of its supplementary groups, as far as /etc/group says.
    pub groups: Vec<u32>,
}

/// Who this process is.
pub fn own_name() -> String {
    database::user_name(rustix::process::geteuid().as_raw())
}

/// Our own account, where it is not root: what it makes cannot belong to anybody else.
pub fn own() -> Option<String> {
    let uid = rustix::process::geteuid();
    (!uid.is_root()).then(|| database::user_name(uid.as_raw()))
}

/// The account that logged in and became root through sudo, which names it; None where nobody became anybody.
pub fn login() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    std::env::var("SUDO_USER")
        .ok()
        .filter(|name| !name.is_empty() && name != "root")
}

/// The account of a name; None where nobody has it.
pub fn find(name: &str) -> Option<Account> {
    let row = database::user(name)?;
    let groups = database::memberships(name).into_iter().map(|row| row.gid);
    Some(Account {
        groups: groups.filter(|gid| *gid != row.gid).collect(),
        name: row.name,
        uid: row.uid,
        gid: row.gid,
        home: row.home,
        shell: row.shell,
    })
}

/// The account a step acts as; a fault with the way out where there is none.
pub fn require(name: &str) -> Result<Account, Fault> {
    find(name).ok_or_else(|| missing_user(name))
}

/// The number of an owner, given by name or as a number.
pub fn uid(name: &str) -> Result<u32, Fault> {
    database::user(name)
        .map(|row| row.uid)
        .or_else(|| name.parse().ok())
        .ok_or_else(|| missing_user(name))
}

/// The number of a group, given by name or as a number.
pub fn gid(name: &str) -> Result<u32, Fault> {
    database::group(name)
        .map(|row| row.gid)
        .or_else(|| name.parse().ok())
        .ok_or_else(|| missing_group(name))
}

fn missing_user(name: &str) -> Fault {
    Fault::Missing {
        resource: Resource::User(name.to_owned()),
        hint: Some("create it with the module user first".into()),
    }
}

fn missing_group(name: &str) -> Fault {
    Fault::Missing {
        resource: Resource::Group(name.to_owned()),
        hint: Some("create it with the module group first".into()),
    }
}

/// The account as it is.
pub fn look_user(name: &str) -> Result<State, Fault> {
    let Some(row) = database::user(name) else {
        return Ok(State::Absent);
    };
    let mut groups: Vec<String> = database::memberships(name)
        .into_iter()
        .filter(|group| group.gid != row.gid)
        .map(|group| group.name)
        .collect();
    groups.sort();
    groups.dedup();
    Ok(State::User(User {
        uid: Some(row.uid),
        group: database::group_name(row.gid),
        groups,
        password: database::password(&row),
        home: row.home,
        shell: row.shell,
        comment: row.comment,
        system: false,
    }))
}

/// The group as it is.
pub fn look_group(name: &str) -> Result<State, Fault> {
    Ok(database::group(name).map_or(State::Absent, |row| {
        State::Group(Group { gid: Some(row.gid) })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_found_and_a_stranger_is_not() {
        let root = find("root").expect("root");
        assert_eq!((root.uid, root.gid), (0, 0));
        assert!(matches!(look_user("root"), Ok(State::User(user)) if user.group == "root"));
        assert_eq!(look_user("no-such-account-here").ok(), Some(State::Absent));
        assert_eq!(uid("4242").ok(), Some(4242));
        assert!(matches!(gid("no-such-group"), Err(Fault::Missing { .. })));
    }
}
