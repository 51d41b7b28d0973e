//! A project of files in a folder of the tests, named as if `play` had been started there.
use play_language::Loader;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files by their names in the project.
#[derive(Debug, Default)]
pub struct Files {
    bytes: BTreeMap<PathBuf, Vec<u8>>,
}

impl Files {
    /// Everything below a folder.
    pub fn of(folder: &Path) -> Self {
        let mut files = Self::default();
        files.walk(folder, folder);
        files
    }

    /// Everything below some folders of one.
    pub fn below(top: &Path, names: &[&str]) -> Self {
        let mut files = Self::default();
        for name in names {
            files.walk(top, &top.join(name));
        }
        files
    }

    /// Texts by name.
    pub fn texts(texts: impl IntoIterator<Item = (impl Into<PathBuf>, String)>) -> Self {
        let bytes = texts
            .into_iter()
            .map(|(name, text)| (name.into(), text.into_bytes()));
        Self {
            bytes: bytes.collect(),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.bytes.contains_key(Path::new(name))
    }

    fn walk(&mut self, top: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.walk(top, &path);
            } else if let (Ok(name), Ok(bytes)) = (path.strip_prefix(top), std::fs::read(&path)) {
                self.bytes.insert(name.to_owned(), bytes);
            }
        }
    }
}

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let found = self.bytes.get(path).cloned();
        found.ok_or_else(|| "No such file or directory (os error 2)".to_owned())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.bytes.contains_key(path)
    }

    fn is_directory(&self, path: &Path) -> bool {
        let mut names = self.bytes.keys();
        names.any(|name| name != path && name.starts_with(path))
    }

    fn list(&self, path: &Path) -> Vec<String> {
        let below = self
            .bytes
            .keys()
            .filter_map(|name| name.strip_prefix(path).ok());
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

    fn is_executable(&self, _: &Path) -> bool {
        false
    }

    fn current_directory(&self) -> PathBuf {
        PathBuf::from("/project")
    }
}
