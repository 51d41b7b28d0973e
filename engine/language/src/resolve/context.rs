//! What is around a task: the keywords of its play, blocks, roles and imports.
use crate::Node;
use crate::inventory::Definition;
use crate::play::{Become, Condition, Need};
use crate::syntax::keywords::Keywords;
use std::path::PathBuf;

/// Keywords handed down, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// The file the entries are in.
    pub(crate) file: PathBuf,
    pub(crate) role: Option<usize>,
    pub(crate) when: Vec<Condition>,
    pub(crate) tags: Vec<String>,
    pub(crate) r#become: Become,
    pub(crate) variables: Vec<Definition>,
    pub(crate) environment: Vec<Node>,
    pub(crate) ignore_errors: Option<Condition>,
    pub(crate) check_mode: Option<bool>,
    pub(crate) run_once: bool,
    pub(crate) no_log: bool,
    pub(crate) irreversible: Option<Node>,
    pub(crate) delegate_to: Option<Node>,
    pub(crate) throttle: Option<usize>,
    pub(crate) timeout: Option<u64>,
    pub(crate) notify: Vec<Node>,
    pub(crate) needs: Vec<Need>,
    pub(crate) module_defaults: Vec<(String, Node)>,
}

impl Context {
    /// The context within an entry that has these keywords: lists grow, single values are replaced by the nearer.
    pub(crate) fn under(&self, keywords: &Keywords) -> Self {
        let mut inner = self.clone();
        inner.when.extend(keywords.when.iter().cloned());
        for tag in &keywords.tags {
            if !inner.tags.contains(tag) {
                inner.tags.push(tag.clone());
            }
        }
        inner.r#become = Become {
            on: keywords.r#become.on.clone().or(inner.r#become.on),
            user: keywords.r#become.user.clone().or(inner.r#become.user),
        };
        inner.variables.extend(keywords.variables.iter().cloned());
        inner
            .environment
            .extend(keywords.environment.iter().cloned());
        inner.ignore_errors = keywords.ignore_errors.clone().or(inner.ignore_errors);
        inner.check_mode = keywords.check_mode.or(inner.check_mode);
        inner.run_once = keywords.run_once.unwrap_or(inner.run_once);
        inner.no_log = keywords.no_log.unwrap_or(inner.no_log);
        inner.irreversible = keywords.irreversible.clone().or(inner.irreversible);
        inner.delegate_to = keywords.delegate_to.clone().or(inner.delegate_to);
        inner.throttle = keywords.throttle.or(inner.throttle);
        inner.timeout = keywords.timeout.or(inner.timeout);
        inner.notify.extend(keywords.notify.iter().cloned());
        inner.needs.extend(keywords.needs.iter().flatten().cloned());
        inner
            .module_defaults
            .extend(keywords.module_defaults.iter().cloned());
        inner
    }
}
