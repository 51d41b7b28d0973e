//! YAML as a tree that remembers where each value came from and how it was written.
use indexmap::IndexMap;
use play_core::{Place, Value};

/// One value of a YAML document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub place: Place,
    /// A tag other than YAML's own, with its `!`: `!vault`.
    pub tag: Option<String>,
    pub kind: NodeKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    Null,
    Bool(bool),
    /// A number and the text it was written as (`0644`, `1.10`).
    Number(serde_json::Number, String),
    /// `plain` is true where it was not quoted and is no block scalar.
    String {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// Keys are unique strings; a key's own place is for messages about keys.
    Map(IndexMap<String, (Place, Node)>),
}

impl Node {
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String { text, .. } => Some(text),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&IndexMap<String, (Place, Node)>> {
        match &self.kind {
            NodeKind::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn field(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key).map(|(_, node)| node)
    }

    /// The value with nothing rendered: text with `{{ }}` stays text.
    pub fn value(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(flag) => Value::Bool(*flag),
            NodeKind::Number(number, _) => Value::Number(number.clone()),
            NodeKind::String { text, .. } => Value::String(text.clone()),
            NodeKind::List(items) => items.iter().map(Node::value).collect(),
            NodeKind::Map(map) => map
                .iter()
                .map(|(key, (_, node))| (key.clone(), node.value()))
                .collect(),
        }
    }

    /// What it is, for messages: "a list".
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Number(..) => "a number",
            NodeKind::String { .. } => "text",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a mapping",
        }
    }
}
