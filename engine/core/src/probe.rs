//! Something on a host or reachable from it that can be waited for.
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// A TCP connection is accepted (`open`) or refused.
    Tcp { host: String, port: u16, open: bool },
    /// A path exists, or does not; with a pattern, its text matches.
    Path {
        path: String,
        present: bool,
        pattern: Option<String>,
    },
    /// An HTTP request. Headers in order; the answer carries status, headers and body.
    Http(HttpRequest),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HttpRequest {
    pub url: String,
    pub method: String,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub body: Option<String>,
    /// Follow redirects.
    #[serde(default)]
    pub follow: bool,
    /// Check the server's certificate.
    #[serde(default)]
    pub verify: bool,
    /// User and password of basic authentication.
    #[serde(default)]
    pub login: Option<(String, String)>,
    /// Seconds for the whole exchange.
    #[serde(default)]
    pub timeout: u64,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub holds: bool,
    /// In words, for the message when time is up: `connection refused`, `status 503`.
    pub seen: String,
    /// HTTP only.
    #[serde(default)]
    pub status: Option<u16>,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub body: String,
}
