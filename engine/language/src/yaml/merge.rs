//! Merge keys: `<<: *defaults`, <https://yaml.org/type/merge.html>.
use crate::{Node, node::NodeKind};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place};

type Entries = IndexMap<String, (Place, Node)>;

/// The entries with what is merged into them: own keys win, then the earlier of several mappings.
pub(super) fn merge(
    own: Entries,
    merged: Option<Node>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Entries {
    let Some(merged) = merged else {
        return own;
    };
    let sources = match merged.kind {
        NodeKind::List(items) => items,
        _ => vec![merged],
    };
    let mut out = Entries::new();
    for source in sources {
        let NodeKind::Map(entries) = source.kind else {
            diagnostics.push(
                Diagnostic::error(format!(
                    "`<<` merges mappings, and this is {}",
                    source.describe()
                ))
                .at(&source.place)
                .label("not a mapping"),
            );
            continue;
        };
        for (key, value) in entries {
            out.entry(key).or_insert(value);
        }
    }
    out.extend(own);
    out
}
