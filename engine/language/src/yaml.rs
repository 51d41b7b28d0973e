//! YAML as users write it, read into a located tree: YAML 1.1 words as Ansible resolves them, without its base-60 trap.
mod build;
mod complaint;
mod merge;
mod place;
mod scalar;

use crate::Node;
use build::Builder;
use granit_parser::{Event, Parser};
use place::Source;
use play_core::Diagnostic;

pub(crate) use place::position;
pub use scalar::resolve;

/// How deep collections may be nested.
pub const DEPTH: usize = 128;

/// How many values aliases may add to one file: enough for any real file, far too few for an alias bomb.
pub const ALIAS_BUDGET: usize = 100_000;

/// Reads the first document of a file. The tree is there unless the text is no YAML at all; an empty file is a null.
/// A second document is a mistake; `parse_all` reads files that may hold several.
pub fn parse(file: &str, text: &[u8]) -> (Option<Node>, Vec<Diagnostic>) {
    let (mut documents, mut diagnostics) = parse_all(file, text);
    let second = documents.get(1).map(|node| node.place.clone());
    if let Some(place) = second {
        diagnostics.push(
            Diagnostic::error("a second document in a file that holds one")
                .at(&place)
                .label("starts here")
                .hint("remove the `---` before it, or move it into a file of its own"),
        );
    }
    if documents.is_empty() {
        return (None, diagnostics);
    }
    (Some(documents.swap_remove(0)), diagnostics)
}

/// Reads every document of a file. After a syntax error the documents before it are returned.
pub fn parse_all(file: &str, text: &[u8]) -> (Vec<Node>, Vec<Diagnostic>) {
    let (source, mut diagnostics) = match Source::new(file, text) {
        Ok(read) => read,
        Err(diagnostic) => return (Vec::new(), vec![*diagnostic]),
    };
    let parser = Parser::new_from_str(source.text);
    let mut builder = Builder::new(&source, parser);
    let mut documents = Vec::new();
    let mut failed = false;
    loop {
        match builder.next() {
            Ok(None | Some((Event::StreamEnd, _))) => break,
            Ok(Some((Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _))) => {}
            Ok(Some((event, span))) => match builder.node(event, &span, 0) {
                Ok(node) => documents.push(node),
                Err(diagnostic) => {
                    failed = true;
                    diagnostics.push(*diagnostic);
                    break;
                }
            },
            Err(diagnostic) => {
                failed = true;
                diagnostics.push(*diagnostic);
                break;
            }
        }
    }
    if failed {
        one_a_place(&mut diagnostics);
    }
    diagnostics.append(&mut builder.diagnostics);
    if documents.is_empty() && !failed {
        documents.push(source.empty());
    }
    (documents, diagnostics)
}

/// What the parser says of a character that was complained about already says nothing new.
fn one_a_place(diagnostics: &mut Vec<Diagnostic>) {
    let point = |found: &Diagnostic| found.place.as_ref().map(|place| (place.line, place.column));
    if let [known @ .., last] = &diagnostics[..]
        && known.iter().any(|one| point(one) == point(last))
    {
        diagnostics.pop();
    }
}

#[cfg(test)]
mod tests;
