//! Accounts and groups.
use crate::Context;
use play_core::{Fault, State, Value};
/// An account's numbers.
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
}
/// The account of a name; None where nobody has it.
pub fn find(name: &str) -> Option<Account> {
    let text = std::fs::read_to_string("/etc/passwd").ok()?;
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [found, _, uid, gid, _, home, ..] = fields[..] else {
            return None;
        };
        (found == name).then_some(())?;
        Some(Account {
            name: name.to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            home: home.to_owned(),
        })
    })
}
/// The account a step acts as.
pub fn require(name: &str) -> Result<Account, Fault> {
    find(name).ok_or_else(|| Fault::missing(play_core::Resource::User(name.to_owned())))
}
/// The number of an owner, given by name or as a number.
pub fn uid(name: &str) -> Result<u32, Fault> {
    find(name)
        .map(|row| row.uid)
        .or_else(|| name.parse().ok())
        .ok_or_else(|| Fault::missing(play_core::Resource::User(name.to_owned())))
}
/// The number of a group, given by name or as a number.
pub fn gid(name: &str) -> Result<u32, Fault> {
    let text = std::fs::read_to_string("/etc/group").unwrap_or_default();
    text.lines()
        .find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            (fields.len() > 2 && fields[0] == name).then(|| fields[2].parse().ok())?
        })
        .or_else(|| name.parse().ok())
        .ok_or_else(|| Fault::missing(play_core::Resource::Group(name.to_owned())))
}
pub fn look_user(_: &str) -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn look_group(_: &str) -> Result<State, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn password_fits(_: &str, _: &str) -> Result<Value, Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn put_user(_: &str, _: &State, _: &State, _: &Context) -> Result<(), Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
pub fn put_group(_: &str, _: &State, _: &State, _: &Context) -> Result<(), Fault> {
    Err(Fault::Unsupported {
        what: "this".into(),
        hint: None,
    })
}
