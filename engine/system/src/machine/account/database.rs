//! passwd(5), group(5) and shadow(5), read natively: the agent is static and must not call the C library's name service.
//! Names that are not in the files are asked of the machine's own `getent`, which knows of LDAP and the like.
use crate::machine::parsed::Parsed;
use crate::program::Program;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A line of passwd(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    pub name: String,
    password: String,
    pub uid: u32,
    pub gid: u32,
    pub comment: String,
    pub home: String,
    pub shell: String,
}

/// A line of group(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    pub name: String,
    pub gid: u32,
    pub members: Vec<String>,
}

static USERS: Parsed<Vec<UserRow>> = Parsed::new("/etc/passwd", users_in);
static GROUPS: Parsed<Vec<GroupRow>> = Parsed::new("/etc/group", groups_in);
static SHADOW: Parsed<HashMap<String, String>> = Parsed::new("/etc/shadow", shadow_in);

fn users_in(text: &str) -> Vec<UserRow> {
    text.lines().filter_map(user_row).collect()
}

fn user_row(line: &str) -> Option<UserRow> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, password, uid, gid, comment, home, shell] = fields[..] else {
        return None;
    };
    Some(UserRow {
        name: name.to_owned(),
        password: password.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        comment: comment.to_owned(),
        home: home.to_owned(),
        shell: shell.to_owned(),
    })
}

fn groups_in(text: &str) -> Vec<GroupRow> {
    text.lines().filter_map(group_row).collect()
}

fn group_row(line: &str) -> Option<GroupRow> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, gid, members] = fields[..] else {
        return None;
    };
    Some(GroupRow {
        name: name.to_owned(),
        gid: gid.parse().ok()?,
        members: members
            .split(',')
            .filter(|member| !member.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

fn shadow_in(text: &str) -> HashMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split(':');
            Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
        })
        .collect()
}

/// All accounts of the file.
pub fn users() -> Arc<Vec<UserRow>> {
    USERS.read().unwrap_or_default()
}

fn groups() -> Arc<Vec<GroupRow>> {
    GROUPS.read().unwrap_or_default()
}

/// Answers of the name service, by database and key, with the time they were given.
type Answers = HashMap<(&'static str, String), (Instant, Option<String>)>;

/// A tree full of numbers nobody has a name for must not start a program for each file.
const FRESH: Duration = Duration::from_secs(10);

static ANSWERS: LazyLock<Mutex<Answers>> = LazyLock::new(Mutex::default);

/// One line of the machine's name service.
fn getent(database: &'static str, key: &str) -> Option<String> {
    let question = (database, key.to_owned());
    let known = ANSWERS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&question)
        .filter(|(asked, _)| asked.elapsed() < FRESH)
        .map(|(_, answer)| answer.clone());
    if let Some(answer) = known {
        return answer;
    }
    let ended = Program::new("getent")
        .args([database, "--", key])
        .limit(Duration::from_secs(10))
        .run();
    let found = ended.ok().filter(|ended| ended.code == 0);
    let answer = found.and_then(|ended| ended.out().lines().next().map(str::to_owned));
    let mut answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
    answers.insert(question, (Instant::now(), answer.clone()));
    answer
}

pub fn user(name: &str) -> Option<UserRow> {
    let known = users().iter().find(|row| row.name == name).cloned();
    let asked = || user_row(&getent("passwd", name)?).filter(|row| row.name == name);
    known.or_else(|| plausible(name).then(asked).flatten())
}

pub fn group(name: &str) -> Option<GroupRow> {
    let known = groups().iter().find(|row| row.name == name).cloned();
    let asked = || group_row(&getent("group", name)?).filter(|row| row.name == name);
    known.or_else(|| plausible(name).then(asked).flatten())
}

/// getent(1) takes numbers for numbers, and no name holds a colon.
fn plausible(name: &str) -> bool {
    !name.is_empty() && !name.contains([':', '\n']) && !name.bytes().all(|b| b.is_ascii_digit())
}

/// The groups that name this account as a member.
pub fn memberships(name: &str) -> Vec<GroupRow> {
    let member = |row: &&GroupRow| row.members.iter().any(|member| member == name);
    groups().iter().filter(member).cloned().collect()
}

/// The name of a number, or the number.
pub fn user_name(uid: u32) -> String {
    let known = users().iter().find(|row| row.uid == uid).cloned();
    known
        .or_else(|| user_row(&getent("passwd", &uid.to_string())?))
        .map_or_else(|| uid.to_string(), |row| row.name)
}

/// The name of a number, or the number.
pub fn group_name(gid: u32) -> String {
    let known = groups().iter().find(|row| row.gid == gid).cloned();
    known
        .or_else(|| group_row(&getent("group", &gid.to_string())?))
        .map_or_else(|| gid.to_string(), |row| row.name)
}

/// The password field, wherever it is; None where it may not be read.
pub fn password(row: &UserRow) -> Option<String> {
    if row.password != "x" {
        return Some(row.password.clone());
    }
    SHADOW.read().ok()?.get(&row.name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_broken_ones_are_left_out() {
        let rows = users_in("deploy:x:1001:1002:De Ploy,,,:/home/deploy:/bin/bash\n+::::::\nbad\n");
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].uid, rows[0].gid), (1001, 1002));
        assert_eq!(rows[0].comment, "De Ploy,,,");
        let groups = groups_in("sudo:x:27:admin,deploy\nempty:x:28:\n");
        assert_eq!(groups[0].members, ["admin", "deploy"]);
        assert!(groups[1].members.is_empty());
        let shadow = shadow_in("root:*:19000:0:99999:7:::\n");
        assert_eq!(shadow["root"], "*");
    }
}
