//! Whether a container is still where it was connected when it was made.
use super::docker;
use play_core::Value;
use std::path::PathBuf;

/// The network it was made in and is not in any more, in words: somebody disconnected it, or the container whose network it uses was made
/// anew or started anew, and left it in the one of before. `peers` are the project's containers.
pub(super) fn lost(shown: &Value, peers: &[Value]) -> Option<String> {
    let made_in = shown["HostConfig"]["NetworkMode"].as_str()?;
    if let Some(id) = made_in.strip_prefix("container:") {
        return left(shown, id, peers);
    }
    let own = matches!(made_in, "" | "default" | "bridge" | "host" | "none");
    let networks = shown["NetworkSettings"]["Networks"].as_object()?;
    // compose names the project's own networks, and of those of others the number
    let there = |(name, one): (&String, &Value)| name == made_in || one["NetworkID"] == made_in;
    (!own && !made_in.contains(':') && !networks.iter().any(there))
        .then(|| format!("network {made_in}"))
}

/// The same of a container that uses the network of another.
fn left(shown: &Value, id: &str, peers: &[Value]) -> Option<String> {
    let Some(peer) = peers.iter().find(|peer| peer["Id"] == id) else {
        let gone = docker(&["inspect", "--type", "container", "--format", "{{.Id}}", id])
            .is_ok_and(|ended| ended.err().to_lowercase().contains("no such container"));
        return gone.then(|| "the network of a container that is gone".into());
    };
    let elsewhere =
        matches!((namespace(shown), namespace(peer)), (Some(one), Some(two)) if one != two);
    let service = peer["Config"]["Labels"]["com.docker.compose.service"].as_str();
    elsewhere.then(|| format!("the network of {}", service.unwrap_or(id)))
}

/// The network a running container is in; only root may look.
fn namespace(shown: &Value) -> Option<PathBuf> {
    let pid = shown["State"]["Pid"].as_u64().filter(|pid| *pid != 0)?;
    std::fs::read_link(format!("/proc/{pid}/ns/net")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_network_is_named_or_numbered() {
        let of = |made_in: &str| {
            let networks = json!({ "outer": { "NetworkID": "adad188b" } });
            let shown = json!({ "HostConfig": { "NetworkMode": made_in }, "NetworkSettings": { "Networks": networks } });
            lost(&shown, &[])
        };
        assert_eq!(of("outer"), None);
        assert_eq!(of("adad188b"), None);
        assert_eq!(of("host"), None);
        assert_eq!(of("back"), Some("network back".into()));
    }
}
