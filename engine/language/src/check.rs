//! What can be known to be wrong before any host is asked.
pub(crate) mod arguments;
pub(crate) mod connection;
pub(crate) mod known;
pub(crate) mod late;
pub(crate) mod options;
pub(crate) mod paths;
pub(crate) mod references;
pub(crate) mod schema;
pub(crate) mod templates;
pub(crate) mod variables;

use crate::play::Task;
use crate::resolve::Resolver;
use crate::syntax::condition;
use play_core::Place;

/// Checks one task's arguments and the files they name, and gives literal values the types the module wants.
pub(crate) fn task(task: &mut Task, place: &Place, resolver: &mut Resolver) {
    if task.module.is_empty() {
        return;
    }
    arguments::check(task, place, resolver);
    for expression in task.expressions() {
        let (what, called) = match task.module.as_str() {
            "assert" => ("`that`", "a condition"),
            _ => ("`var`", "an expression"),
        };
        condition::expression(expression, what, called, resolver.reader);
    }
    paths::check(task, resolver);
}
