//! The names of the facts an agent can gather. Their shapes stand beside the code that reads them.

/// Top-level facts: `facts.os.family`, `facts.network.default.address` ….
pub const NAMES: &[&str] = &[
    "architecture",
    "boot",
    "cpu",
    "date",
    "distribution",
    "domain",
    "environment",
    "fqdn",
    "hostname",
    "kernel",
    "memory",
    "mounts",
    "network",
    "os",
    "package_manager",
    "packages",
    "selinux",
    "service_manager",
    "services",
    "swap",
    "user",
    "users",
    "virtualization",
];
