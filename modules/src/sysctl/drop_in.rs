//! The file that keeps our settings.
use super::boot::{join, settings};
use super::key::Key;
use super::normal;
use play_core::state::{File, FileKind};
use play_core::{Change, Content, Fault, Resource, State, View, unknown};

/// A file of settings, where a link leads.
pub(super) struct DropIn {
    pub(super) path: String,
    before: State,
    text: String,
}

impl DropIn {
    pub(super) fn look(view: &dyn View, path: &str) -> Result<Self, Fault> {
        let mut path = path.to_owned();
        let mut before = view.look(&Resource::File(path.clone()))?;
        if let State::File(File {
            kind: FileKind::Link(target),
            ..
        }) = &before
        {
            path = join(&path, target);
            before = view.look(&Resource::File(path.clone()))?;
        }
        let text = match &before {
            State::File(file) => match file.content().map(Content::text) {
                Some(Some(text)) => text.to_owned(),
                Some(None) => return Err(Fault::NotText { path }),
                None => return Err(Fault::NotRegular { path }),
            },
            // No package brings the file that is ours by name.
            State::Unknown(reason) if path != super::own_file() => unknown::mark(reason) + "\n",
            _ => String::new(),
        };
        Ok(Self { path, before, text })
    }

    /// The change that makes the folder it lies in, where there is none: not every one of those a boot reads is there.
    pub(super) fn folder(&self, view: &dyn View) -> Result<Option<Change>, Fault> {
        let folder = self.path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        let resource = Resource::File(folder.to_owned());
        let before = view.look(&resource)?;
        let after = State::File(File::directory(0o755));
        Ok((self.before.is_absent() && before.is_absent())
            .then(|| Change::put(resource, before, after)))
    }

    /// The change after which the file sets the parameter to this value, in one line.
    pub(super) fn with(&self, key: &Key, value: &str) -> Option<Change> {
        let lines = self.lines_of(key);
        if let [(_, old)] = lines.as_slice()
            && *old == value
        {
            return None;
        }
        let line = format!("{} = {value}\n", key.name());
        let last = lines.last().map(|(number, _)| *number);
        let mut text = self.edited(key, |number| {
            (Some(number) == last).then_some(line.as_str())
        });
        if last.is_none() {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&line);
        }
        Some(self.put(text))
    }

    /// The change after which the file does not set the parameter.
    pub(super) fn without(&self, key: &Key) -> Option<Change> {
        if self.lines_of(key).is_empty() {
            return None;
        }
        Some(self.put(self.edited(key, |_| None)))
    }

    /// Line numbers and normal values of the lines that set the parameter.
    fn lines_of(&self, key: &Key) -> Vec<(usize, String)> {
        settings(&self.text)
            .filter(|(_, name, _)| key.is(name))
            .map(|(number, _, value)| (number, normal(value)))
            .collect()
    }

    /// The text with every line that sets the parameter replaced, or dropped.
    fn edited<'a>(&self, key: &Key, replace: impl Fn(usize) -> Option<&'a str>) -> String {
        let ours: Vec<usize> = self
            .lines_of(key)
            .into_iter()
            .map(|(number, _)| number)
            .collect();
        self.text
            .split_inclusive('\n')
            .enumerate()
            .filter_map(|(at, line)| {
                if ours.contains(&(at + 1)) {
                    replace(at + 1)
                } else {
                    Some(line)
                }
            })
            .collect()
    }

    fn put(&self, text: String) -> Change {
        let after = match &self.before {
            State::File(file) => File {
                kind: FileKind::Regular(Content::from(text)),
                ..file.clone()
            },
            _ => File::regular(text, 0o644),
        };
        Change::put(
            Resource::File(self.path.clone()),
            self.before.clone(),
            State::File(after),
        )
    }
}
