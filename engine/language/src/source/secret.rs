//! Secrets in YAML: `!vault` values are opened, and what stands in a sealed file is remembered.
use super::Reader;
use crate::template::is_template;
use crate::{Loader, Node, NodeKind};
use play_core::Diagnostic;
use play_core::secret::SHORTEST;
use std::path::Path;

/// Numbers of fewer digits are ports, sizes and years before they are secrets.
const DIGITS: usize = 6;

/// Opens every `!vault` value below a node. In a sealed file every value is a secret.
pub(super) fn open(node: &mut Node, reader: &mut Reader, sealed: bool) {
    let vault = node.tag.as_deref() == Some("!vault");
    match &mut node.kind {
        NodeKind::String { text, plain } if vault => match reader.loader.unlock(text) {
            Ok(opened) => {
                *text = opened;
                *plain = false;
            }
            Err(words) => reader
                .diagnostics
                .push(Diagnostic::error(format!("this value: {words}")).at(&node.place)),
        },
        NodeKind::String { text, .. } if sealed => {
            learn_text(reader.loader, text);
            if !is_template(text) && node.tag.is_none() {
                node.tag = Some("!vault".into());
            }
        }
        NodeKind::Number(_, text) if sealed && text.len() >= DIGITS => reader.loader.learn(text),
        NodeKind::List(items) if !vault => {
            for item in items {
                open(item, reader, sealed);
            }
        }
        NodeKind::Map(map) if !vault => map
            .values_mut()
            .for_each(|(_, value)| open(value, reader, sealed)),
        _ if vault => reader.diagnostics.push(
            Diagnostic::error("`!vault` stands before text: `!vault |` and the lines below it")
                .at(&node.place),
        ),
        _ => {}
    }
}

/// Remembers the text of a file, where the file was sealed.
pub(crate) fn learn(loader: &dyn Loader, path: &Path, text: &str) {
    if loader.was_sealed(path) {
        learn_text(loader, text);
    }
}

/// A text as a secret; of a template what stands between its braces is not.
fn learn_text(loader: &dyn Loader, text: &str) {
    if !is_template(text) {
        loader.learn(text);
        return;
    }
    let outside = text.split("{{").flat_map(|piece| {
        piece
            .rsplit_once("}}")
            .map_or(piece, |(_, rest)| rest)
            .lines()
    });
    outside
        .map(str::trim)
        .filter(|piece| piece.len() >= SHORTEST)
        .for_each(|piece| loader.learn(piece));
}
