//! Whether a resource is still as the journal remembers it: contents may be remembered by digest, and secrets are masked.
use crate::digest;
use play_core::secret::spans;
use play_core::state::{File, FileKind};
use play_core::{Content, State, unknown};

const OPEN: &str = "‹secret ";

pub(super) fn same(remembered: &State, now: &State) -> bool {
    match (remembered, now) {
        (State::File(one), State::File(two)) => {
            let attributes =
                one.mode == two.mode && one.owner == two.owner && one.group == two.group;
            attributes
                && match (&one.kind, &two.kind) {
                    (FileKind::Regular(one), FileKind::Regular(two)) => fits(one, two),
                    (one, two) => one == two,
                }
        }
        // Whether its file is newer than what is loaded is not what the run made of it.
        (State::Unit(one), State::Unit(two)) => {
            one.active == two.active && one.enabled == two.enabled
        }
        (State::Table(one), State::Table(two)) => one.rules.trim() == two.rules.trim(),
        (one, two) => one == two,
    }
}

/// Whether a file was remembered before its content was known, as that of a key made on the host.
pub(super) fn is_unknown(remembered: &State) -> bool {
    match remembered {
        State::File(file) => {
            let text = file.content().and_then(Content::text);
            text.is_some_and(|text| unknown::reason(text).is_some())
        }
        _ => false,
    }
}

/// Whether two remembered files have the same content, whatever is known of it.
pub(super) fn alike(one: &State, other: &State) -> bool {
    match (one, other) {
        (State::File(one), State::File(other)) => one.kind == other.kind,
        _ => false,
    }
}

/// The file as it is, with the mode and owners it had; None where it has them.
pub(super) fn attributes(before: &State, now: &File) -> Option<State> {
    let State::File(before) = before else {
        return None;
    };
    let before = File {
        kind: now.kind.clone(),
        ..before.clone()
    };
    (before != *now).then_some(State::File(before))
}

/// What the journal left out of a file, as it stands there now.
pub(super) fn secrets(remembered: &State, now: &State) -> Vec<String> {
    let text = |state: &State| match state {
        State::File(file) => file.content()?.text().map(str::to_owned),
        _ => None,
    };
    match (text(remembered), text(now)) {
        (Some(masked), Some(text)) => spans(&masked, &text).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn fits(remembered: &Content, now: &Content) -> bool {
    match (remembered.text(), now.text()) {
        (Some(masked), Some(text)) if masked.contains(OPEN) => spans(masked, text).is_some(),
        _ => digest::same(remembered, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_text_fits_what_it_was() {
        let masked = "user=a\npassword=‹secret 0f0f0f›;x\nkey=‹secret 1›\n";
        let found = spans(masked, "user=a\npassword=hunter22;x\nkey=k\n");
        assert_eq!(found, Some(vec!["hunter22".into(), "k".into()]));
        assert!(spans(masked, "user=b\npassword=hunter22;x\nkey=k\n").is_none());
        assert!(spans(masked, "user=a\npassword=hunter22;x\nkey=k\nmore\n").is_none());
        assert!(fits(
            &masked.into(),
            &"user=a\npassword=p;x\nkey=k\n".into()
        ));
        assert!(!fits(&"plain".into(), &"other".into()));
    }
}
