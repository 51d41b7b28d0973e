//! A plan whose files hold secrets nobody said a mode for: what is made is its owner's alone, what exists keeps its mode.
use play_core::state::{File, FileKind};
use play_core::{Plan, State, Transition};

/// The bits of group and others.
const OTHERS: u32 = 0o077;

pub(super) fn close(plan: &mut Plan) {
    let leaves = plan
        .changes
        .iter_mut()
        .flat_map(|change| &mut change.leaves);
    for Transition {
        resource,
        before,
        after,
    } in leaves
    {
        let State::File(file) = after else { continue };
        if !matches!(file.kind, FileKind::Regular(_)) {
            continue;
        }
        match before {
            State::File(File {
                kind: FileKind::Regular(_),
                ..
            }) if file.mode & OTHERS != 0 => plan.notes.push(format!(
                "{resource} holds a secret and keeps its mode {:04o}: say `mode: \"0600\"`",
                file.mode
            )),
            State::File(File {
                kind: FileKind::Regular(_),
                ..
            }) => {}
            _ => file.mode &= !OTHERS,
        }
    }
}
