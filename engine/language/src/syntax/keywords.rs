//! The keywords that tasks, blocks, role entries and plays share.
use super::{condition, field};
use crate::inventory::Definition;
use crate::node::NodeKind;
use crate::play::{Become, Condition, Need};
use crate::source::Reader;
use crate::{Node, template};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place};

/// What an entry says; nothing of what is around it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keywords {
    pub(crate) name: Option<Node>,
    pub(crate) when: Vec<Condition>,
    pub(crate) tags: Vec<String>,
    pub(crate) r#become: Become,
    pub(crate) variables: Vec<Definition>,
    pub(crate) environment: Vec<Node>,
    pub(crate) ignore_errors: Option<Condition>,
    pub(crate) check_mode: Option<bool>,
    pub(crate) run_once: Option<bool>,
    pub(crate) no_log: Option<bool>,
    pub(crate) irreversible: Option<Node>,
    pub(crate) any_errors_fatal: Option<bool>,
    pub(crate) delegate_to: Option<Node>,
    pub(crate) throttle: Option<usize>,
    pub(crate) timeout: Option<u64>,
    pub(crate) notify: Vec<Node>,
    pub(crate) needs: Option<Vec<Need>>,
    pub(crate) module_defaults: Vec<(String, Node)>,
}

impl Keywords {
    /// Reads the shared keywords of an entry; other keys are left to the caller.
    pub(crate) fn read(map: &IndexMap<String, (Place, Node)>, reader: &mut Reader) -> Self {
        let mut keywords = Self::default();
        for (key, (place, node)) in map {
            keywords.set(key, place, node, reader);
        }
        keywords
    }

    fn set(&mut self, key: &str, place: &Place, node: &Node, reader: &mut Reader) {
        let what = format!("`{key}`");
        match key {
            "name" => {
                self.name =
                    field::text(node, &what, reader).map(|text| field::made(text, &node.place));
            }
            "when" => self.when = condition::conditions(node, &what, reader),
            "tags" => self.tags = tags(node, reader),
            "become" => self.r#become.on = condition::condition(node, &what, reader),
            "become_user" => self.r#become.user = Some(node.clone()),
            "vars" => self.variables = field::definitions(node, reader),
            "environment" => self.environment = environment(node, reader),
            "ignore_errors" => self.ignore_errors = condition::condition(node, &what, reader),
            "check_mode" => self.check_mode = field::boolean(node, &what, reader),
            "run_once" => self.run_once = field::boolean(node, &what, reader),
            "no_log" => self.no_log = no_log(node, reader),
            "irreversible" => self.irreversible = irreversible(node, reader),
            "any_errors_fatal" => self.any_errors_fatal = field::boolean(node, &what, reader),
            "delegate_to" => self.delegate_to = Some(node.clone()),
            "throttle" => {
                self.throttle =
                    field::count(node, &what, reader).and_then(|n| usize::try_from(n).ok());
            }
            "timeout" => self.timeout = field::count(node, &what, reader),
            "notify" => self.notify = listed(node),
            "needs" => self.needs = Some(needs(node, reader)),
            "module_defaults" => self.module_defaults = module_defaults(node, reader),
            _ => without_effect(key, place, node, reader),
        }
    }
}

/// Keywords that are read for Ansible's sake and change nothing here.
fn without_effect(key: &str, place: &Place, node: &Node, reader: &mut Reader) {
    let usual = match key {
        "become_method" => node.as_str() == Some("sudo"),
        "become_flags" | "ignore_unreachable" | "delegate_facts" | "debugger" | "diff" => false,
        _ => true,
    };
    if !usual {
        let message = format!("`{key}` has no effect");
        reader.report(Diagnostic::warning(message).at(place));
    }
}

/// A template cannot be known here; hiding too much is the safe side.
fn no_log(node: &Node, reader: &mut Reader) -> Option<bool> {
    match &node.kind {
        NodeKind::String { text, .. } if template::is_template(text) => Some(true),
        _ => field::boolean(node, "`no_log`", reader),
    }
}

/// True, false, or why; a template may say each of them.
fn irreversible(node: &Node, reader: &mut Reader) -> Option<Node> {
    let fits = matches!(node.kind, NodeKind::Bool(_) | NodeKind::String { .. });
    if !fits {
        field::wrong(node, "`irreversible`", "true, false or a reason", reader);
    }
    fits.then(|| node.clone())
}

pub(crate) fn tags(node: &Node, reader: &mut Reader) -> Vec<String> {
    let mut tags = Vec::new();
    for (text, place) in field::texts(node, "`tags`", reader) {
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if template::is_template(tag) {
                let message = "tags must be known before the run: they cannot be templates";
                reader.report(Diagnostic::error(message).at(place));
            } else {
                tags.push(tag.to_owned());
            }
        }
    }
    tags
}

fn listed(node: &Node) -> Vec<Node> {
    match &node.kind {
        NodeKind::Null => Vec::new(),
        NodeKind::List(items) => items.clone(),
        _ => vec![node.clone()],
    }
}

fn environment(node: &Node, reader: &mut Reader) -> Vec<Node> {
    let nodes = listed(node);
    for node in &nodes {
        let fits = node.as_map().is_some() || node.as_str().is_some_and(template::is_template);
        if !fits {
            field::wrong(node, "`environment`", "a mapping", reader);
        }
    }
    nodes
}

/// `minio@vps1`, `postgres`.
fn needs(node: &Node, reader: &mut Reader) -> Vec<Need> {
    field::texts(node, "`needs`", reader)
        .into_iter()
        .map(|(text, place)| match text.rsplit_once('@') {
            Some((name, host)) => Need {
                place: place.clone(),
                name: name.trim().to_owned(),
                host: Some(host.trim().to_owned()),
            },
            None => Need {
                place: place.clone(),
                name: text.trim().to_owned(),
                host: None,
            },
        })
        .collect()
}

fn module_defaults(node: &Node, reader: &mut Reader) -> Vec<(String, Node)> {
    let Some(map) = field::mapping_or_nothing(node, "`module_defaults`", reader) else {
        return Vec::new();
    };
    map.iter()
        .filter(|(name, (_, arguments))| {
            let group = name.starts_with("group/");
            if !group && arguments.as_map().is_none() {
                field::wrong(arguments, "the defaults of a module", "a mapping", reader);
            }
            !group && arguments.as_map().is_some()
        })
        .map(|(name, (_, arguments))| (name.clone(), arguments.clone()))
        .collect()
}
