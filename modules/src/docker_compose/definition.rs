//! A service as its files define it.
use play_core::Value;
use play_core::state::Service;
use std::collections::{BTreeMap, BTreeSet};

/// The resolved definition of a service.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// A digest of everything its containers are made of.
    pub(super) label: String,
    /// A digest of each part: `image`, `environment LOG_LEVEL`, `file /srv/wiki/nginx.conf`. What changed can be named, and no value shows.
    pub(super) attributes: BTreeMap<String, String>,
    /// Files its containers may write to that are about to be replaced, by path with what will be in them.
    pub(super) replaced: BTreeMap<String, String>,
    /// What its containers are made of; of one that is built and not named, the name compose gives it.
    pub(super) image: Option<String>,
    pub(super) builds: bool,
    /// Its files keep its image from being pulled.
    pub(super) never_pulled: bool,
    /// Services whose network or processes its containers are put into.
    pub(super) shares: Vec<String>,
    pub(super) replicas: u32,
}

impl Definition {
    /// From the answer to `Query::Compose`.
    pub(super) fn new(name: &str, service: &Value, answer: &Value) -> Self {
        let digests = |key: &str| -> BTreeMap<String, String> {
            let all = answer[key][name].as_object().into_iter().flatten();
            all.filter_map(|(name, digest)| Some((name.clone(), digest.as_str()?.to_owned())))
                .collect()
        };
        let replicas = service["deploy"]["replicas"]
            .as_u64()
            .or(service["scale"].as_u64());
        Self {
            label: answer["definitions"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            attributes: digests("attributes"),
            replaced: digests("replaced"),
            image: match (service["image"].as_str(), answer["config"]["name"].as_str()) {
                (Some(image), _) => Some(image.to_owned()),
                (None, Some(project)) if !service["build"].is_null() => {
                    Some(format!("{project}-{name}"))
                }
                _ => None,
            },
            builds: !service["build"].is_null(),
            never_pulled: service["pull_policy"] == "never",
            shares: ["network_mode", "pid", "ipc"]
                .iter()
                .filter_map(|key| service[*key].as_str()?.strip_prefix("service:"))
                .map(str::to_owned)
                .collect(),
            replicas: replicas
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(1),
        }
    }

    /// A service that runs once the files that are only planned are there: it does not see what takes the place of one it may write to,
    /// unless it was only planned after that file.
    pub(super) fn outdate(&self, live: &mut Service) {
        if live.running > 0 {
            let unseen =
                (self.replaced.iter()).filter(|(path, now)| live.sees.get(*path) != Some(*now));
            let paths: Vec<String> = unseen.map(|(path, _)| path.clone()).collect();
            live.outdated.extend(paths);
        }
    }

    /// The parts in which running containers differ. None where something else made them.
    pub(super) fn changed(&self, live: &Service) -> Option<Vec<String>> {
        if live.definition.is_empty() {
            return None;
        }
        if live.definition == self.label {
            return Some(Vec::new());
        }
        let names: BTreeSet<&String> = live
            .attributes
            .keys()
            .chain(self.attributes.keys())
            .collect();
        let changed: Vec<String> = names
            .into_iter()
            .filter(|name| live.attributes.get(*name) != self.attributes.get(*name))
            .cloned()
            .collect();
        Some(if changed.is_empty() {
            vec!["its definition".into()]
        } else {
            changed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_changed_is_named() {
        let answer = json!({
            "attributes": {"web": {"image": "1", "environment B": "2"}}, "definitions": {"web": "new"},
        });
        let definition = Definition::new("web", &json!({"image": "a:1", "scale": 3}), &answer);
        assert_eq!(definition.replicas, 3);
        let attributes = [("image", "1"), ("ports 0", "9"), ("environment B", "3")]
            .map(|(name, digest)| (name.to_owned(), digest.to_owned()));
        let mut live = Service {
            definition: "old".into(),
            attributes: attributes.into(),
            ..Service::default()
        };
        let names = ["environment B", "ports 0"].map(str::to_owned).to_vec();
        assert_eq!(definition.changed(&live), Some(names));
        live.definition = "new".into();
        assert_eq!(definition.changed(&live), Some(Vec::new()));
        assert_eq!(definition.changed(&Service::default()), None);
    }
}
