//! A machine as it would be: the real one seen through the changes planned so far.
use crate::memory::{Memory, parent_is_there};
use play_core::resource::Kind;
use play_core::state::Unit;
use play_core::{Change, Content, Effect, Fault, Query, Resource, State, System, Value, View};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A view, and the changes imagined over it. What is below is never altered.
#[derive(Debug)]
pub struct Overlay<V> {
    pub below: V,
    pub above: Memory,
}

impl<V: View> Overlay<V> {
    pub fn over(below: V) -> Self {
        Self {
            below,
            above: Memory::default(),
        }
    }

    /// The reason, where the answer depends on files that are only planned.
    fn planned_path(&self, path: &str) -> Option<String> {
        matches!(
            self.above.known(&Resource::File(path.to_owned())),
            Some(State::File(_))
        )
        .then(|| format!("{path} is written"))
    }

    /// Planned texts below a directory, for whoever must see them as if they were there.
    fn staged(&self, directory: &str) -> Vec<(String, String)> {
        let folder = format!("{}/", directory.trim_end_matches('/'));
        self.above
            .states
            .iter()
            .filter_map(|(resource, state)| match (resource, state) {
                (Resource::File(path), State::File(file)) if path.starts_with(&folder) => file
                    .content()?
                    .text()
                    .map(|text| (path.clone(), text.to_owned())),
                _ => None,
            })
            .collect()
    }

    /// SHA-256 of what is planned to be in files, by path; of what is only to be fetched another text, which no file has.
    fn planned(&self) -> BTreeMap<String, String> {
        let digest = |content: &Content| match content {
            Content::Bytes(bytes) => format!("{:x}", Sha256::digest(bytes)),
            Content::Large { sha256, .. } if sha256.is_empty() => "to be fetched".to_owned(),
            Content::Large { sha256, .. } => sha256.clone(),
        };
        let states = self.above.states.iter();
        let files = states.filter_map(|(resource, state)| match (resource, state) {
            (Resource::File(path), State::File(file)) => {
                Some((path.clone(), digest(file.content()?)))
            }
            _ => None,
        });
        files.collect()
    }

    fn ask_below(&self, query: &Query) -> Result<Value, Fault> {
        match query {
            Query::PublicKey {
                private_key_file: path,
            }
            | Query::Archive { path } => match self.planned_path(path) {
                Some(reason) => Err(Fault::Unknown { reason }),
                None => self.below.ask(query),
            },
            Query::Compose {
                directory,
                files,
                project,
                profiles,
                environment_files,
                ..
            } => self.below.ask(&Query::Compose {
                directory: directory.clone(),
                files: files.clone(),
                project: project.clone(),
                profiles: profiles.clone(),
                environment_files: environment_files.clone(),
                staged: self.staged(directory),
                planned: self.planned(),
            }),
            Query::Processes { .. } => match self.stopped() {
                Some(reason) => Err(Fault::Unknown { reason }),
                None => self.below.ask(query),
            },
            _ => self.below.ask(query),
        }
    }

    /// The reason, where something planned may end what runs below: a unit, a project or a package that changes, or a program.
    fn stopped(&self) -> Option<String> {
        let ends = |resource: &Resource| {
            matches!(
                resource.kind(),
                Kind::Unit | Kind::Project | Kind::Package | Kind::Boot
            )
        };
        let changed = self.above.states.keys().find(|resource| ends(resource));
        changed
            .map(|resource| format!("{resource} is changed"))
            .or_else(|| self.above.blurs.values().next().cloned())
    }
}

impl<V: View> Overlay<V> {
    /// What is known above; but a unit whose file alone is written anew there runs on as it does below.
    fn loaded(&self, resource: &Resource, state: State) -> Result<State, Fault> {
        if !matches!(resource, Resource::Unit(_)) || self.above.states.contains_key(resource) {
            return Ok(state);
        }
        Ok(match self.below.look(resource)? {
            State::Unit(unit) => State::Unit(Unit {
                stale: true,
                ..unit
            }),
            _ => state,
        })
    }
}

impl<V: View> View for Overlay<V> {
    fn look(&self, resource: &Resource) -> Result<State, Fault> {
        if let Some(state) = self.above.known(resource) {
            return self.loaded(resource, state);
        }
        Ok(match self.below.look(resource)? {
            State::Absent => match self.above.may_have(resource) {
                Some(reason) => State::Unknown(reason.clone()),
                None => State::Absent,
            },
            state => state,
        })
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, Fault> {
        let mut names = self.above.list(directory)?;
        let path =
            |name: &String| Resource::File(format!("{}/{name}", directory.trim_end_matches('/')));
        names.extend(
            self.below
                .list(directory)?
                .into_iter()
                .filter(|name| self.above.known(&path(name)).is_none()),
        );
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn ask(&self, query: &Query) -> Result<Value, Fault> {
        match self.ask_below(query) {
            Err(Fault::Unsupported { .. } | Fault::Missing { .. })
                if self.above.blurs.contains_key(&Kind::Package) =>
            {
                Err(Fault::Unknown {
                    reason: self.above.blurs[&Kind::Package].clone(),
                })
            }
            answer => answer,
        }
    }

    fn imagined(&self) -> bool {
        true
    }

    fn blurred(&self, kind: Kind) -> Option<String> {
        self.above
            .blurred(kind)
            .or_else(|| self.below.blurred(kind))
    }

    fn acts_as(&self) -> Option<String> {
        self.below.acts_as()
    }
}

impl<V: View> System for Overlay<V> {
    fn apply(&mut self, change: &Change) -> Result<Effect, Fault> {
        for transition in &change.leaves {
            let now = self.look(&transition.resource)?;
            if transition.before.unknown().is_none()
                && now.unknown().is_none()
                && !crate::machine::race::same(&now, &transition.before)
            {
                return Err(Fault::Raced {
                    resource: transition.resource.clone(),
                });
            }
            if let (Resource::File(path), State::File(_)) =
                (&transition.resource, &transition.after)
            {
                parent_is_there(self, path)?;
            }
        }
        Ok(self.above.imagine(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use play_core::state::{Active, Enabled, File};

    #[test]
    fn a_planned_file_has_a_digest_also_where_it_is_still_to_be_fetched() {
        let unread = |sha256: &str| {
            let content = Content::Large {
                size: 0,
                sha256: sha256.into(),
            };
            State::File(File::regular(content, 0o644))
        };
        let file = |path: &str| Resource::File(path.into());
        let mut overlay = Overlay::over(Memory::default());
        overlay.above = Memory::default()
            .file("/etc/text", "abc")
            .with(file("/etc/fetched"), unread(""))
            .with(file("/etc/known"), unread("ba7816bf"));
        let planned = overlay.planned();
        // FIPS 180-2, appendix B.1; a part of a digest names what changed
        assert!(planned["/etc/text"].starts_with("ba7816bf"));
        assert_eq!(planned["/etc/known"], "ba7816bf");
        assert!(planned["/etc/fetched"].len() >= 8);
    }

    #[test]
    fn a_unit_whose_file_is_written_anew_runs_on() {
        let unit = Resource::Unit("routes.service".into());
        let runs = Unit {
            active: Active::Active,
            enabled: Enabled::Enabled,
            stale: false,
        };
        let host = Memory::default().with(unit.clone(), State::Unit(runs.clone()));
        let mut overlay = Overlay::over(host);
        let path = "/etc/systemd/system/routes.service";
        let text = "[Install]\nWantedBy=multi-user.target\n";
        overlay.above = overlay.above.file(path, text);
        let stale = Unit {
            stale: true,
            ..runs
        };
        assert_eq!(overlay.look(&unit).unwrap(), State::Unit(stale));
    }
}
