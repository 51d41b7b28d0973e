//! Files, folders and links as they were, where they still can be.
use super::journal::Touched;
use super::{Undoing, resemblance};
use play_core::state::{File, FileKind};
use play_core::{Fault, Resource, State};
use std::path::Path;

impl Undoing<'_> {
    pub(super) fn file(&mut self, path: &str, touched: &Touched, now: State) -> Result<(), Fault> {
        let Touched {
            resource, label, ..
        } = touched;
        if resemblance::alike(&touched.before, &touched.after)
            && resemblance::same(&touched.before, &now)
        {
            return Ok(());
        }
        if let Some(words) = self.out_of_reach(path, touched, &now)? {
            self.leave(&words);
            return Ok(());
        }
        // The run knew them; this one may not.
        let secrets = resemblance::secrets(&touched.after, &now);
        match (&touched.before, &now, &touched.lost) {
            (before, State::File(file), Some(_)) if resemblance::alike(before, &touched.after) => {
                if let Some(before) = resemblance::attributes(before, file) {
                    self.put(resource, now.clone(), &before, secrets);
                }
            }
            (State::File(before), State::Absent, Some(lost))
                if before.kind == FileKind::Directory =>
            {
                self.leave(&format!("{resource}: {lost} ({label})"));
                self.put(resource, now, &touched.before, secrets);
            }
            (_, _, Some(lost)) => self.leave(&format!("{resource}: {lost} ({label})")),
            (State::Absent, _, None) if self.belongs_to_an_account(path, label) => {}
            (State::Absent, State::File(file), None)
                if file.kind == FileKind::Directory && !self.will_be_empty(path)? =>
            {
                if !self.stays.checkouts.contains(path) {
                    self.leave(&format!("{resource} holds more than the journal tells of"));
                }
            }
            (before, _, None) => {
                if before.is_absent() {
                    self.gone.insert(path.to_owned());
                }
                self.put(resource, now, before, secrets);
            }
        }
        Ok(())
    }

    /// Why nothing can be done about a file, in words.
    fn out_of_reach(
        &self,
        path: &str,
        touched: &Touched,
        now: &State,
    ) -> Result<Option<String>, Fault> {
        let Touched {
            resource, label, ..
        } = touched;
        if resemblance::is_unknown(&touched.after) {
            let words = "stays: the journal does not know what was put there";
            return Ok(Some(format!("{resource} {words} ({label})")));
        }
        if !resemblance::same(&touched.after, now) {
            return Ok(Some(format!(
                "{resource} was changed again since ({label})"
            )));
        }
        let why = self.homeless(path, &touched.before, now)?;
        Ok(why.map(|why| format!("{resource}: {why} ({label})")))
    }

    /// Why a file cannot be where it was, or whose it was.
    fn homeless(&self, path: &str, before: &State, now: &State) -> Result<Option<String>, Fault> {
        let State::File(file) = before else {
            return Ok(None);
        };
        let same =
            |of: fn(&File) -> &String| matches!(now, State::File(now) if of(now) == of(file));
        let is_gone = |resource: Resource| -> Result<bool, Fault> {
            let is_number = resource.name().parse::<u32>().is_ok();
            let known = is_number || resource.name() == "root";
            Ok(!known && self.view.look(&resource)?.is_absent())
        };
        if !same(|file| &file.owner) && is_gone(Resource::User(file.owner.clone()))? {
            return Ok(Some(format!("there is no user {} any more", file.owner)));
        }
        if !same(|file| &file.group) && is_gone(Resource::Group(file.group.clone()))? {
            return Ok(Some(format!("there is no group {} any more", file.group)));
        }
        let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
        let folder = folder.display().to_string();
        let there = !now.is_absent()
            || self.folders.contains(&folder)
            || !self.view.look(&Resource::File(folder.clone()))?.is_absent();
        Ok((!there).then(|| format!("there is no {folder} any more")))
    }

    /// The home of an account that stays, and what came into it with the account.
    fn belongs_to_an_account(&self, path: &str, label: &str) -> bool {
        let homes = &mut self.stays.homes.iter();
        homes.any(|(home, made)| made == label && Path::new(path).starts_with(home))
    }

    fn will_be_empty(&self, path: &str) -> Result<bool, Fault> {
        let names = self.view.list(path)?;
        Ok(names
            .iter()
            .all(|name| self.gone.contains(&format!("{path}/{name}"))))
    }
}
