//! A task's arguments against its module.
use super::schema::Fit;
use crate::Node;
use crate::node::NodeKind;
use crate::play::Task;
use crate::resolve::Resolver;
use crate::syntax::field;
use crate::{files, keyword, template};
use play_core::{Catalog, Diagnostic, Place, Value};

/// Modules whose arguments are names of the user's own.
const FREE: [&str; 1] = ["set_fact"];

pub(crate) fn check(task: &mut Task, place: &Place, resolver: &mut Resolver) {
    if let ("set_fact", Some(map)) = (task.module.as_str(), task.arguments.as_map()) {
        for (name, (place, _)) in map
            .iter()
            .filter(|(name, _)| !keyword::is_identifier(name) && !template::is_template(name))
        {
            let message = format!("`{name}` cannot be a variable's name");
            let hint = "use letters, digits and `_`";
            resolver
                .reader
                .report(Diagnostic::error(message).at(place).hint(hint));
        }
    }
    let Some(description) = resolver.catalog.describe(&task.module) else {
        return;
    };
    if FREE.contains(&task.module.as_str()) {
        return;
    }
    let mut fit = Fit::new(&description.schema, &task.module, Some(resolver.catalog));
    let filled = is_filled(task);
    if filled {
        fit.filled_later();
    }
    fit.arguments(&mut task.arguments, place);
    let (found, literal) = (fit.found, fit.literal);
    let clean = found.is_empty();
    resolver.reader.diagnostics.extend(found);
    resolver
        .project
        .modules
        .entry(task.module.clone())
        .or_insert(description);
    if clean && literal && !filled {
        let refused = refuse(task, place, resolver.catalog);
        resolver.reader.diagnostics.extend(refused);
    }
}

/// True where rendering adds what a file of the controller holds.
fn is_filled(task: &Task) -> bool {
    let remote = task.arguments.field("remote_src").is_some();
    !remote
        && files::named(&task.module)
            .is_some_and(|(argument, _)| task.arguments.field(argument).is_some())
}

fn refuse(task: &Task, place: &Place, catalog: &dyn Catalog) -> Option<Diagnostic> {
    let value = match task.arguments.kind {
        NodeKind::Null => Value::Object(serde_json::Map::new()),
        _ => task.arguments.value(),
    };
    let message = catalog.refuse(&task.module, &value)?;
    let at = task.arguments.as_map().and_then(|map| {
        let mentioned = map
            .iter()
            .find(|(key, _)| message.contains(&format!("`{key}`")));
        mentioned.map(|(_, (place, _))| place.clone())
    });
    Some(
        Diagnostic::error(format!("`{}`: {message}", task.module))
            .at(&at.unwrap_or_else(|| place.clone())),
    )
}

/// Rendered arguments given the types the module wants: `"22"` out of a template is a number where one is wanted.
pub(crate) fn coerce(schema: &Value, module: &str, value: &Value) -> Value {
    let mut node = from_value(value, &Place::default());
    let mut fit = Fit::new(schema, module, None);
    fit.filled_later();
    fit.arguments(&mut node, &Place::default());
    node.value()
}

/// A value as a node, all of it at one place.
pub(crate) fn from_value(value: &Value, place: &Place) -> Node {
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(flag) => NodeKind::Bool(*flag),
        Value::Number(number) => NodeKind::Number(number.clone(), number.to_string()),
        Value::String(text) => return field::made(text.clone(), place),
        Value::Array(items) => {
            NodeKind::List(items.iter().map(|item| from_value(item, place)).collect())
        }
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| (key.clone(), (place.clone(), from_value(value, place))));
            NodeKind::Map(entries.collect())
        }
    };
    Node {
        place: place.clone(),
        tag: None,
        kind,
    }
}
