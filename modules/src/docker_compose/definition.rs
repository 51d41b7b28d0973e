//! A service as its files define it, in a form two of which can be compared attribute by attribute.
use play_core::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The resolved definition of a service.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// Everything that a container is made of, by name: `image`, `environment LOG_LEVEL`, `bound file /srv/nginx.conf`.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) image: Option<String>,
    pub(super) builds: bool,
    pub(super) replicas: u32,
}

impl Definition {
    /// From compose's own resolution, and the digests of the files it binds (one, or one by path).
    pub(super) fn new(service: &Value, hashes: &Value) -> Self {
        let mut attributes = BTreeMap::new();
        for (name, value) in service.as_object().into_iter().flatten() {
            attributes.extend(flattened(name, value));
        }
        match hashes {
            Value::String(hash) if !hash.is_empty() => {
                attributes.insert("bound files".into(), hash.clone());
            }
            Value::Object(files) => attributes.extend(
                files
                    .iter()
                    .map(|(path, hash)| (format!("bound file {path}"), plain(hash))),
            ),
            _ => {}
        }
        let replicas = service["deploy"]["replicas"]
            .as_u64()
            .or(service["scale"].as_u64());
        Self {
            attributes,
            image: service["image"].as_str().map(str::to_owned),
            builds: service["build"].is_object() || service["build"].is_string(),
            replicas: replicas
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(1),
        }
    }

    /// What a container is labelled with: the digest of each attribute, so that the next comparison can say which one changed.
    pub(super) fn label(&self) -> String {
        let digests: BTreeMap<&String, String> = self
            .attributes
            .iter()
            .map(|(name, value)| (name, short(value)))
            .collect();
        serde_json::to_string(&digests).unwrap_or_default()
    }

    /// The attributes in which a label differs from this. None where the label is none of ours.
    pub(super) fn changed(&self, label: &str) -> Option<Vec<String>> {
        let known: BTreeMap<String, String> = serde_json::from_str(label).ok()?;
        let names: BTreeSet<&String> = known.keys().chain(self.attributes.keys()).collect();
        let differs = |name: &&&String| {
            known.get(**name)
                != self
                    .attributes
                    .get(**name)
                    .map(|value| short(value))
                    .as_ref()
        };
        Some(
            names
                .iter()
                .filter(differs)
                .map(|name| (*name).clone())
                .collect(),
        )
    }
}

/// One key of a definition as attributes; none for what makes no container another one: how many there are, what starts first, what
/// builds the image.
fn flattened(name: &str, value: &Value) -> Vec<(String, String)> {
    const OTHERS: &[&str] = &["scale", "depends_on", "build", "pull_policy", "profiles"];
    match (name, value) {
        (_, Value::Null) => Vec::new(),
        (name, _) if OTHERS.contains(&name) => Vec::new(),
        ("environment" | "labels", Value::Object(pairs)) => pairs
            .iter()
            .map(|(key, value)| (format!("{name} {key}"), plain(value)))
            .collect(),
        ("deploy", Value::Object(deploy)) => {
            let kept: Value = deploy
                .iter()
                .filter(|(key, value)| *key != "replicas" && !value.is_null())
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            if kept == Value::Object(serde_json::Map::new()) {
                Vec::new()
            } else {
                vec![(name.to_owned(), plain(&kept))]
            }
        }
        _ => vec![(name.to_owned(), plain(value))],
    }
}

/// A value as text: words as they are, the rest as JSON with its keys sorted.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => sorted(other).to_string(),
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<&String, &Value> = map.iter().collect();
            ordered
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn short(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))[..10].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_label_tells_which_attribute_changed_and_the_order_of_keys_does_not_matter() {
        let one = json!({"image": "a:1", "environment": {"A": "1", "B": "2"}, "ports": [{"target": 80, "mode": "x"}], "scale": 1});
        let same = json!({"ports": [{"mode": "x", "target": 80}], "environment": {"B": "2", "A": "1"}, "image": "a:1", "scale": 3});
        let label = Definition::new(&one, &json!("h")).label();
        assert_eq!(
            Definition::new(&same, &json!("h")).changed(&label),
            Some(Vec::new())
        );
        let other = json!({"image": "a:1", "environment": {"A": "1"}, "ports": [{"target": 81, "mode": "x"}]});
        let changed = Definition::new(&other, &json!("i"))
            .changed(&label)
            .unwrap();
        assert_eq!(changed, ["bound files", "environment B", "ports"]);
        assert_eq!(
            Definition::new(&one, &json!("h")).changed("made by hand"),
            None
        );
    }
}
