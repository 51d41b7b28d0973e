//! `git`: working trees.
use crate::path::{self, HostPath};
use play_core::resource::Kind;
use play_core::state::{File, FileKind};
use play_core::{Act, Change, Fault, Module, Plan, Query, Resource, State, Touch, Value, View};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// Keeps a git working tree at a version.
///
/// A branch or tag is looked up at the remote, in checks too, so the plan says which commit replaces which. A tree with
/// changes that nobody committed is refused unless `force` says they may go. Run it with `become_user` as the account the
/// tree belongs to. Submodules are not fetched.
///
/// # Example
///
/// ```yaml
/// - name: the shop
///   git:
///     repo: https://git.example.org/shop.git
///     dest: /srv/shop
///     version: v1.4.2
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Git {
    /// Address of the repository.
    #[serde(alias = "name")]
    pub repo: String,
    /// The working tree.
    pub dest: HostPath,
    /// Branch, tag or full commit.
    #[serde(default = "head")]
    pub version: String,
    /// How many commits to fetch; all where nothing is said.
    #[serde(default)]
    pub depth: Option<u32>,
    /// Throw away changes that nobody committed.
    #[serde(default)]
    pub force: bool,
    /// Move a tree that is there; `false` only clones where there is none.
    #[serde(default = "yes")]
    pub update: bool,
    /// Clone where there is no tree.
    #[serde(default = "yes")]
    pub clone: bool,
}

fn head() -> String {
    "HEAD".into()
}

fn yes() -> bool {
    true
}

impl Module for Git {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        self.refuse_tricks()?;
        let resource = Resource::Checkout(self.dest.to_string());
        let before = match view.look(&resource)? {
            State::Unknown(reason) => return Ok(Plan::unknown(reason)),
            before => before,
        };
        let current = match &before {
            State::Text(commit) => Some(commit.as_str()),
            _ => None,
        };
        let spared = if current.is_some() {
            !self.update
        } else {
            !self.clone
        };
        if spared {
            return Ok(Plan::nothing().with_output(json!({ "before": current, "after": current })));
        }
        let commit = self.commit(view)?;
        let output = json!({ "before": current, "after": commit });
        if current == Some(commit.as_str()) {
            return Ok(self.cleaned(view, &commit)?.with_output(output));
        }
        let fresh = self.refuse_loss(view, current)?;
        let mut change =
            Change::new(self.act(view, &commit)).leaving(resource, before, State::Text(commit));
        if let Some(directory) = fresh {
            change = change.leaving(self.dest.resource(), State::Absent, directory);
        }
        Ok(Plan::from(change.blurring(&[Kind::File])).with_output(output))
    }

    fn touches(&self) -> Vec<Touch> {
        vec![
            Touch::write(Resource::Checkout(self.dest.to_string())),
            Touch::write(self.dest.resource()),
        ]
    }
}

impl Git {
    /// Addresses and versions that git would read as options, or as programs to run.
    fn refuse_tricks(&self) -> Result<(), Fault> {
        for (name, text) in [("repo", &self.repo), ("version", &self.version)] {
            if text.is_empty() || text.starts_with('-') || text.contains("::") {
                return Err(Fault::arguments(format!(
                    "{name} `{text}` is refused: git could take it for an option or a program to run"
                )));
            }
        }
        Ok(())
    }

    /// What somebody changed in a tree that is at its commit goes by `force`.
    fn cleaned(&self, view: &dyn View, commit: &str) -> Result<Plan, Fault> {
        if !self.force {
            return Ok(Plan::nothing());
        }
        let changes = match self.dirty(view) {
            // A tree that is only imagined to have moved is clean.
            Err(Fault::Unknown { .. }) => None,
            changes => changes?,
        };
        Ok(changes.map_or_else(Plan::nothing, |changes| {
            Change::new(self.act(view, commit))
                .blurring(&[Kind::File])
                .because(format!("it has changes that nobody committed ({changes})"))
                .into()
        }))
    }

    fn act(&self, view: &dyn View, commit: &str) -> Act {
        Act::Checkout {
            repository: self.repo.clone(),
            path: self.dest.to_string(),
            commit: commit.to_owned(),
            depth: self.depth,
            user: view.acts_as(),
            force: self.force,
        }
    }

    fn commit(&self, view: &dyn View) -> Result<String, Fault> {
        let hexadecimal = self.version.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hexadecimal && self.version.len() == 40 {
            return Ok(self.version.to_ascii_lowercase());
        }
        let answer = view.ask(&Query::RemoteCommit {
            repository: self.repo.clone(),
            version: self.version.clone(),
            user: view.acts_as(),
        })?;
        match answer {
            Value::String(commit) => Ok(commit),
            _ => Err(Fault::stated(format!(
                "{} has no branch or tag `{}`; a commit must be written with all its 40 digits",
                self.repo, self.version
            ))),
        }
    }

    /// Refuses to overwrite what is nobody's commit. Gives the directory's state where it will be new.
    fn refuse_loss(&self, view: &dyn View, current: Option<&str>) -> Result<Option<State>, Fault> {
        if current.is_some() {
            if !self.force {
                self.refuse_dirty(view)?;
            }
            return Ok(None);
        }
        let dest = path::resolve(view, &self.dest)?;
        match view.look(&Resource::File(dest.clone()))? {
            State::Absent => {
                path::parent_unknown(view, &self.dest)?;
                let owner = view.acts_as().unwrap_or_else(|| "root".into());
                let group = crate::ownership::primary_group(view, &owner)?;
                Ok(Some(State::File(File {
                    kind: FileKind::Directory,
                    mode: 0o755,
                    owner,
                    group,
                })))
            }
            State::File(file) if file.kind != FileKind::Directory => Err(Fault::refused(
                format!("cloning to {}", &*self.dest),
                "something that is no directory is there",
            )),
            _ if view.list(&dest)?.is_empty() => Ok(None),
            _ => Err(Fault::refused(
                format!("cloning to {}", &*self.dest),
                "the directory is not empty, and it is no working tree",
            )),
        }
    }

    fn refuse_dirty(&self, view: &dyn View) -> Result<(), Fault> {
        match self.dirty(view)? {
            None => Ok(()),
            Some(changes) => Err(Fault::refused(
                format!("moving {}", &*self.dest),
                format!(
                    "it has changes that nobody committed ({changes}); force: true throws them away"
                ),
            )),
        }
    }

    /// The first files in it that somebody changed.
    fn dirty(&self, view: &dyn View) -> Result<Option<String>, Fault> {
        let dest = &*self.dest;
        let safe = format!("safe.directory={dest}");
        let words = [
            "git",
            "-c",
            &safe,
            "-C",
            dest,
            "status",
            "--porcelain",
            "--untracked-files=no",
        ];
        let answer = view.ask(&Query::Reads {
            argv: words.iter().map(|&word| word.to_owned()).collect(),
            directory: None,
            stdin: None,
        })?;
        let changes = answer["stdout"].as_str().unwrap_or_default();
        let named: Vec<&str> = changes.lines().map(str::trim).take(3).collect();
        Ok((!named.is_empty()).then(|| named.join(", ")))
    }
}
