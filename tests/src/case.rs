//! Cases: YAML files in a folder, found by walking it.
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// The folder `tests/` itself.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.yml` file below a folder of `tests/`, sorted.
pub fn find(area: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&folder().join(area), &mut found);
    found.sort();
    found
}

/// Every folder right below a folder of `tests/`, sorted: one case each.
pub fn folders(area: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder().join(area));
    let mut found: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            found.push(path);
        }
    }
}

/// Reads one case; a case that does not parse is a failure that names it.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    // By way of plain values, so that a case writes `{ probe: { tcp: … } }` and needs no YAML tags.
    let value: play_core::Value =
        serde_yaml::from_str(&text).map_err(|error| format!("the case does not parse: {error}"))?;
    serde_json::from_value(value).map_err(|error| format!("the case does not parse: {error}"))
}

/// Runs a check over every case and reports all that fail, not the first only.
pub fn all(area: &str, check: impl Fn(&Path) -> Result<(), String>) {
    let cases = find(area);
    assert!(!cases.is_empty(), "no cases in tests/{area}");
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|path| {
            let name = path
                .strip_prefix(folder())
                .unwrap_or(path)
                .display()
                .to_string();
            check(path).err().map(|words| format!("{name}: {words}"))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases fail\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}
