//! `apt_repository`: a source of packages for apt, with its key.
mod source;

use crate::list::List;
use play_core::resource::Kind;
use play_core::state::{File, FileKind};
use play_core::{Act, Change, Content, Fault, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use source::{Entry, FOLDER};

/// A source of packages, as a file of sources.list.d(5) in deb822 form, and the key that signs it.
///
/// One task owns both. The key is text within the file, a file there already is on the host, or fetched from a URL and then checked
/// against its digest. The same repository in another file is refused with its place: apt stops working where two files name
/// different keys for one repository; `replace: true` removes it there. Only the lists of this source are refreshed; where they cannot be
/// fetched, its file becomes again what it was, since apt would fail at every later refresh.
///
/// # Example
///
/// ```yaml
/// - name: docker's own packages
///   apt_repository:
///     name: docker
///     uris: https://download.docker.com/linux/debian
///     suites: trixie
///     components: stable
///     key_url: https://download.docker.com/linux/debian/gpg
///     key_checksum: sha256:1500c1f56fa9e26b9b8f42452a553675796ade0807cdce11975eb98170b3a570
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AptRepository {
    /// What to call it: the name of its file. Made from the first URI where it is not given.
    #[serde(default, alias = "filename")]
    #[schemars(extend("aliases" = ["filename"]))]
    pub name: Option<String>,
    /// A line of sources.list(5) instead of the parts below: `deb [arch=amd64] https://… trixie main`.
    #[serde(default)]
    pub repo: Option<String>,
    /// `deb`, `deb-src`.
    #[serde(default = "deb")]
    pub types: List,
    /// Where it is.
    #[serde(default, alias = "uri")]
    #[schemars(extend("aliases" = ["uri"]))]
    pub uris: List,
    /// Suites: `trixie`, or an exact path that ends in `/`.
    #[serde(default, alias = "suite")]
    #[schemars(extend("aliases" = ["suite"]))]
    pub suites: List,
    /// Components: `main`.
    #[serde(default)]
    pub components: List,
    /// Architectures; the host's own where none is given.
    #[serde(default)]
    pub architectures: List,
    /// The key: the path of a file on the host, or the key's own text (`-----BEGIN PGP …`).
    #[serde(default)]
    pub signed_by: Option<String>,
    /// Where to fetch the key from; `key_checksum` says which one it must be.
    #[serde(default)]
    pub key_url: Option<String>,
    /// The digest of the key at `key_url`: `sha256:…`.
    #[serde(default)]
    pub key_checksum: Option<String>,
    /// Whether apt uses it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether it is there.
    #[serde(default)]
    pub state: Desired,
    /// Refresh the lists of this source where it changed.
    #[serde(default = "yes")]
    pub update_cache: bool,
    /// Remove the same repository from other files.
    #[serde(default)]
    pub replace: bool,
}

fn yes() -> bool {
    true
}

fn deb() -> List {
    List(vec!["deb".into()])
}

/// Whether it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    #[default]
    Present,
    Absent,
}

const KEYRINGS: &str = "/etc/apt/keyrings";

impl Module for AptRepository {
    fn sensible(&self) -> Result<(), Fault> {
        let entry = self.entry()?;
        self.name(&entry).map(drop)
    }

    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let entry = self.entry()?;
        let name = self.name(&entry)?;
        let path = format!("{FOLDER}/{name}.sources");
        match self.state {
            Desired::Absent => self.leave(view, &name, &path),
            Desired::Present => self.bring(view, &entry, &name, &path),
        }
    }

    fn touches(&self) -> Vec<Touch> {
        vec![
            Touch::write(Resource::File("/etc/apt".into())),
            Touch::write(Resource::PackageLists),
            Touch::read_every(Kind::Package),
        ]
    }
}

impl AptRepository {
    fn entry(&self) -> Result<Entry, Fault> {
        if let Some(line) = &self.repo {
            if !self.uris.is_empty() || !self.suites.is_empty() {
                return Err(Fault::arguments(
                    "`repo` and `uris`/`suites` exclude each other; keep one",
                ));
            }
            if line.starts_with("ppa:") {
                return Err(Fault::arguments(
                    "`ppa:` is Ubuntu's own short form; give its URI, suite, component and key",
                ));
            }
            let entry = Entry::of_line(line).ok_or_else(|| {
                Fault::arguments(format!(
                    "`{line}` is not a line of sources.list, `deb URI SUITE COMPONENT`"
                ))
            })?;
            return self.agrees(&entry).map(|()| entry);
        }
        let entry = Entry {
            types: self.types.0.clone(),
            uris: self.uris.0.clone(),
            suites: self.suites.0.clone(),
            components: self.components.0.clone(),
            architectures: self.architectures.0.clone(),
            signed_by: None,
            options: Vec::new(),
        };
        self.agrees(&entry).map(|()| entry)
    }

    fn agrees(&self, entry: &Entry) -> Result<(), Fault> {
        let absent = self.state == Desired::Absent;
        if (entry.uris.is_empty() && !absent)
            || (absent && entry.uris.is_empty() && self.name.is_none())
        {
            return Err(Fault::arguments(
                "`uris` are needed, or a whole line as `repo`",
            ));
        }
        if !absent && entry.suites.is_empty() {
            return Err(Fault::arguments("`suites` are needed, such as trixie"));
        }
        let exact = entry.suites.iter().any(|suite| suite.ends_with('/'));
        if !absent && exact != entry.components.is_empty() {
            return Err(Fault::arguments(
                "`components` are needed, such as main; only a suite that ends in `/` has none",
            ));
        }
        if self.key_url.is_some() != self.key_checksum.is_some() {
            return Err(Fault::arguments(
                "`key_url` and `key_checksum` go together: a key nobody checked signs nothing; `sha256sum` of the key you trust gives it",
            ));
        }
        if self
            .signed_by
            .as_deref()
            .is_some_and(|key| key.contains("://"))
        {
            return Err(Fault::arguments(
                "`signed_by` is a path or a key's own text; for a URL use `key_url` and `key_checksum`",
            ));
        }
        if self.key_url.is_some() && self.signed_by.is_some() {
            return Err(Fault::arguments(
                "`key_url` and `signed_by` exclude each other; keep one",
            ));
        }
        Ok(())
    }

    /// The file's name: apt ignores files with other characters in theirs.
    fn name(&self, entry: &Entry) -> Result<String, Fault> {
        let given = self.name.as_deref().map(|name| {
            let name = name.strip_suffix(".list").unwrap_or(name);
            name.strip_suffix(".sources").unwrap_or(name)
        });
        let name = match (given, entry.uris.first()) {
            (Some(name), _) => name.to_owned(),
            (None, Some(uri)) => {
                let bare = uri.split_once("://").map_or(uri.as_str(), |(_, rest)| rest);
                bare.trim_matches('/')
                    .replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-")
            }
            (None, None) => String::new(),
        };
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || !name.chars().all(legal) {
            return Err(Fault::arguments(format!(
                "`name: {name}`: letters, digits, `-`, `_` and `.`; apt ignores files of other names"
            )));
        }
        Ok(name)
    }

    fn bring(&self, view: &dyn View, entry: &Entry, name: &str, path: &str) -> Result<Plan, Fault> {
        let mut plan = Plan::nothing();
        let mut entry = entry.clone();
        if let Some(key) = &self.signed_by {
            entry.signed_by = Some(key.trim().to_owned());
        }
        let fetched = self.key(view, name, &mut plan)?;
        if let Some(key) = fetched {
            entry.signed_by = Some(key);
        } else {
            key_file(view, &entry)?;
        }
        if entry.signed_by.is_none() {
            plan.notes.push("it names no key: packages from it are taken only where a key for all repositories fits".into());
        }
        let before = view.look(&Resource::File(path.to_owned()))?;
        let others = plan.changes.len();
        source::conflicts(view, &entry, path, self.replace, &mut plan)?;
        // Where it is taken out of another file, this one is all that is left of it.
        let replaces = plan.changes.len() > others;
        plan.changes
            .extend(put(view, path, entry.text(self.enabled))?);
        let otherwise = (!replaces && before.unknown().is_none()).then_some(before);
        self.refresh(view, Some((path, otherwise)), &mut plan)?;
        Ok(plan)
    }

    /// The key that is fetched: where it lies, and the change that puts it there.
    fn key(&self, view: &dyn View, name: &str, plan: &mut Plan) -> Result<Option<String>, Fault> {
        let (Some(url), Some(checksum)) = (&self.key_url, &self.key_checksum) else {
            return Ok(None);
        };
        let digest = checksum
            .strip_prefix("sha256:")
            .unwrap_or(checksum)
            .to_lowercase();
        if digest.len() != 64 || !digest.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(Fault::arguments(
                "`key_checksum` is `sha256:` and 64 hexadecimal digits",
            ));
        }
        // apt reads a key by its suffix: `.asc` is text, `.gpg` is binary.
        let suffix = if url.strip_suffix(".gpg").is_some() {
            "gpg"
        } else {
            "asc"
        };
        let path = format!("{KEYRINGS}/{name}.{suffix}");
        let resource = Resource::File(path.clone());
        let before = view.look(&resource)?;
        if is(&before, &digest) {
            return Ok(Some(path));
        }
        folder(view, KEYRINGS, plan)?;
        let content = Content::Large {
            size: 0,
            sha256: digest.clone(),
        };
        let act = Act::Download {
            url: url.clone(),
            path: path.clone(),
            checksum: Some(format!("sha256:{digest}")),
            headers: Vec::new(),
            timeout: 30,
        };
        plan.changes.push(Change::new(act).leaving(
            resource,
            before,
            State::File(File::regular(content, 0o644)),
        ));
        Ok(Some(path))
    }

    fn leave(&self, view: &dyn View, name: &str, path: &str) -> Result<Plan, Fault> {
        let mut plan = Plan::nothing();
        let keys = ["asc", "gpg"].map(|suffix| format!("{KEYRINGS}/{name}.{suffix}"));
        let list = format!("{FOLDER}/{name}.list");
        for path in [path.to_owned(), list].into_iter().chain(keys) {
            let resource = Resource::File(path);
            let before = view.look(&resource)?;
            if !before.is_absent() {
                plan.changes
                    .push(Change::put(resource, before, State::Absent));
            }
        }
        self.refresh(view, None, &mut plan)?;
        Ok(plan)
    }

    /// Of this source only; of all where none was ever fetched, since lists of one source alone would pass for all of them.
    fn refresh(
        &self,
        view: &dyn View,
        source: Option<(&str, Option<State>)>,
        plan: &mut Plan,
    ) -> Result<(), Fault> {
        if !self.update_cache || plan.changes.is_empty() {
            return Ok(());
        }
        let fetched = !view.look(&Resource::PackageLists)?.is_absent();
        let (path, otherwise) = source.filter(|_| self.enabled && fetched).unzip();
        let act = Act::RefreshPackages {
            source: path.map(str::to_owned),
            otherwise: otherwise.flatten().map(Box::new),
        };
        plan.changes
            .push(Change::new(act).blurring(&[Kind::PackageLists]));
        Ok(())
    }
}

/// A key that is named by its path must be there.
fn key_file(view: &dyn View, entry: &Entry) -> Result<(), Fault> {
    let Some(path) = entry
        .signed_by
        .as_deref()
        .filter(|key| key.starts_with('/'))
    else {
        return Ok(());
    };
    let resource = Resource::File(path.to_owned());
    if view.look(&resource)?.is_absent() {
        return Err(Fault::Missing {
            resource,
            hint: Some("put the repository's key there first, or let `key_url` fetch it".into()),
        });
    }
    Ok(())
}

/// Whether a file has this SHA-256.
fn is(state: &State, digest: &str) -> bool {
    let State::File(file) = state else {
        return false;
    };
    match file.content() {
        Some(Content::Bytes(bytes)) => format!("{:x}", Sha256::digest(bytes)) == digest,
        Some(Content::Large { sha256, .. }) => sha256 == digest,
        None => false,
    }
}

fn folder(view: &dyn View, path: &str, plan: &mut Plan) -> Result<(), Fault> {
    let resource = Resource::File(path.to_owned());
    let before = view.look(&resource)?;
    if before.is_absent() {
        let after = State::File(File::directory(0o755));
        plan.changes.push(Change::put(resource, before, after));
    }
    Ok(())
}

/// The change after which a file has this text; its owner and mode stay.
fn put(view: &dyn View, path: &str, text: String) -> Result<Option<Change>, Fault> {
    let resource = Resource::File(path.to_owned());
    let before = view.look(&resource)?;
    let after = State::File(match &before {
        State::File(file) if file.content().is_some() => File {
            kind: FileKind::Regular(Content::from(text)),
            ..file.clone()
        },
        State::File(_) => return Err(Fault::NotRegular { path: path.into() }),
        _ => File::regular(text, 0o644),
    });
    Ok((before != after).then(|| Change::put(resource, before, after)))
}
