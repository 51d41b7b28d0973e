//! `authorized_key`: who may log in as an account over SSH.
use crate::lines::ended;
use crate::ownership::Ownership;
use crate::path;
use crate::presence::Presence;
use crate::public_key::{KeyLine, parse};
use crate::written::Written;
use play_core::state::FileKind;
use play_core::{Change, Fault, FileMode, Module, Plan, Resource, State, Touch, View, state};
use schemars::JsonSchema;
use serde::Deserialize;

/// Keeps public keys in an account's authorized_keys, or keeps them out.
///
/// Keys are compared by the key itself, not by comment or spacing, and each is checked to be whole: a key cut short would
/// lock its owner out without a word. With `exclusive`, `key` is the whole list: do not loop over keys then, each turn
/// would remove the one before. A run that removes keys makes sure it can still log in before it keeps the change.
///
/// # Example
///
/// ```yaml
/// - name: who may deploy
///   authorized_key:
///     user: deploy
///     key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ada@laptop
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorizedKey {
    /// The account.
    pub user: String,
    /// Public keys: a list, or one a line.
    pub key: Keys,
    /// Whether the keys shall be there.
    #[serde(default)]
    pub state: Presence,
    /// Remove every other key.
    #[serde(default)]
    pub exclusive: bool,
    /// Options before each key (`from="10.0.0.0/8",no-pty`), sshd(8). Without them, a key keeps the options it has.
    #[serde(default)]
    pub key_options: Option<String>,
    /// Comment after each key instead of its own.
    #[serde(default)]
    pub comment: Option<String>,
    /// The file; .ssh/authorized_keys in the account's home where nothing is said.
    #[serde(default)]
    pub path: Option<String>,
    /// Make the directory, and keep it and the file closed to others.
    #[serde(default = "yes")]
    pub manage_dir: bool,
}

/// Keys: a list or lines.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Keys {
    /// One a line.
    Text(String),
    /// A list.
    Many(Vec<String>),
}

fn yes() -> bool {
    true
}

impl Module for AuthorizedKey {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let wanted = self.keys()?;
        let resource = Resource::User(self.user.clone());
        let account = match view.look(&resource)? {
            State::User(account) => account,
            State::Unknown(reason) => return Ok(Plan::unknown(reason)),
            _ => {
                return Err(Fault::Missing {
                    resource,
                    hint: Some(format!("create it first with user: name={}", self.user)),
                });
            }
        };
        let path = self.file(&account)?;
        refuse_link(view, &path)?;
        let text = view.text(&path)?;
        if text.is_none() && self.state == Presence::Absent {
            return Ok(Plan::nothing());
        }
        let old: Vec<KeyLine> = text
            .as_deref()
            .unwrap_or_default()
            .lines()
            .map(KeyLine::read)
            .collect();
        let new = self.merged(&old, &wanted);
        let removes = old
            .iter()
            .any(|line| line.blob.is_some() && !new.iter().any(|other| other.blob == line.blob));
        self.write(view, &account, &path, text.as_deref(), &new, removes)
    }

    fn touches(&self) -> Vec<Touch> {
        // The account's home is known to the host only.
        let file = match &self.path {
            Some(path) if !path.contains('%') => Touch::write(Resource::File(path.clone())),
            _ => Touch::write_every(play_core::resource::Kind::File),
        };
        vec![Touch::read(Resource::User(self.user.clone())), file]
    }
}

impl AuthorizedKey {
    fn keys(&self) -> Result<Vec<KeyLine>, Fault> {
        let texts: Vec<&str> = match &self.key {
            Keys::Text(text) => text.lines().collect(),
            Keys::Many(texts) => texts.iter().flat_map(|text| text.lines()).collect(),
        };
        let mut keys = Vec::new();
        for text in texts.into_iter().map(str::trim) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let mut key = parse(text).map_err(Fault::arguments)?;
            if let Some(options) = &self.key_options {
                key.options = Some(options.clone());
            }
            if let Some(comment) = &self.comment {
                key.comment.clone_from(comment);
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(Fault::arguments("key holds no key"));
        }
        Ok(keys)
    }

    fn file(&self, account: &state::User) -> Result<String, Fault> {
        let Some(path) = &self.path else {
            return Ok(path::join(&account.home, ".ssh/authorized_keys"));
        };
        let path = path.replace("%h", &account.home).replace("%u", &self.user);
        let path = path::HostPath::parse(&path).map_err(Fault::arguments)?;
        Ok(path.to_string())
    }

    fn merged(&self, old: &[KeyLine], wanted: &[KeyLine]) -> Vec<KeyLine> {
        let find = |line: &KeyLine| {
            let blob = line.blob.as_ref()?;
            wanted.iter().find(|key| key.blob.as_ref() == Some(blob))
        };
        let absent = self.state == Presence::Absent;
        let mut lines: Vec<KeyLine> = Vec::new();
        for line in old {
            match find(line) {
                Some(_) if absent => {}
                Some(key) => lines.push(self.updated(line, key)),
                None if self.exclusive && !absent && line.blob.is_some() => {}
                None => lines.push(line.clone()),
            }
        }
        if !absent {
            for key in wanted {
                if !lines.iter().any(|line| line.blob == key.blob) {
                    lines.push(key.clone());
                }
            }
        }
        lines
    }

    /// A key that is there, with what is asked for of its options and comment.
    fn updated(&self, line: &KeyLine, key: &KeyLine) -> KeyLine {
        let mut kept = line.clone();
        if key.options.is_some() && key.options != line.options {
            kept.options.clone_from(&key.options);
            kept.text = None;
        }
        if self.comment.is_some() && key.comment != line.comment {
            kept.comment.clone_from(&key.comment);
            kept.text = None;
        }
        kept
    }

    fn write(
        &self,
        view: &dyn View,
        account: &state::User,
        path: &str,
        old: Option<&str>,
        lines: &[KeyLine],
        removes: bool,
    ) -> Result<Plan, Fault> {
        let new = lines.iter().map(KeyLine::line).collect::<Vec<_>>();
        let new = match old {
            Some(old) if old.lines().eq(new.iter().map(String::as_str)) => old.to_owned(),
            _ => ended(&new),
        };
        let mut plan = Plan::nothing();
        let (directory_mode, file_mode) = (FileMode::Bits(0o700), FileMode::Bits(0o600));
        let ownership = Ownership {
            mode: Some(&directory_mode),
            owner: Some(&self.user),
            group: Some(&account.group),
        };
        if self.manage_dir && self.path.is_none() {
            plan.changes
                .extend(directory(view, path::parent(path), &ownership)?);
        }
        let mut written = Written::new(path, new);
        written.directory_comes = !plan.changes.is_empty();
        if self.manage_dir {
            written.ownership = Ownership {
                mode: Some(&file_mode),
                ..ownership
            };
        }
        let rest = written.plan(view)?;
        plan.unknown = rest.unknown;
        plan.changes.extend(rest.changes.into_iter().map(|change| {
            // Whoever loses a key may be the one this very run logs in with.
            if removes {
                change.cutting_line()
            } else {
                change
            }
        }));
        Ok(plan)
    }
}

fn directory(view: &dyn View, path: &str, ownership: &Ownership) -> Result<Option<Change>, Fault> {
    let resource = Resource::File(path.to_owned());
    let before = view.look(&resource)?;
    if before.is_absent() {
        path::parent_unknown(view, path)?;
    }
    let after = State::File(ownership.file(view, path, &before, FileKind::Directory)?);
    Ok((before != after).then(|| Change::put(resource, before, after)))
}

/// The account could have laid a link to a file of somebody else's.
fn refuse_link(view: &dyn View, path: &str) -> Result<(), Fault> {
    for path in [path::parent(path), path] {
        let state = view.look(&Resource::File(path.to_owned()))?;
        if matches!(&state, State::File(file) if matches!(file.kind, FileKind::Link(_))) {
            return Err(Fault::refused(
                format!("writing {path}"),
                "it is a link, and its owner could point it anywhere; give path: the real file",
            ));
        }
    }
    Ok(())
}
