//! `wireguard_key`: a private key in a file.
use crate::path::HostPath;
use crate::wireguard::{make_key, read_key};
use play_core::resource::Kind;
use play_core::state::{File, FileKind};
use play_core::{Change, Fault, Module, Plan, Resource, State, Touch, View};
use schemars::JsonSchema;
use serde::Deserialize;

/// Makes a WireGuard key on the host where there is none, in a file only root may read. It is never made anew, shown, or sent elsewhere.
///
/// The interface's own key is the business of `wireguard`; this is for keys of peers whose configurations are handed out. The
/// folder must be there. The output has `public_key`.
///
/// # Example
///
/// ```yaml
/// - name: the phone's key
///   wireguard_key:
///     path: /etc/wireguard/clients/phone.key
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WireguardKey {
    /// The file.
    pub path: HostPath,
}

impl Module for WireguardKey {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        let path = self.path.to_string();
        let mut plan = Plan::nothing();
        let key = match view.look(&self.path.resource())? {
            State::File(file) => {
                if !matches!(file.kind, FileKind::Regular(_)) {
                    return Err(Fault::NotRegular { path });
                }
                plan.changes.extend(closed(self.path.resource(), file));
                read_key(view, &path)?
            }
            before => make_key(path, before, &mut plan),
        };
        Ok(plan.with_output(serde_json::json!({ "public_key": key })))
    }

    fn touches(&self) -> Vec<Touch> {
        vec![
            Touch::write(self.path.resource()),
            Touch::read_every(Kind::Package),
        ]
    }
}

/// The change after which only its owner may read it.
fn closed(resource: Resource, file: File) -> Option<Change> {
    let after = File {
        mode: 0o600,
        ..file.clone()
    };
    (after != file).then(|| Change::put(resource, State::File(file), State::File(after)))
}
