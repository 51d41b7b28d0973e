//! Files that lookups name: beside the role, then beside the playbook.
use super::Scope;
use std::path::{Path, PathBuf};

impl Scope<'_> {
    /// Where a file of a kind (`files`, `templates`) is. The error names the places looked at.
    pub(super) fn locate(&self, path: &str, kind: &str) -> Result<PathBuf, String> {
        let asked = Path::new(path);
        let mut tried = Vec::new();
        if asked.is_absolute() {
            tried.push(asked.to_owned());
        } else {
            let role = self.role();
            let parents = role.into_iter().flat_map(|role| &role.parents);
            let parents = parents.filter_map(|index| self.project.roles.get(*index));
            let roles = role.into_iter().chain(parents).map(|role| &role.folder);
            for folder in roles.chain(self.play.map(|play| &play.folder)) {
                tried.push(folder.join(kind).join(asked));
                tried.push(folder.join(asked));
            }
        }
        if let Some(found) = tried.iter().find(|path| self.loader.is_file(path)) {
            return Ok(found.clone());
        }
        let tried: Vec<String> = tried
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        Err(format!(
            "there is no file `{path}` (looked for {})",
            tried.join(", ")
        ))
    }

    pub(super) fn read(&self, path: &Path) -> Result<String, String> {
        let bytes = self
            .loader
            .read(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| format!("{} is not UTF-8 text", path.display()))?;
        crate::source::learn(self.loader, path, &text);
        Ok(text)
    }
}
