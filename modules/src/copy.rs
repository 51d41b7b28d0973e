//! `copy`: files and directories from the controller, or from elsewhere on the host.
use crate::body::Body;
use crate::destination::Destination;
use crate::ownership::Ownership;
use crate::path::{self, HostPath};
use crate::tree::{self, Branch, Tree};
use crate::written::Written;
use play_core::state::FileKind;
use play_core::{Content, Fault, FileMode, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

/// Puts files where they shall be: text given in place, or a file or directory from the controller's `files` folder.
///
/// New content is validated first where `validate` says how, and always for sudoers and sshd_config. A new file gets mode
/// 0644 whatever the umask, 0600 where a secret comes into it; what exists keeps the owner, group and mode that are not
/// asked for, but new content never inherits set-user-id or set-group-id. A link at `dest` is replaced, and the plan says so; `follow: true` writes to where
/// it leads. Of a directory's copy nothing is removed that the source does not have.
///
/// # Example
///
/// ```yaml
/// - name: say hello
///   copy:
///     dest: /etc/motd
///     content: "hello\n"
///     mode: "0644"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// Path on the host. With a slash at its end, or where a directory is there: the directory to put the file in.
    pub dest: HostPath,
    /// File or directory on the controller, or on the host with `remote_src`. A directory with a slash at its end means
    /// what is in it.
    #[serde(default)]
    pub src: Option<String>,
    /// The file's text; a list or mapping is written as JSON.
    #[serde(default)]
    pub content: Option<Body>,
    /// Filled in by the controller: a large or binary source file.
    #[serde(default)]
    pub blob: Option<Blob>,
    /// Filled in by the controller: a source directory, path by path below `dest`.
    #[serde(default)]
    pub tree: Option<Vec<Branch>>,
    /// `src` is on the host.
    #[serde(default)]
    pub remote_src: bool,
    /// Permission bits of files, or `preserve` for those of the source.
    #[serde(default)]
    pub mode: Option<CopyMode>,
    /// Permission bits of directories that are made.
    #[serde(default)]
    pub directory_mode: Option<FileMode>,
    /// Name of the owner.
    #[serde(default)]
    pub owner: Option<String>,
    /// Name of the group.
    #[serde(default)]
    pub group: Option<String>,
    /// Keep what was there beside it, its name ending in the digest of what it holds and `~`.
    #[serde(default)]
    pub backup: bool,
    /// Replace a file that is there and differs; `false` only makes files that are missing.
    #[serde(default = "yes")]
    pub force: bool,
    /// Where `dest` is a link, write to where it leads.
    #[serde(default)]
    pub follow: bool,
    /// Command line that refuses bad content; `%s` is the new file. It is run before anything is replaced, in checks too.
    #[serde(default)]
    pub validate: Option<String>,
}

/// A file that the controller sends apart from the arguments.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

impl Blob {
    pub(crate) fn content(&self) -> Content {
        Content::Large {
            size: self.size,
            sha256: self.sha256.to_ascii_lowercase(),
        }
    }
}

/// Permission bits, or those of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyMode {
    Preserve,
    Mode(FileMode),
}

impl<'de> Deserialize<'de> for CopyMode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = play_core::Value::deserialize(deserializer)?;
        if value == "preserve" {
            return Ok(Self::Preserve);
        }
        serde_json::from_value(value)
            .map(Self::Mode)
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for CopyMode {
    fn schema_name() -> Cow<'static, str> {
        "CopyMode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "integer"],
            "format": "mode",
            "description": "permission bits: \"0644\" or u=rw,g=r,o=r; or preserve"
        })
    }
}

fn yes() -> bool {
    true
}

impl Module for Copy {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let given = [
            self.content.is_some(),
            self.blob.is_some(),
            self.tree.is_some(),
            self.remote_src,
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            return Err(Fault::arguments(
                "give one of content, or src; and remote_src only with src",
            ));
        }
        if self.remote_src {
            return self.within_host(view);
        }
        match (&self.content, &self.blob, &self.tree) {
            (Some(text), ..) => self.one(view, text.0.as_str().into(), None),
            (_, Some(blob), _) => self.one(view, blob.content(), None),
            (.., branches) => self.many(view, branches.as_deref().unwrap_or_default()),
        }
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.ownership(None).touches();
        touches.push(Touch::write(self.dest.resource()));
        if let (true, Some(src)) = (self.remote_src, &self.src) {
            touches.push(Touch::read(Resource::File(path::join("/", src))));
        }
        touches
    }
}

impl Copy {
    fn ownership<'a>(&'a self, source: Option<&'a FileMode>) -> Ownership<'a> {
        let mode = match &self.mode {
            Some(CopyMode::Mode(mode)) => Some(mode),
            Some(CopyMode::Preserve) => source,
            None => None,
        };
        Ownership {
            mode,
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        }
    }

    /// One file. `source` is the mode of the file it is copied from.
    fn one(&self, view: &dyn View, content: Content, source: Option<u32>) -> Result<Plan, Fault> {
        let source = source.map(FileMode::Bits);
        if self.mode == Some(CopyMode::Preserve) && source.is_none() {
            return Err(Fault::arguments(
                "mode: preserve needs a source with a mode; content has none",
            ));
        }
        let mut written = Written::new("", content);
        written.ownership = self.ownership(source.as_ref());
        written.validate = self.validate.as_deref();
        written.backup = self.backup;
        written.on_host = self.src.as_deref().filter(|_| self.remote_src);
        let destination = Destination {
            dest: &self.dest,
            src: self.src.as_deref(),
            follow: self.follow,
            force: self.force,
            directory_mode: self.directory_mode.as_ref(),
        };
        destination.plan(view, written)
    }

    fn many(&self, view: &dyn View, branches: &[Branch]) -> Result<Plan, Fault> {
        let tree = Tree {
            root: &self.dest,
            branches,
            preserve: self.mode == Some(CopyMode::Preserve),
            ownership: self.ownership(None),
            directory_mode: self.directory_mode.as_ref(),
            force: self.force,
            backup: self.backup,
        };
        tree.plan(view)
    }

    fn within_host(&self, view: &dyn View) -> Result<Plan, Fault> {
        let src = self.src.as_deref();
        let src = src.ok_or_else(|| Fault::arguments("remote_src needs src"))?;
        let from = HostPath::parse(src).map_err(Fault::arguments)?;
        let real = path::resolve(view, &from)?;
        let resource = Resource::File(real.clone());
        match view.look(&resource)? {
            State::Unknown(reason) => Ok(Plan::unknown(reason)),
            State::File(file) => match file.kind {
                FileKind::Regular(content) if !crate::digest::seen(&content) => {
                    Ok(Plan::unknown(format!("{real} is downloaded")))
                }
                FileKind::Regular(content) => self.one(view, content, Some(file.mode)),
                FileKind::Directory => {
                    let below = if from.slash { "" } else { path::name(&from) };
                    let mut branches = Vec::new();
                    tree::grow(view, &real, below, &mut branches)?;
                    self.many(view, &branches)
                }
                _ => Err(Fault::NotRegular { path: real }),
            },
            _ => Err(Fault::missing(resource)),
        }
    }
}
