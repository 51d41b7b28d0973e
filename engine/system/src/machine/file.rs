//! Files, directories and links.
mod attributes;
mod look;
pub mod parent;
mod removal;
mod words;
mod write;

pub(crate) use look::hexadecimal;
pub use look::{list, look};
pub use words::fault;

use crate::Context;
use play_core::content::Content;
use play_core::state::{File, FileKind};
use play_core::{Change, Effect, Fault, Resource, State, unknown};
use std::path::Path;
use write::Source;

/// Brings a path into a state. `before` is what the plan saw: a kind is only ever replaced by another where the plan said so.
pub fn put(path: &str, before: &State, after: &State) -> Result<(), Fault> {
    match after {
        State::Absent => removal::remove(path),
        State::File(file) => put_file(path, before, file),
        other => Err(Fault::Bug {
            message: format!("file {path} cannot be put into the state {other:?}"),
        }),
    }
}

fn put_file(path: &str, before: &State, after: &File) -> Result<(), Fault> {
    let was = match before {
        State::File(file) => Some(&file.kind),
        _ => None,
    };
    if was == Some(&after.kind) {
        return attributes::set_at(path, after);
    }
    make_room(path, was, &after.kind)?;
    match &after.kind {
        FileKind::Regular(Content::Bytes(bytes)) => {
            refuse_unknown(path, bytes)?;
            write::write(path, after, Source::Bytes(bytes))
        }
        FileKind::Regular(Content::Large { sha256, .. }) => Err(Fault::Bug {
            message: format!("the content {sha256} of {path} was not sent along"),
        }),
        FileKind::Directory => write::directory(path, after),
        FileKind::Link(target) => write::link(path, target, after),
        FileKind::Other(kind) => Err(Fault::refused(
            format!("making {path} a {kind}"),
            "only files, directories and links can be made",
        )),
    }
}

/// Takes away what a rename cannot replace: a directory that becomes something else, or something else that becomes one.
fn make_room(path: &str, was: Option<&FileKind>, becomes: &FileKind) -> Result<(), Fault> {
    let directory = |kind: &FileKind| matches!(kind, FileKind::Directory);
    match was {
        Some(was) if directory(was) != directory(becomes) => removal::remove(path),
        _ => Ok(()),
    }
}

/// Text that a check stands in for what it cannot know must never reach a disk.
fn refuse_unknown(path: &str, bytes: &[u8]) -> Result<(), Fault> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    match unknown::reason(text) {
        Some(reason) => Err(Fault::Bug {
            message: format!("the content of {path} is still to be known (after {reason})"),
        }),
        None => Ok(()),
    }
}

/// Puts content in place that is too large to travel with the step.
pub fn put_blob(change: &Change, sha256: &str, context: &Context) -> Result<Effect, Fault> {
    for transition in &change.leaves {
        let Resource::File(path) = &transition.resource else {
            continue;
        };
        match &transition.after {
            State::File(
                file @ File {
                    kind: FileKind::Regular(Content::Large { sha256: wanted, .. }),
                    ..
                },
            ) => {
                if wanted != sha256 {
                    return Err(Fault::Bug {
                        message: format!("{path} is to hold {wanted}, and {sha256} was sent"),
                    });
                }
                put_large(path, &transition.before, file, sha256, context)?;
            }
            after => put(path, &transition.before, after)?,
        }
    }
    Ok(Effect::default())
}

fn put_large(
    path: &str,
    before: &State,
    after: &File,
    sha256: &str,
    context: &Context,
) -> Result<(), Fault> {
    let was = match before {
        State::File(file) if file.kind == after.kind => return attributes::set_at(path, after),
        State::File(file) => Some(&file.kind),
        _ => None,
    };
    let blob = context.blobs.fetch(sha256)?;
    make_room(path, was, &after.kind)?;
    write::write(path, after, Source::Copy(Path::new(&blob), sha256))
}

#[cfg(test)]
mod tests;
