//! `play plan -o FILE` keeps what was shown; `play apply FILE` does exactly that, or nothing where a host has moved since.
use super::run;
use crate::argument::Project;
use crate::argument::plan::{Apply, Plan};
use crate::exit::Exit;
use crate::{keys, terminal};
use play_runner::saved::Saved;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The form of the file; another version's is refused.
const VERSION: u32 = 1;

/// What is in the file. It may hold `-e` and fingerprints of what hosts hold: it is its owner's alone.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    playbooks: Vec<PathBuf>,
    inventory: Vec<PathBuf>,
    limit: Option<String>,
    extra: Vec<String>,
    tags: Vec<String>,
    skip_tags: Vec<String>,
    with_needs: bool,
    plan: Saved,
}

pub(crate) fn plan(arguments: &Plan) -> Exit {
    let (exit, saved) = run::run_against(&arguments.as_run(), None);
    let (Some(out), Some(plan), Exit::Done) = (&arguments.out, saved, exit) else {
        return exit;
    };
    let project = &arguments.project;
    let kept = Kept {
        version: VERSION,
        playbooks: project.playbooks.clone(),
        inventory: project.inventory.clone(),
        limit: project.limit.clone(),
        extra: project.extra.clone(),
        tags: project.tags.clone(),
        skip_tags: project.skip_tags.clone(),
        with_needs: arguments.with_needs,
        plan,
    };
    match write(out, &kept) {
        Ok(()) => {
            terminal::say(&format!(
                "kept in {}; `play apply {0}` does exactly this",
                out.display()
            ));
            Exit::Done
        }
        Err(words) => {
            terminal::say(&format!("error: {}: {words}", out.display()));
            Exit::Wrong
        }
    }
}

pub(crate) fn apply(arguments: &Apply) -> Exit {
    let kept = match read(&arguments.file) {
        Ok(kept) => kept,
        Err(words) => {
            terminal::say(&format!("error: {}: {words}", arguments.file.display()));
            return Exit::Wrong;
        }
    };
    let project = Project {
        playbooks: kept.playbooks,
        inventory: kept.inventory,
        limit: kept.limit,
        extra: kept.extra,
        tags: kept.tags,
        skip_tags: kept.skip_tags,
    };
    let run = arguments.as_run(project, kept.with_needs);
    run::run_against(&run, Some(&kept.plan)).0
}

fn write(path: &Path, kept: &Kept) -> Result<(), String> {
    let text = serde_json::to_string_pretty(kept).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut file = keys::staged(folder).map_err(|error| error.to_string())?;
    file.write_all(text.as_bytes())
        .map_err(|error| error.to_string())?;
    file.persist(path)
        .map(drop)
        .map_err(|error| error.error.to_string())
}

fn read(path: &Path) -> Result<Kept, String> {
    #[expect(clippy::disallowed_methods, reason = "the plan the user kept")]
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let kept: Kept =
        serde_json::from_str(&text).map_err(|error| format!("it is no plan: {error}"))?;
    if kept.version != VERSION {
        return Err("another version of play kept it; plan again".into());
    }
    Ok(kept)
}
