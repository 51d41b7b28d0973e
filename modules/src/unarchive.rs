//! `unarchive`: unpacks an archive.
use crate::archive::{Entry, Extraction};
use crate::copy::Blob;
use crate::digest;
use crate::ownership;
use crate::path::{self, HostPath};
use play_core::resource::Kind;
use play_core::state::{File, FileKind};
use play_core::{Act, Change, Fault, Module, Plan, Query, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Unpacks an archive (tar, also compressed, and zip) into a directory that is there.
///
/// Every entry is compared with what is on disk, so a second run changes nothing, and the plan names what differs. Nothing
/// is removed that the archive does not have. Entries that would land outside the directory are refused, and
/// set-user-id bits are not taken over. An archive from the controller is kept in /var/lib/play/staged, to be compared with
/// at the next run.
///
/// # Example
///
/// ```yaml
/// - name: the exporter
///   unarchive:
///     src: /opt/exporter.tar.gz
///     dest: /opt/exporter
///     remote_src: true
///     strip_components: 1
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unarchive {
    /// The archive, on the controller, or on the host with `remote_src`.
    pub src: String,
    /// The directory.
    pub dest: HostPath,
    /// The archive is on the host.
    #[serde(default)]
    pub remote_src: bool,
    /// Filled in by the controller: the archive itself.
    #[serde(default)]
    pub blob: Option<Blob>,
    /// A path: where it exists, nothing is unpacked.
    #[serde(default)]
    pub creates: Option<HostPath>,
    /// How many directories to take off the front of each entry's path.
    #[serde(default)]
    pub strip_components: u32,
    /// Name of the owner of what is unpacked.
    #[serde(default)]
    pub owner: Option<String>,
    /// Name of the group of what is unpacked.
    #[serde(default)]
    pub group: Option<String>,
    /// Give the entries' paths as `files`.
    #[serde(default)]
    pub list_files: bool,
}

const STAGED: &str = "/var/lib/play/staged";

impl Module for Unarchive {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        if let Some(creates) = &self.creates {
            match view.look(&creates.resource())? {
                State::Absent => {}
                State::Unknown(reason) => return Ok(Plan::unknown(reason)),
                _ => return Ok(Plan::nothing()),
            }
        }
        let dest = path::resolve(view, &self.dest)?;
        // The fault for a directory that is not there is that of a file in it.
        if let Some(reason) = path::parent_unknown(view, &path::join(&dest, "entry"))? {
            return Ok(Plan::unknown(reason));
        }
        if self.remote_src {
            let archive = HostPath::parse(&self.src).map_err(Fault::arguments)?;
            return self.compared(view, &dest, &archive);
        }
        let blob = self.blob.as_ref().ok_or_else(|| {
            Fault::arguments("src is on the controller, which has not sent it; set remote_src: true for one on the host")
        })?;
        self.sent(view, &dest, blob)
    }

    fn touches(&self) -> Vec<Touch> {
        let ownership = ownership::Ownership {
            mode: None,
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        };
        let mut touches = ownership.touches();
        touches.push(Touch::write(self.dest.resource()));
        if self.remote_src {
            touches.push(Touch::read(Resource::File(path::join("/", &self.src))));
        }
        touches.extend(self.creates.iter().map(|path| Touch::read(path.resource())));
        touches
    }
}

impl Unarchive {
    fn compared(&self, view: &dyn View, dest: &str, archive: &str) -> Result<Plan, Fault> {
        let real = path::resolve(view, archive)?;
        let resource = Resource::File(real.clone());
        match view.look(&resource)? {
            State::Absent => return Err(Fault::missing(resource)),
            State::Unknown(reason) => return Ok(Plan::unknown(reason)),
            State::File(file) => match file.content() {
                Some(content) if !digest::seen(content) => {
                    return Ok(Plan::unknown(format!("{archive} is downloaded")));
                }
                Some(_) => {}
                None => return Err(Fault::NotRegular { path: real }),
            },
            _ => {}
        }
        let answer = view.ask(&Query::Archive { path: real.clone() })?;
        let entries: Vec<Entry> = serde_json::from_value(answer).map_err(|error| Fault::Bug {
            message: format!("the listing of {real}: {error}"),
        })?;
        let extraction = Extraction {
            archive: &real,
            directory: dest,
            strip: self.strip_components,
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        };
        let mut plan = extraction.plan(view, &entries)?;
        if self.list_files {
            let files: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
            plan.output = serde_json::json!({ "files": files, "dest": dest });
        }
        Ok(plan)
    }

    /// The archive is put on the host first; only then anybody there can say what is in it.
    fn sent(&self, view: &dyn View, dest: &str, blob: &Blob) -> Result<Plan, Fault> {
        let staged = path::join(STAGED, &blob.sha256);
        let resource = Resource::File(staged.clone());
        let before = view.look(&resource)?;
        let there = matches!(&before, State::File(file)
            if file.content().is_some_and(|content| digest::same(content, &blob.content())));
        if there {
            return self.compared(view, dest, &staged);
        }
        let mut plan = Plan::nothing();
        for directory in ["/var/lib/play", STAGED] {
            let resource = Resource::File(directory.into());
            let before = view.look(&resource)?;
            if before.is_absent() {
                let after = State::File(File::directory(0o700));
                plan.changes.push(Change::put(resource, before, after));
            }
        }
        let after = State::File(File {
            kind: FileKind::Regular(blob.content()),
            ..File::regular("", 0o600)
        });
        let put = Change::new(Act::PutBlob {
            sha256: blob.sha256.clone(),
        });
        plan.changes.push(
            put.leaving(resource, before, after)
                .because("the archive, kept to be compared with"),
        );
        let unpacked = Change::new(Act::Unpack {
            archive: staged,
            directory: dest.to_owned(),
            strip: self.strip_components,
            owner: self.owner.clone(),
            group: self.group.clone(),
        });
        plan.changes.push(unpacked.blurring(&[Kind::File]));
        Ok(plan)
    }
}
