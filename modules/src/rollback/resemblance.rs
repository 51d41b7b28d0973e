//! Whether a resource is still as the journal remembers it: contents may be remembered by digest, and secrets are masked.
use crate::digest;
use play_core::secret::spans;
use play_core::state::FileKind;
use play_core::{Content, State};

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
        (one, two) => one == two,
    }
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
