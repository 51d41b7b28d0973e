//! `get_url`: a file from the web.
use crate::checksum::{self, Checksum};
use crate::digest;
use crate::ownership::Ownership;
use crate::path::{self, HostPath};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use play_core::state::FileKind;
use play_core::{
    Act, Change, Content, Fault, FileMode, Module, Plan, Resource, State, Touch, View,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Downloads a file to the host.
///
/// With `checksum` the file is downloaded where it is not there or differs, and put in place only after the checksum was
/// found right. Without, a file that is there is left alone, whatever it holds; `force` then downloads it at each run and
/// reports it as changed.
///
/// # Example
///
/// ```yaml
/// - name: the exporter
///   get_url:
///     url: https://example.org/exporter-1.8.2.tar.gz
///     dest: /opt/exporter.tar.gz
///     checksum: sha256:6809dd0b3ec45fd6e992c19071d6b5253aed3ead7bf0686885a51d85c6643c66
///     mode: "0644"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetUrl {
    /// Address, http or https.
    pub url: String,
    /// Path on the host. With a slash at its end, or where a directory is there: the directory to put the file in.
    pub dest: HostPath,
    /// `sha256:` (or sha384, sha512) and the digits, or and the address of a list of them.
    #[serde(default)]
    pub checksum: Option<String>,
    /// Without `checksum`: download also where the file is there.
    #[serde(default)]
    pub force: bool,
    /// Header fields of the request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// User of basic authentication.
    #[serde(default)]
    pub url_username: Option<String>,
    /// Password of basic authentication.
    #[serde(default)]
    pub url_password: Option<String>,
    /// Seconds without an answer.
    #[serde(default = "patience")]
    pub timeout: u64,
    /// Permission bits.
    #[serde(default)]
    pub mode: Option<FileMode>,
    /// Name of the owner.
    #[serde(default)]
    pub owner: Option<String>,
    /// Name of the group.
    #[serde(default)]
    pub group: Option<String>,
}

fn patience() -> u64 {
    30
}

impl Module for GetUrl {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            return Err(Fault::arguments(format!(
                "url `{}` is neither http:// nor https://",
                self.url
            )));
        }
        let path = self.path(view)?;
        let resource = Resource::File(path.clone());
        let before = view.look(&resource)?;
        let checksum = match &self.checksum {
            Some(written) => Some(Checksum::read(view, written, &self.url)?),
            None => None,
        };
        let output = serde_json::json!({ "dest": path, "url": self.url });
        let kept = match &before {
            State::Absent => {
                if let Some(reason) = path::parent_unknown(view, &path)? {
                    return Ok(Plan::unknown(reason));
                }
                None
            }
            State::File(file) => match &file.kind {
                FileKind::Regular(content) => self.kept(view, &path, content, checksum.as_ref())?,
                FileKind::Link(_) => None,
                _ => return Err(Fault::NotRegular { path }),
            },
            _ => None,
        };
        let fetched = kept.is_none();
        let content = kept.unwrap_or_else(|| unseen(checksum.as_ref()));
        let kind = FileKind::Regular(content);
        let after = State::File(self.ownership().file(view, &path, &before, kind)?);
        if before == after && !fetched {
            return Ok(Plan::nothing().with_output(output));
        }
        let act = if fetched {
            self.download(&path, checksum.as_ref())
        } else {
            Act::Put
        };
        Ok(Plan::from(Change::new(act).leaving(resource, before, after)).with_output(output))
    }

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.ownership().touches();
        touches.push(Touch::write(self.dest.resource()));
        touches
    }

    fn settles(&self) -> bool {
        !self.force || self.checksum.is_some()
    }
}

/// What a download leaves, as far as that can be said before: nobody knows its size, and only a SHA-256 names its content.
fn unseen(checksum: Option<&Checksum>) -> Content {
    let sha256 = checksum
        .filter(|checksum| checksum.algorithm == checksum::Algorithm::Sha256)
        .map(|checksum| checksum.digits.clone());
    Content::Large {
        size: 0,
        sha256: sha256.unwrap_or_default(),
    }
}

impl GetUrl {
    fn ownership(&self) -> Ownership<'_> {
        Ownership {
            mode: self.mode.as_ref(),
            owner: self.owner.as_deref(),
            group: self.group.as_deref(),
        }
    }

    fn path(&self, view: &dyn View) -> Result<String, Fault> {
        let real = path::resolve(view, &self.dest)?;
        let state = view.look(&Resource::File(real.clone()))?;
        let directory = matches!(&state, State::File(file) if file.kind == FileKind::Directory);
        if !directory && !self.dest.slash {
            return Ok(real);
        }
        match checksum::file_name(&self.url) {
            "" => Err(Fault::arguments(format!(
                "{} is a directory, and the url ends in no file's name; say the file's path",
                &*self.dest
            ))),
            name => Ok(path::join(&real, name)),
        }
    }

    /// The content there is, where it may stay.
    fn kept(
        &self,
        view: &dyn View,
        path: &str,
        content: &Content,
        checksum: Option<&Checksum>,
    ) -> Result<Option<Content>, Fault> {
        let stays = match checksum {
            // A check imagines an earlier download: that it was this one, its digest says.
            Some(checksum) if !digest::seen(content) => digest::sha256(content) == checksum.digits,
            Some(checksum) => checksum.fits(view, path, content)?,
            None => !self.force,
        };
        Ok(stays.then(|| content.clone()))
    }

    fn download(&self, path: &str, checksum: Option<&Checksum>) -> Act {
        let mut headers: Vec<(String, String)> = self.headers.clone().into_iter().collect();
        if let Some(user) = &self.url_username {
            let password = self.url_password.as_deref().unwrap_or_default();
            let login = STANDARD.encode(format!("{user}:{password}"));
            headers.push(("Authorization".into(), format!("Basic {login}")));
        }
        Act::Download {
            url: self.url.clone(),
            path: path.to_owned(),
            checksum: checksum.map(Checksum::written),
            headers,
            timeout: self.timeout,
        }
    }
}
