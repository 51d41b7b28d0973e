//! Values against JSON schemas as schemars writes them; literal values are given the type that is wanted.
use crate::node::NodeKind;
use crate::syntax::field;
use crate::{Node, keyword, template};
use play_core::{Catalog, Diagnostic, Place, Value};
use std::collections::BTreeMap;

/// One comparison, and what came of it.
pub(crate) struct Fit<'a> {
    root: &'a Value,
    module: &'a str,
    catalog: Option<&'a dyn Catalog>,
    /// What does not fit.
    pub(crate) found: Vec<Diagnostic>,
    /// False where something is a template, whose value nobody knows yet.
    pub(crate) literal: bool,
    /// Whether arguments may still be missing.
    incomplete: bool,
}

impl<'a> Fit<'a> {
    pub(crate) fn new(root: &'a Value, module: &'a str, catalog: Option<&'a dyn Catalog>) -> Self {
        Self {
            root,
            module,
            catalog,
            found: Vec::new(),
            literal: true,
            incomplete: false,
        }
    }

    pub(crate) fn filled_later(&mut self) {
        self.incomplete = true;
    }

    fn inner(&self) -> Self {
        Self {
            incomplete: false,
            ..Self::new(self.root, self.module, self.catalog)
        }
    }

    fn report(&mut self, message: String, place: &Place, hint: Option<String>) {
        let mut diagnostic = Diagnostic::error(message).at(place);
        diagnostic.hint = hint;
        self.found.push(diagnostic);
    }

    /// The whole of a module's arguments; `place` is the module's name.
    pub(crate) fn arguments(&mut self, node: &mut Node, place: &Place) {
        let root = self.root;
        match &mut node.kind {
            NodeKind::Null => self.required(root, &[], place, false),
            NodeKind::Map(_) => self.object(root, node, place, true),
            _ => {}
        }
    }

    fn object(&mut self, schema: &'a Value, node: &mut Node, place: &Place, top: bool) {
        let properties = self.properties(schema);
        let others = schema.get("additionalProperties");
        let open = match others {
            Some(Value::Bool(flag)) => *flag,
            Some(_) => true,
            None => properties.is_empty() || !top && schema.get("unevaluatedProperties").is_none(),
        };
        let NodeKind::Map(map) = &mut node.kind else {
            return;
        };
        let mut alias = false;
        for (key, (place, value)) in map.iter_mut() {
            match properties.get(key.as_str()) {
                Some(schema) => self.value(schema, value, key),
                None if open => {
                    if let Some(schema) = others.filter(|others| others.is_object()) {
                        self.value(schema, value, key);
                    } else {
                        self.look(value);
                    }
                }
                None if top && self.is_alias(key) => {
                    alias = true;
                    self.look(value);
                }
                None => self.unknown(key, place, &properties),
            }
        }
        let given: Vec<&str> = map.keys().map(String::as_str).collect();
        self.required(schema, &given, place, alias || (top && self.incomplete));
    }

    /// Names the module takes though its schema does not list them: it does not say that the field is unknown.
    fn is_alias(&self, key: &str) -> bool {
        let Some(catalog) = self.catalog else {
            return true;
        };
        let mut probe = serde_json::Map::new();
        probe.insert(key.to_owned(), Value::Null);
        let answer = catalog.refuse(self.module, &Value::Object(probe));
        answer.is_none_or(|words| !words.contains("unknown field"))
            && catalog
                .refuse(self.module, &serde_json::json!({"no such argument": null}))
                .is_some_and(|words| words.contains("unknown field"))
    }

    fn unknown(&mut self, key: &str, place: &Place, properties: &BTreeMap<&str, &Value>) {
        let message = format!("unknown argument `{key}` of `{}`", self.module);
        let hint = keyword::hint(key, properties.keys().copied()).or_else(|| {
            let names: Vec<String> = properties
                .keys()
                .take(12)
                .map(|name| format!("`{name}`"))
                .collect();
            (!names.is_empty()).then(|| format!("there are {}", names.join(", ")))
        });
        self.report(message, place, hint);
    }

    fn required(&mut self, schema: &Value, given: &[&str], place: &Place, excused: bool) {
        if excused {
            return;
        }
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            let others = schema["properties"][name]["aliases"].as_array();
            let others = others.into_iter().flatten().filter_map(Value::as_str);
            if !std::iter::once(name)
                .chain(others)
                .any(|name| given.contains(&name))
            {
                let message = format!("`{}` needs the argument `{name}`", self.module);
                self.report(message, place, None);
            }
        }
    }

    /// Every property a schema has, those of its variants included.
    fn properties(&self, schema: &'a Value) -> BTreeMap<&'a str, &'a Value> {
        let schema = self.resolve(schema);
        let mut found = BTreeMap::new();
        if let Some(Value::Object(own)) = schema.get("properties") {
            found.extend(own.iter().map(|(name, schema)| (name.as_str(), schema)));
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for variant in schema
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                for (name, schema) in self.properties(variant) {
                    found.entry(name).or_insert(schema);
                }
            }
        }
        found
    }

    /// Follows `$ref`, which schemars writes to `#/$defs/…` alone, and an `allOf` of one.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..16 {
            let target = schema.get("$ref").and_then(Value::as_str);
            let only = schema
                .get("allOf")
                .and_then(Value::as_array)
                .filter(|all| all.len() == 1);
            match (target.and_then(|target| target.strip_prefix('#')), only) {
                (Some(pointer), _) => match self.root.pointer(pointer) {
                    Some(found) => schema = found,
                    None => return schema,
                },
                (None, Some(only)) if schema.get("properties").is_none() => schema = &only[0],
                _ => return schema,
            }
        }
        schema
    }

    /// Notes templates in a value whose shape is free.
    fn look(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::String { text, .. } => self.literal &= !template::is_template(text),
            NodeKind::List(items) => items.iter().for_each(|item| self.look(item)),
            NodeKind::Map(map) => map.values().for_each(|(_, value)| self.look(value)),
            _ => {}
        }
        self.literal &= node.tag.is_none();
    }

    /// One value; `name` is what messages call it.
    fn value(&mut self, schema: &'a Value, node: &mut Node, name: &str) {
        let schema = self.resolve(schema);
        let late = node.as_str().is_some_and(template::is_template) || node.tag.is_some();
        if late || !schema.is_object() {
            return self.look(node);
        }
        if schema.get("format").and_then(Value::as_str) == Some("mode") {
            return self.mode(node, name);
        }
        if let Some(words) = self.words(schema) {
            return self.word(&words, node, name);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(variants) = schema.get(key).and_then(Value::as_array) {
                return self.variants(variants, node, name);
            }
        }
        self.typed(schema, node, name);
    }

    /// `mode: 0644` is what was meant; `mode: 644` is another number.
    fn mode(&mut self, node: &mut Node, name: &str) {
        let NodeKind::Number(_, text) = &node.kind else {
            if let NodeKind::List(_) | NodeKind::Map(_) | NodeKind::Bool(_) = node.kind {
                self.mismatch(node, name, "a file mode");
            }
            return;
        };
        let octal = text.replacen("0o", "0", 1);
        if node.place.file.is_empty() {
            return;
        }
        if octal.starts_with('0') {
            node.kind = NodeKind::String {
                text: octal,
                plain: false,
            };
            return;
        }
        let hint = if text.len() == 3 {
            format!("\"0{text}\"")
        } else {
            format!("\"{text}\"")
        };
        let message = format!("`{name}: {text}` is a decimal number, not the mode it looks like");
        self.report(message, &node.place.clone(), Some(format!("write {hint}")));
    }

    /// The words a schema allows, where it allows nothing but words.
    fn words(&self, schema: &'a Value) -> Option<Vec<&'a str>> {
        let schema = self.resolve(schema);
        if let Some(word) = schema.get("const") {
            return Some(vec![word.as_str()?]);
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return words
                .iter()
                .filter(|word| !word.is_null())
                .map(Value::as_str)
                .collect();
        }
        let variants = schema
            .get("oneOf")
            .or_else(|| schema.get("anyOf"))?
            .as_array()?;
        let mut words = Vec::new();
        for variant in variants.iter().filter(|variant| !is_null(variant)) {
            words.extend(self.words(variant)?);
        }
        Some(words)
    }

    fn word(&mut self, words: &[&str], node: &mut Node, name: &str) {
        let text = match &node.kind {
            NodeKind::String { text, .. } | NodeKind::Number(_, text) => text.clone(),
            NodeKind::Bool(flag) => {
                let forms: [&str; 3] = if *flag {
                    ["yes", "true", "on"]
                } else {
                    ["no", "false", "off"]
                };
                forms
                    .into_iter()
                    .find(|form| words.contains(form))
                    .unwrap_or(forms[1])
                    .to_owned()
            }
            _ => return self.mismatch(node, name, "one word"),
        };
        if words.contains(&text.as_str()) {
            if node.as_str().is_none() {
                node.kind = NodeKind::String { text, plain: false };
            }
            return;
        }
        let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let message = format!("`{name}` of `{}` cannot be `{text}`", self.module);
        let hint = keyword::hint(&text, words.iter().copied())
            .unwrap_or_else(|| format!("it can be {}", all.join(", ")));
        self.report(message, &node.place.clone(), Some(hint));
    }

    fn variants(&mut self, variants: &'a [Value], node: &mut Node, name: &str) {
        let mut best: Option<Vec<Diagnostic>> = None;
        for variant in variants {
            if is_null(variant) {
                if matches!(node.kind, NodeKind::Null) {
                    return;
                }
                continue;
            }
            let mut inner = self.inner();
            let mut copy = node.clone();
            inner.value(variant, &mut copy, name);
            if inner.found.is_empty() {
                self.literal &= inner.literal;
                *node = copy;
                return;
            }
            if best.is_none() || self.same_shape(variant, node) {
                best = Some(inner.found);
            }
        }
        self.found.extend(best.unwrap_or_default());
    }

    fn same_shape(&self, schema: &'a Value, node: &Node) -> bool {
        let schema = self.resolve(schema);
        let types = types(schema);
        match node.kind {
            NodeKind::Map(_) => types.contains(&"object"),
            NodeKind::List(_) => types.contains(&"array"),
            NodeKind::String { .. } => types.contains(&"string") || schema.get("enum").is_some(),
            _ => false,
        }
    }

    fn typed(&mut self, schema: &'a Value, node: &mut Node, name: &str) {
        let types = types(schema);
        if types.is_empty() {
            return self.look(node);
        }
        let has = |kind: &str| types.contains(&kind);
        match &node.kind {
            NodeKind::Null if has("null") => {}
            NodeKind::Bool(_) if has("boolean") => {}
            NodeKind::Number(number, _) if has("integer") && !number.is_f64() => {
                self.range(schema, node, name);
            }
            NodeKind::Number(..) if has("number") => self.range(schema, node, name),
            NodeKind::String { .. } if has("string") => {}
            NodeKind::List(_) if has("array") => self.list(schema, node, name),
            NodeKind::Map(_) if has("object") => {
                self.object(schema, node, &node.place.clone(), false);
            }
            _ => match converted(&node.kind, &types) {
                Some(kind) => {
                    node.kind = kind;
                    self.typed(schema, node, name);
                }
                None => self.mismatch(node, name, &described(&types)),
            },
        }
    }

    fn list(&mut self, schema: &'a Value, node: &mut Node, name: &str) {
        let items = schema.get("items");
        if let NodeKind::List(list) = &mut node.kind {
            for item in list {
                match items {
                    Some(items) => self.value(items, item, name),
                    None => self.look(item),
                }
            }
        }
    }

    fn range(&mut self, schema: &Value, node: &Node, name: &str) {
        let NodeKind::Number(number, text) = &node.kind else {
            return;
        };
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (least, most) = (bound("minimum"), bound("maximum"));
        let value = number.as_f64().unwrap_or_default();
        if least.is_some_and(|least| value < least) || most.is_some_and(|most| value > most) {
            let limits = match (least, most) {
                (Some(least), Some(most)) => format!("between {least} and {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, Some(most)) => format!("at most {most}"),
                (None, None) => String::new(),
            };
            let message = format!("`{name}` of `{}` must be {limits}, not {text}", self.module);
            self.report(message, &node.place, None);
        }
    }

    fn mismatch(&mut self, node: &Node, name: &str, expected: &str) {
        let written = match &node.kind {
            NodeKind::String { text, .. } if text.len() <= 40 => format!("`{text}`"),
            _ => node.describe().to_owned(),
        };
        let message = format!(
            "`{name}` of `{}` must be {expected}, not {written}",
            self.module
        );
        let quoted = matches!(node.kind, NodeKind::Bool(_)) && expected.contains("text");
        let hint = quoted.then(|| "put it into quotes".to_owned());
        self.report(message, &node.place, hint);
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("properties").is_some() => vec!["object"],
        _ => Vec::new(),
    }
}

fn described(types: &[&str]) -> String {
    let words = types
        .iter()
        .filter(|kind| **kind != "null")
        .map(|kind| match *kind {
            "boolean" => "true or false",
            "integer" => "a whole number",
            "number" => "a number",
            "string" => "text",
            "array" => "a list",
            _ => "a mapping",
        });
    words.collect::<Vec<_>>().join(" or ")
}

/// The same value in a type that is wanted, where Ansible too would take it for that.
fn converted(kind: &NodeKind, types: &[&str]) -> Option<NodeKind> {
    let has = |kind: &str| types.contains(&kind);
    match kind {
        NodeKind::Number(_, text) if has("string") => Some(NodeKind::String {
            text: text.clone(),
            plain: true,
        }),
        NodeKind::Number(number, _) if has("boolean") => match number.as_u64() {
            Some(0) => Some(NodeKind::Bool(false)),
            Some(1) => Some(NodeKind::Bool(true)),
            _ => None,
        },
        NodeKind::String { text, .. } if has("boolean") && field::truth(text).is_some() => {
            field::truth(text).map(NodeKind::Bool)
        }
        NodeKind::String { text, .. } if has("integer") && text.trim().parse::<i64>().is_ok() => {
            let number = text.trim().parse::<i64>().ok()?;
            Some(NodeKind::Number(number.into(), text.trim().to_owned()))
        }
        NodeKind::String { text, .. } if has("number") => {
            let number = serde_json::Number::from_f64(text.trim().parse().ok()?)?;
            Some(NodeKind::Number(number, text.trim().to_owned()))
        }
        NodeKind::String { text, .. } if has("array") => {
            let part = |text: &str| field::made(text.trim(), &Place::default());
            Some(NodeKind::List(text.split(',').map(part).collect()))
        }
        NodeKind::Number(_, text) if has("array") => Some(NodeKind::List(vec![field::made(
            text.clone(),
            &Place::default(),
        )])),
        _ => None,
    }
}
