//! An account as it shall be, next to the one there is.
use crate::user::{UpdatePassword, User};
use crate::{free_number, ownership, path};
use play_core::state::{self, File, FileKind};
use play_core::{Change, Fault, Plan, Resource, State, View};

pub(crate) struct Account<'a> {
    pub asked: &'a User,
    pub view: &'a dyn View,
}

const LOGIN: &str = "/etc/login.defs";
const USERADD: &str = "/etc/default/useradd";

impl Account<'_> {
    /// The changes that make it.
    pub(crate) fn made(&self) -> Result<Plan, Fault> {
        let asked = self.asked;
        self.refuse_taken(None)?;
        let system = if asked.system && asked.uid.is_none() {
            Some(free_number::choose(self.view, &asked.name)?)
        } else {
            None
        };
        let mut plan = Plan::nothing();
        let group = if let Some(group) = &asked.group {
            ownership::group_name(self.view, group)?
        } else {
            plan.changes.extend(self.own_group(system)?);
            asked.name.clone()
        };
        let home = match &asked.home {
            Some(home) => home.to_string(),
            None => path::join(&self.usual("HOME", "/home")?, &asked.name),
        };
        let shell = match &asked.shell {
            Some(shell) => shell.clone(),
            None => self.usual("SHELL", "/bin/sh")?,
        };
        let user = state::User {
            uid: asked.uid.or(system),
            groups: self.groups(&group, &[])?,
            group,
            home,
            shell,
            comment: asked.comment.clone().unwrap_or_default(),
            password: Some(self.password(None, true)),
            system: asked.system,
        };
        let resource = Resource::User(asked.name.clone());
        plan.changes.push(Change::put(
            resource,
            State::Absent,
            State::User(user.clone()),
        ));
        self.note_shell(&mut plan)?;
        self.add_home(&user, &mut plan)?;
        Ok(plan)
    }

    fn refuse_taken(&self, current: Option<u32>) -> Result<(), Fault> {
        match self.asked.uid {
            Some(uid) if current != Some(uid) => {
                ownership::refuse_taken(self.view, "/etc/passwd", &self.asked.name, uid)
            }
            _ => Ok(()),
        }
    }

    /// A login shell that is not there lets nobody in.
    fn note_shell(&self, plan: &mut Plan) -> Result<(), Fault> {
        let Some(shell) = self
            .asked
            .shell
            .as_deref()
            .filter(|shell| !shell.is_empty())
        else {
            return Ok(());
        };
        let real = path::resolve(self.view, shell)?;
        if self.view.look(&Resource::File(real))?.is_absent() {
            plan.notes.push(format!(
                "{shell} is not there: nobody logs in as {} until it is",
                self.asked.name
            ));
        }
        Ok(())
    }

    /// The change that makes the account there is into the one asked for.
    pub(crate) fn changed(&self, before: state::User) -> Result<Plan, Fault> {
        let asked = self.asked;
        self.refuse_taken(before.uid)?;
        let group = match &asked.group {
            Some(group) => ownership::group_name(self.view, group)?,
            None => before.group.clone(),
        };
        let after = state::User {
            uid: asked.uid.or(before.uid),
            groups: self.groups(&group, &before.groups)?,
            group,
            home: asked.home.as_deref().unwrap_or(&before.home).to_owned(),
            shell: asked.shell.clone().unwrap_or_else(|| before.shell.clone()),
            comment: asked
                .comment
                .clone()
                .unwrap_or_else(|| before.comment.clone()),
            password: match self.password(before.password.as_deref(), false) {
                same if before.password.is_none() && same.is_empty() => None,
                password => Some(password),
            },
            system: before.system,
        };
        if (before.uid, &before.home) != (after.uid, &after.home) {
            self.asked
                .refuse_busy(self.view, "changing number or home of user")?;
        }
        let mut plan = Plan::nothing();
        self.note_losses(&before, &after, &mut plan);
        if before.shell != after.shell {
            self.note_shell(&mut plan)?;
        }
        if before != after {
            plan.changes.push(Change::put(
                Resource::User(asked.name.clone()),
                State::User(before),
                State::User(after.clone()),
            ));
        }
        self.add_home(&after, &mut plan)?;
        Ok(plan)
    }

    fn note_losses(&self, before: &state::User, after: &state::User, plan: &mut Plan) {
        let lost: Vec<&str> = (before.groups.iter())
            .filter(|name| !after.groups.contains(name) && **name != after.group)
            .map(String::as_str)
            .collect();
        if !lost.is_empty() {
            plan.notes.push(format!(
                "{} leaves the groups {}; append: true keeps them",
                self.asked.name,
                lost.join(", ")
            ));
        }
        if before.home != after.home {
            plan.notes.push(format!(
                "what is in {} stays there; nothing is moved to {}",
                before.home, after.home
            ));
        }
    }

    /// The group of its own name, where there is none yet.
    fn own_group(&self, gid: Option<u32>) -> Result<Option<Change>, Fault> {
        let resource = Resource::Group(self.asked.name.clone());
        let before = self.view.look(&resource)?;
        Ok(before.is_absent().then(|| {
            let after = State::Group(state::Group { gid });
            Change::put(resource, before, after).because("the account's own group")
        }))
    }

    /// The supplementary groups, sorted; never the primary one, which is not listed among them.
    fn groups(&self, primary: &str, before: &[String]) -> Result<Vec<String>, Fault> {
        let Some(asked) = &self.asked.groups else {
            return Ok(before.to_vec());
        };
        let mut groups = Vec::new();
        for name in asked {
            groups.push(ownership::group_name(self.view, name)?);
        }
        if self.asked.append {
            groups.extend_from_slice(before);
        }
        groups.retain(|name| name != primary);
        groups.sort();
        groups.dedup();
        Ok(groups)
    }

    /// The field of shadow(5); empty where it can be neither read nor is asked for.
    fn password(&self, before: Option<&str>, new: bool) -> String {
        let asked = self.asked;
        let sets = new || asked.update_password == UpdatePassword::Always;
        let hash = match (&asked.password, before) {
            (Some(hash), _) if sets => hash.as_str(),
            (_, Some(before)) => before,
            (_, None) if new => "!",
            (_, None) => "",
        };
        match asked.password_lock {
            Some(true) if !hash.starts_with(['!', '*']) => format!("!{hash}"),
            Some(false) if hash.len() > 1 => hash.trim_start_matches('!').to_owned(),
            // A hash that is locked and not asked to be unlocked is the same password.
            None if before.is_some_and(|before| before.trim_start_matches('!') == hash)
                && hash.len() > 1 =>
            {
                before.unwrap_or(hash).to_owned()
            }
            _ => hash.to_owned(),
        }
    }

    /// A setting of useradd(8).
    fn usual(&self, key: &str, otherwise: &str) -> Result<String, Fault> {
        let text = self.view.text(USERADD)?.unwrap_or_default();
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        Ok(value.map_or(otherwise, str::trim).to_owned())
    }

    /// The mode of a new home, login.defs(5): HOME_MODE, else what UMASK leaves.
    fn home_mode(&self) -> Result<u32, Fault> {
        let text = self.view.text(LOGIN)?.unwrap_or_default();
        let octal = |key: &str| {
            text.lines().find_map(|line| {
                let rest = line.strip_prefix(key)?;
                u32::from_str_radix(rest.strip_prefix([' ', '\t'])?.trim(), 8).ok()
            })
        };
        Ok(octal("HOME_MODE").unwrap_or_else(|| 0o777 & !octal("UMASK").unwrap_or(0o022)))
    }

    /// The home directory and what useradd would copy into it, where there is none.
    fn add_home(&self, user: &state::User, plan: &mut Plan) -> Result<(), Fault> {
        let home = Resource::File(user.home.clone());
        if !self.asked.create_home || !self.view.look(&home)?.is_absent() {
            return Ok(());
        }
        if let Some(reason) = path::parent_unknown(self.view, &user.home)? {
            plan.unknown = Some(reason);
            return Ok(());
        }
        let owned = |kind, mode| {
            State::File(File {
                kind,
                mode,
                owner: self.asked.name.clone(),
                group: user.group.clone(),
            })
        };
        let after = owned(FileKind::Directory, self.home_mode()?);
        plan.changes.push(Change::put(home, State::Absent, after));
        for name in self.view.list("/etc/skel")? {
            let from = Resource::File(path::join("/etc/skel", &name));
            let State::File(file) = self.view.look(&from)? else {
                continue;
            };
            if file
                .content()
                .is_some_and(|content| content.text().is_some())
            {
                let to = Resource::File(path::join(&user.home, &name));
                let after = owned(file.kind, file.mode);
                plan.changes.push(Change::put(to, State::Absent, after));
            }
        }
        Ok(())
    }
}
