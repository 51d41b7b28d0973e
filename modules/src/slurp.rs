//! `slurp`: what a file holds.
use crate::path::{self, HostPath};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use play_core::state::FileKind;
use play_core::{Content, Fault, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// Reads a file of the host, for later tasks: `content` in base64, as Ansible gives it. Nothing is changed.
///
/// Files over one MiB are refused: a variable is no place for them.
///
/// # Example
///
/// ```yaml
/// - name: the public key of the host
///   slurp:
///     src: /etc/ssh/ssh_host_ed25519_key.pub
///   register: key
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slurp {
    /// The file.
    #[serde(alias = "path")]
    pub src: HostPath,
}

impl Module for Slurp {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let path = path::resolve(view, &self.src)?;
        let resource = Resource::File(path.clone());
        let file = match view.look(&resource)? {
            State::File(file) => file,
            State::Unknown(reason) => return Ok(Plan::unknown(reason)),
            _ => return Err(Fault::missing(resource)),
        };
        match file.kind {
            FileKind::Regular(Content::Bytes(bytes)) => Ok(Plan::nothing().with_output(json!({
                "content": STANDARD.encode(bytes), "encoding": "base64", "source": path,
            }))),
            FileKind::Regular(Content::Large { size: 0, .. }) => {
                Ok(Plan::unknown(format!("{path} is downloaded")))
            }
            FileKind::Regular(Content::Large { size, .. }) => Err(Fault::refused(
                format!("reading {path}"),
                format!("it has {size} bytes, and more than one MiB does not fit a variable"),
            )),
            _ => Err(Fault::NotRegular { path }),
        }
    }

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::read(self.src.resource())]
    }
}
