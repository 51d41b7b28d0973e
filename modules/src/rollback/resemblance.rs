//! Whether a resource is still as the journal remembers it: contents may be remembered by digest, and secrets are masked.
use crate::digest;
use play_core::state::FileKind;
use play_core::{Content, State};

const OPEN: &str = "‹secret ";
const CLOSE: char = '›';

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

fn fits(remembered: &Content, now: &Content) -> bool {
    match (remembered.text(), now.text()) {
        (Some(masked), Some(text)) if masked.contains(OPEN) => fits_around(masked, text),
        _ => digest::same(remembered, now),
    }
}

/// Everything around the masked spans is there, in order.
fn fits_around(masked: &str, text: &str) -> bool {
    let mut pieces = masked.split(OPEN).enumerate().map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once(CLOSE).map_or("", |(_, rest)| rest),
    });
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else {
        return rest.is_empty();
    };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_text_fits_what_it_was() {
        let masked = "user=a\npassword=‹secret 0f0f0f›;x\nkey=‹secret 1›\n";
        assert!(fits_around(masked, "user=a\npassword=hunter22;x\nkey=k\n"));
        assert!(!fits_around(masked, "user=b\npassword=hunter22;x\nkey=k\n"));
        assert!(!fits_around(
            masked,
            "user=a\npassword=hunter22;x\nkey=k\nmore\n"
        ));
        assert!(fits(
            &masked.into(),
            &"user=a\npassword=p;x\nkey=k\n".into()
        ));
        assert!(!fits(&"plain".into(), &"other".into()));
    }
}
