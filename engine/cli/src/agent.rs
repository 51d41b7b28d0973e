//! The agent this program carries.
use play_runner::connection::AgentImage;

/// Packed by the build script.
pub(crate) const IMAGE: AgentImage = AgentImage {
    gzip: include_bytes!(concat!(env!("OUT_DIR"), "/agent.gz")),
    sha256: env!("PLAY_AGENT_SHA256"),
};
