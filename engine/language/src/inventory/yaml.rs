//! Inventories in YAML: `all: {hosts, children, vars}`, or any groups at the top.
use super::tree::Tree;
use super::{address, range};
use crate::syntax::field;
use crate::{Node, NodeKind, keyword, source::Reader};
use play_core::{Diagnostic, Place};

const KEYS: [&str; 3] = ["hosts", "children", "vars"];

pub(crate) fn read(document: &Node, tree: &mut Tree, reader: &mut Reader) {
    let Some(groups) = document.as_map() else {
        let message = format!(
            "an inventory must be a mapping, not {}",
            document.describe()
        );
        let hint =
            "begin with `all:`, below it `hosts:`, and below that each host as a key: `web1:`";
        reader.report(Diagnostic::error(message).at(&document.place).hint(hint));
        return;
    };
    for (name, (place, node)) in groups {
        group(name, place, node, tree, reader);
    }
}

fn group(name: &str, place: &Place, node: &Node, tree: &mut Tree, reader: &mut Reader) {
    if !valid_group(name, place, reader) {
        return;
    }
    tree.group(name);
    let Some(fields) = field::mapping_or_nothing(node, &format!("group `{name}`"), reader) else {
        return;
    };
    for (key, (place, value)) in fields {
        match key.as_str() {
            "hosts" => hosts(name, value, tree, reader),
            "children" => children(name, value, tree, reader),
            "vars" => {
                let definitions = field::definitions(value, reader);
                tree.define_group(name, definitions);
            }
            other => {
                let message = format!("unknown key `{other}` in group `{name}`");
                let mut diagnostic = Diagnostic::error(message).at(place);
                diagnostic.hint = keyword::hint(other, KEYS)
                    .or_else(|| Some("a group has `hosts`, `children` and `vars`".to_owned()));
                reader.report(diagnostic);
            }
        }
    }
}

fn hosts(group: &str, node: &Node, tree: &mut Tree, reader: &mut Reader) {
    if node.as_list().is_some() {
        let message = format!("hosts of group `{group}` must be a mapping, not a list");
        let hint = "write each host as a key: `web1:`";
        reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
        return;
    }
    let what = format!("hosts of group `{group}`");
    let Some(map) = field::mapping_or_nothing(node, &what, reader) else {
        return;
    };
    for (entry, (place, variables)) in map {
        if variables.as_map().is_none() && !matches!(variables.kind, NodeKind::Null) {
            misplaced(entry, variables, reader);
            continue;
        }
        let definitions = field::definitions(variables, reader);
        add(group, entry, place, &definitions, tree, reader);
    }
}

/// What stands behind a host's name and is no mapping: mostly a variable that is not indented, or an address.
fn misplaced(entry: &str, node: &Node, reader: &mut Reader) {
    let (message, hint) = if entry.starts_with("ansible_") {
        (
            format!("`{entry}` stands where hosts are named"),
            format!("indent it below the host it belongs to: `web1: {{ {entry}: … }}`"),
        )
    } else {
        (
            format!(
                "variables of host `{entry}` must be a mapping, not {}",
                node.describe()
            ),
            format!("an address is one of them: `{entry}: {{ ansible_host: … }}`"),
        )
    };
    reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
}

/// Adds the hosts an entry stands for, each with its variables.
pub(crate) fn add(
    group: &str,
    entry: &str,
    place: &Place,
    own: &[super::Definition],
    tree: &mut Tree,
    reader: &mut Reader,
) {
    let (entry, port) = address::split(entry);
    let definitions = port.map(|port| address::port(port, place)).into_iter();
    let definitions: Vec<_> = definitions.chain(own.iter().cloned()).collect();
    let names = match range::expand(entry) {
        Ok(names) => names,
        Err(message) => return reader.report(Diagnostic::error(message).at(place)),
    };
    for name in names {
        if let Some(why) = refused(&name) {
            let message = format!("`{name}` cannot be a host name: {why}");
            reader.report(Diagnostic::error(message).at(place));
            continue;
        }
        tree.host(group, &name, place);
        tree.define_host(&name, definitions.clone());
    }
}

/// Names reach command lines and paths: what could be an option or leave a folder is refused.
pub(crate) fn refused(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.starts_with('-') {
        Some("it starts with `-` and would read as an option")
    } else if name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Some("it holds white space")
    } else if name.contains(['/', '\\', '\'', '"', '`', '$', '{', '}', ',', ';', '!', '&']) {
        Some("it holds a character no host name has")
    } else {
        None
    }
}

/// Group names are variables' names in `groups`; `-` is let through, as many inventories have it.
pub(crate) fn valid_group(name: &str, place: &Place, reader: &mut Reader) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let valid =
        name.starts_with(|c: char| c.is_alphanumeric() || c == '_') && name.chars().all(plain);
    if !valid {
        let message = format!("`{name}` cannot be a group name");
        let hint = "use letters, digits and `_`";
        reader.report(Diagnostic::error(message).at(place).hint(hint));
    }
    valid
}

fn children(parent: &str, node: &Node, tree: &mut Tree, reader: &mut Reader) {
    let what = format!("children of group `{parent}`");
    let Some(map) = field::mapping_or_nothing(node, &what, reader) else {
        return;
    };
    for (name, (place, child)) in map {
        tree.child(parent, name, place);
        group(name, place, child, tree, reader);
    }
}
