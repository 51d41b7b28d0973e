//! Every definition of a variable, for `play explain`.
use super::{Scope, layer};
use crate::Node;
use crate::node::NodeKind;
use crate::template::text_of;
use play_core::{Place, Value};

/// One definition of a variable, for `play explain`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// `group web`, `-e`, `set_fact or register`.
    pub layer: String,
    /// None for what a run has learnt and for what `play` itself provides.
    pub place: Option<Place>,
    /// As written: nothing is rendered.
    pub shown: String,
    pub wins: bool,
}

impl Scope<'_> {
    /// Every definition of a variable, lowest first; the last wins.
    pub fn explain(&self, name: &str) -> Vec<Explanation> {
        let mut out: Vec<Explanation> = Vec::new();
        let plain = |layer: &str, value: &Value| Explanation {
            layer: layer.to_owned(),
            place: None,
            shown: text_of(value),
            wins: false,
        };
        if let Some(Ok(value)) = self.fact(name) {
            out.push(plain("facts", &value));
        }
        let written = |out: &mut Vec<Explanation>, layers: &[layer::Layer<'_>]| {
            for layer in layers {
                for definition in layer.definitions.iter().filter(|d| d.name == name) {
                    out.push(Explanation {
                        layer: layer.name.clone(),
                        place: Some(definition.place.clone()),
                        shown: shown(&definition.value),
                        wins: false,
                    });
                }
            }
        };
        written(&mut out, &self.layers.below);
        out.extend(
            self.of_run(name)
                .map(|value| plain("set_fact or register", value)),
        );
        written(&mut out, &self.layers.above);
        out.extend(self.magic(name).map(|value| plain("magic", &value)));
        let local = self.locals.iter().rev().find(|(local, _)| local == name);
        out.extend(local.map(|(_, value)| plain("loop", value)));
        if let Some(last) = out.last_mut() {
            last.wins = true;
        }
        out
    }
}

/// A definition as written. What came out of a vault is not shown.
fn shown(node: &Node) -> String {
    if secret(node) {
        return "(from the vault)".into();
    }
    text_of(&node.value())
}

fn secret(node: &Node) -> bool {
    let within = match &node.kind {
        NodeKind::List(items) => items.iter().any(secret),
        NodeKind::Map(map) => map.values().any(|(_, node)| secret(node)),
        _ => false,
    };
    within || node.tag.as_deref() == Some("!vault")
}
