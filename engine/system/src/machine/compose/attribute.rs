//! A service's definition, attribute by attribute, as digests: what changed can be named, and no secret is kept.
use super::mount;
use play_core::Value;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// What says how a container is brought about or when, and not what it is.
const OUTSIDE: &[&str] = &["build", "depends_on", "profiles", "pull_policy", "scale"];

/// SHA-256 of a value's JSON, hexadecimal.
pub(super) fn digest(value: &Value) -> String {
    let value = sorted(value);
    format!("{:x}", Sha256::digest(value.to_string().as_bytes()))
}

/// The content of each file the service is given to read, by path: bound files, environment files, configs, secrets.
/// A file that is only planned counts as if it were there. What a service may write to is told by [`mount::replaced`].
pub(super) fn files(
    config: &Value,
    service: &Value,
    directory: &str,
    planned: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let add = |found: &mut BTreeMap<String, String>, path: &str| {
        let full = Path::new(directory).join(path);
        let there = || full.is_file().then(|| content(&full))?;
        if let Some(digest) = planned_at(&full, planned).cloned().or_else(there) {
            found.insert(full.to_string_lossy().into_owned(), digest);
        }
    };
    for volume in items(&service["volumes"]) {
        if volume["type"] == "bind" && !mount::is_writable(volume) {
            add(&mut found, volume["source"].as_str().unwrap_or_default());
        }
    }
    for file in items(&service["env_file"]) {
        add(
            &mut found,
            file.as_str().or(file["path"].as_str()).unwrap_or_default(),
        );
    }
    for kind in ["configs", "secrets"] {
        for given in items(&service[kind]) {
            let name = given
                .as_str()
                .or(given["source"].as_str())
                .unwrap_or_default();
            let source = &config[kind][name];
            if let Some(path) = source["file"].as_str() {
                add(&mut found, path);
            } else if !source.is_null() {
                found.insert(format!("{kind} {name}"), digest(source));
            }
        }
    }
    found
}

/// Each attribute's name and the first digits of its digest.
pub(super) fn all(service: &Value, files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (key, value) in service.as_object().into_iter().flatten() {
        if OUTSIDE.contains(&key.as_str()) || value.is_null() {
            continue;
        }
        let mut value = value.clone();
        if key == "deploy"
            && let Some(deploy) = value.as_object_mut()
        {
            deploy.remove("replicas");
            // what compose adds wherever something of `deploy` is said
            deploy.retain(|_, part| part.as_object().is_none_or(|part| !part.is_empty()));
        }
        match &value {
            Value::Object(map) => {
                for (name, value) in map {
                    found.insert(format!("{key} {name}"), short(value));
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    found.insert(format!("{key} {index}"), short(value));
                }
            }
            scalar => drop(found.insert(key.clone(), short(scalar))),
        }
    }
    for (path, digest) in files {
        found.insert(format!("file {path}"), digest[..8].to_owned());
    }
    found
}

fn short(value: &Value) -> String {
    digest(value)[..8].to_owned()
}

/// Keys in order: compose does not promise one.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<_, _> = map
                .iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            json!(ordered)
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The digest of what is planned for a path.
pub(super) fn planned_at<'a>(
    path: &Path,
    planned: &'a BTreeMap<String, String>,
) -> Option<&'a String> {
    path.to_str().and_then(|path| planned.get(path))
}

/// SHA-256 of a file, hexadecimal.
pub(super) fn content(path: &Path) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut sum = Sha256::new();
    std::io::copy(&mut file, &mut Sink(&mut sum)).ok()?;
    Some(format!("{:x}", sum.finalize()))
}

struct Sink<'a>(&'a mut Sha256);

impl std::io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named_and_its_value_is_not_kept() {
        let service = |level: &str| json!({ "image": "nginx", "environment": { "KEY": "hunter22", "LEVEL": level }, "scale": 2 });
        let (one, two) = (
            all(&service("info"), &BTreeMap::new()),
            all(&service("debug"), &BTreeMap::new()),
        );
        let changed: Vec<&String> = one
            .keys()
            .filter(|key| one.get(*key) != two.get(*key))
            .collect();
        assert_eq!(changed, ["environment LEVEL"]);
        assert!(!json!(one).to_string().contains("hunter22"));
        assert!(!one.contains_key("scale"));
    }

    #[test]
    fn how_many_there_are_is_no_part_of_what_they_are() {
        let few = all(&json!({ "image": "a" }), &BTreeMap::new());
        let deploy = json!({ "replicas": 3, "placement": {}, "resources": {} });
        let many = json!({ "image": "a", "deploy": deploy, "scale": 3 });
        assert_eq!(few, all(&many, &BTreeMap::new()));
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        assert_eq!(
            digest(&json!({ "a": 1, "b": 2 })),
            digest(&json!({ "b": 2, "a": 1 }))
        );
    }
}
