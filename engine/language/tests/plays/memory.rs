//! A loader and a catalog in memory.
use play_core::{Catalog, Description, Diagnostic, Touch, Value};
use play_language::{LoadRequest, Loader, Project, Sources, load};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Default)]
pub(crate) struct Files {
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Files {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()));
        Self {
            files: files.collect(),
        }
    }
}

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| "No such file or directory".to_owned())
    }
    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }
    fn is_directory(&self, path: &Path) -> bool {
        self.files
            .keys()
            .any(|file| file != path && file.starts_with(path))
    }
    fn list(&self, path: &Path) -> Vec<String> {
        let below = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(path).ok());
        let mut names: Vec<String> = below
            .filter_map(|rest| rest.components().next())
            .map(|name| name.as_os_str().to_string_lossy().into_owned())
            .collect();
        names.dedup();
        names
    }
    fn environment(&self, _: &str) -> Option<String> {
        None
    }
    fn is_executable(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "sh")
    }
    fn current_directory(&self) -> PathBuf {
        PathBuf::from("/project")
    }
}

/// A few modules, with schemas as schemars writes them.
pub(crate) struct Modules;

const NAMES: [&str; 8] = [
    "command", "copy", "debug", "file", "service", "set_fact", "template", "assert",
];

impl Modules {
    fn schema(name: &str) -> Value {
        let mode = json!({"anyOf": [{"$ref": "#/$defs/FileMode"}, {"type": "null"}]});
        let text = json!({"type": ["string", "null"]});
        let defs = json!({"FileMode": {"type": ["string", "integer"], "format": "mode"},
            "State": {"oneOf": [{"type": "string", "const": "directory", "description": "a directory"},
                                {"type": "string", "enum": ["absent", "file"]}]}});
        let (properties, required) = match name {
            "file" => (
                json!({"path": {"type": "string"}, "mode": mode, "owner": text,
                "recurse": {"type": "boolean", "default": false},
                "state": {"anyOf": [{"$ref": "#/$defs/State"}, {"type": "null"}]}}),
                json!(["path"]),
            ),
            "copy" => (
                json!({"dest": {"type": "string"}, "src": text, "content": text, "mode": mode,
                "remote_src": {"type": "boolean"}}),
                json!(["dest"]),
            ),
            "template" => (
                json!({"dest": {"type": "string"}, "src": text, "content": {"type": "string"}, "mode": mode}),
                json!(["dest", "content"]),
            ),
            "service" => (
                json!({"name": {"type": "string", "aliases": ["unit"]}, "unit": {"type": "string"}, "state": {"enum": ["started", "stopped"]},
                "enabled": {"type": ["boolean", "null"]}, "port": {"type": "integer", "minimum": 0, "maximum": 65535},
                "after": {"type": "array", "items": {"type": "string"}}}),
                json!(["name"]),
            ),
            "command" => (json!({"cmd": text, "creates": text}), json!([])),
            "debug" => (json!({"msg": true, "var": text}), json!([])),
            "assert" => (json!({"that": true}), json!(["that"])),
            _ => (json!({}), json!([])),
        };
        json!({"type": "object", "properties": properties, "required": required, "$defs": defs,
            "additionalProperties": false})
    }
}

impl Catalog for Modules {
    fn canonical(&self, name: &str) -> Option<&'static str> {
        NAMES
            .into_iter()
            .find(|known| *known == name || (name == "systemd" && *known == "service"))
    }
    fn names(&self) -> Vec<&'static str> {
        NAMES.to_vec()
    }
    fn describe(&self, name: &str) -> Option<Description> {
        let name = self.canonical(name)?;
        let free_form = (name == "command").then_some("cmd");
        Some(Description {
            name,
            schema: Self::schema(name),
            free_form,
            on_controller: false,
        })
    }
    fn refuse(&self, name: &str, arguments: &Value) -> Option<String> {
        let schema = Self::schema(name);
        let known = schema["properties"].as_object()?;
        let unknown = arguments
            .as_object()?
            .keys()
            .find(|key| !known.contains_key(*key) && *key != "dir");
        if let Some(key) = unknown {
            return Some(format!("unknown field `{key}`"));
        }
        let both = arguments.get("msg").and(arguments.get("var"));
        both.map(|_| "`msg` and `var` exclude each other".to_owned())
    }
    fn touches(&self, _: &str, _: &Value) -> Vec<Touch> {
        Vec::new()
    }
}

pub(crate) const HOSTS: (&str, &str) = (
    "hosts.ini",
    "[web]\nweb[1:2]\n[db]\ndb1 ansible_host=10.0.0.1 port=2222\n",
);

/// Loads `site.yml` with the usual hosts, and whatever else a test changes in the request.
pub(crate) fn loaded(
    files: &[(&str, &str)],
    change: impl FnOnce(&mut LoadRequest),
) -> (Option<Project>, Vec<Diagnostic>, Sources) {
    let mut all = vec![HOSTS];
    all.extend(files);
    let mut request = LoadRequest {
        playbooks: vec!["site.yml".into()],
        inventories: vec!["hosts.ini".into()],
        ..LoadRequest::default()
    };
    change(&mut request);
    load(&Files::new(&all), &request, &Modules)
}

/// The project; a mistake fails the test with its words.
pub(crate) fn project(files: &[(&str, &str)]) -> Project {
    let (project, found, _) = loaded(files, |_| {});
    let words: Vec<String> = found.iter().map(ToString::to_string).collect();
    project.unwrap_or_else(|| panic!("{}", words.join("\n")))
}

/// Every diagnostic of a playbook as one line each: `site.yml:3:5: message (hint)`.
pub(crate) fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
    let (_, found, _) = loaded(files, |_| {});
    found.iter().map(ToString::to_string).collect()
}
