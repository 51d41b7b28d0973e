//! `play roles install`: what the lock names; what it does not name is chosen, and written there.
use super::git::Git;
use super::shelf::{Bench, Shelf, State, place};
use super::{Project, origin, short, tell, tree, version};
use crate::exit::Exit;
use crate::terminal;
use play_language::requirement::{LOCK, Locked, Requirement};
use std::path::PathBuf;

pub(super) fn run(project: &mut Project) -> Exit {
    let mut fetcher = None;
    for asked in project.asked.roles.clone() {
        match install(project, &asked, &mut fetcher) {
            Ok((locked, done)) => {
                let commit = short(&locked.commit);
                let version = version(asked.version.as_deref());
                tell(&format!("{} {version} {commit}: {done}", asked.name));
                project.lock.roles.insert(asked.name.clone(), locked);
            }
            Err(words) => project.fail(&asked, &words),
        }
    }
    if let Err(words) = project.keep() {
        terminal::say(&format!("error: {words}"));
        return Exit::Failed;
    }
    project.end()
}

/// Where roles are fetched to; there is none until something must be fetched.
pub(super) struct Fetcher {
    pub(super) git: Git,
    bench: Bench,
}

impl Fetcher {
    pub(super) fn new(bench: Bench) -> Result<Self, String> {
        let git = Git::new(bench.folder.path())?;
        Ok(Self { git, bench })
    }

    /// Fetches a role's files at a commit: where they lie, and their digest.
    pub(super) fn stage(
        &self,
        asked: &Requirement,
        commit: &str,
    ) -> Result<(PathBuf, String), String> {
        self.git.bring(&origin(asked), commit)?;
        let staged = self.bench.folder.path().join(commit).join(&asked.name);
        if !staged.exists() {
            tree::write(&self.git, commit, asked.path.as_deref(), &staged)?;
        }
        let digest = tree::digest(&staged)?;
        Ok((staged, digest))
    }
}

fn install(
    project: &mut Project,
    asked: &Requirement,
    fetcher: &mut Option<Fetcher>,
) -> Result<(Locked, &'static str), String> {
    let known = project.locked(asked).cloned();
    match project.shelf.state(&asked.name, known.as_ref())? {
        State::Installed => {
            if let Some(known) = known {
                return Ok((known, "was there"));
            }
        }
        State::Edited => return Err(edited(&asked.name)),
        State::Missing | State::Other => {}
    }
    let fetcher = match fetcher {
        Some(fetcher) => fetcher,
        None => fetcher.insert(Fetcher::new(Shelf::bench()?)?),
    };
    let commit = match &known {
        Some(known) => known.commit.clone(),
        None => {
            fetcher
                .git
                .resolve(&origin(asked), asked.version.as_deref())?
                .commit
        }
    };
    let (staged, sha256) = fetcher.stage(asked, &commit)?;
    if let Some(known) = &known
        && known.sha256 != sha256
    {
        return Err(format!(
            "commit {commit} has the digest {sha256}, and {LOCK} says {}: one of the two was altered; nothing was installed",
            known.sha256
        ));
    }
    let locked = chosen(asked, commit, sha256);
    project.shelf.put(&asked.name, &locked, &staged)?;
    Ok((locked, "installed"))
}

pub(super) fn chosen(asked: &Requirement, commit: String, sha256: String) -> Locked {
    Locked {
        source: asked.source.clone(),
        version: asked.version.clone(),
        path: asked.path.clone(),
        commit,
        sha256,
    }
}

pub(super) fn edited(name: &str) -> String {
    let place = place(name);
    let place = place.display();
    format!(
        "{place} was edited by hand, and is left as it is: a role under roles/{name} would win over it; move it away and install again"
    )
}
