//! The list of modules, as the language asks for it.
use crate::{MODULES, find};
use play_core::{Catalog, Description, Side, Touch, Value};

/// The modules of this crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modules;

impl Catalog for Modules {
    fn canonical(&self, name: &str) -> Option<&'static str> {
        find(name).map(|entry| entry.name)
    }

    fn names(&self) -> Vec<&'static str> {
        MODULES.iter().map(|entry| entry.name).collect()
    }

    fn describe(&self, name: &str) -> Option<Description> {
        find(name).map(|entry| Description {
            name: entry.name,
            schema: with_aliases((entry.schema)()),
            free_form: entry.free_form,
            on_controller: entry.side == Side::Controller,
        })
    }

    fn refuse(&self, name: &str, arguments: &Value) -> Option<String> {
        match find(name) {
            None => Some(format!("there is no module `{name}`")),
            Some(entry) => (entry.parse)(arguments.clone())
                .and_then(|module| module.sensible())
                .err()
                .map(|fault| fault.to_string()),
        }
    }

    fn touches(&self, name: &str, arguments: &Value) -> Vec<Touch> {
        find(name)
            .and_then(|entry| (entry.parse)(arguments.clone()).ok())
            .map_or_else(|| vec![Touch::everything()], |module| module.touches())
    }
}

/// The schema with each argument under its other names too: what checks keys need not know of aliases.
fn with_aliases(mut schema: Value) -> Value {
    if let Some(properties) = schema["properties"].as_object_mut() {
        let named: Vec<(String, Value)> = properties
            .values()
            .flat_map(|property| {
                let names = property["aliases"].as_array().cloned().unwrap_or_default();
                names
                    .into_iter()
                    .filter_map(|name| Some((name.as_str()?.to_owned(), property.clone())))
            })
            .collect();
        properties.extend(named);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_parse_is_refused_and_may_touch_everything() {
        let wrong = json!({"mesage": "x"});
        let words = Modules.refuse("fail", &wrong).unwrap();
        assert!(words.contains("mesage"), "{words}");
        assert_eq!(Modules.touches("fail", &wrong), [Touch::everything()]);
        assert_eq!(Modules.refuse("fail", &json!({"msg": "x"})), None);
        let twice = json!({"name": "nginx", "upgrade": "dist"});
        assert!(Modules.refuse("package", &twice).is_some());
    }

    #[test]
    fn an_argument_is_described_under_its_other_names() {
        let schema = Modules.describe("package").unwrap().schema;
        assert!(schema["properties"]["pkg"].is_object(), "{schema}");
    }
}
