//! How a host is reached, out of its variables.
use super::Host;
use play_core::Value;

/// The way to one host. What is `None` is for `~/.ssh/config` and the defaults of ssh to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connection {
    pub kind: Kind,
    /// Name or address to connect to; the host's own name without one.
    pub address: Option<String>,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub key_file: Option<String>,
    /// `user@host:port`, several with commas.
    pub proxy_jump: Option<String>,
    /// Whether tasks that do not say escalate; None where nothing says.
    pub r#become: Option<bool>,
    pub become_user: Option<String>,
    /// Variables that were given and change nothing here, for a warning.
    pub ignored: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Ssh,
    /// This machine, without ssh.
    Local,
    /// A machine in memory.
    Simulated,
}

/// Ansible's variables that have no meaning without Python and OpenSSH's own client.
const IGNORED: [&str; 3] = [
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
    "ansible_become_method",
];

impl Connection {
    /// Out of a host's rendered variables. The short names `port` and `user` count only in the host's own inventory entry:
    /// elsewhere they are too likely an application's.
    pub fn of(host: &Host, variable: &dyn Fn(&str) -> Option<Value>) -> Result<Self, String> {
        let own = |name: &str| {
            let inline = |file: &str| !file.contains("host_vars");
            host.variables
                .iter()
                .any(|known| known.name == name && inline(&known.place.file))
                .then(|| variable(name))
                .flatten()
        };
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| variable(name))
                .map(|value| plain(&value))
        };
        let kind = text(&["ansible_connection", "connection"]);
        let port =
            text(&["ansible_port", "ansible_ssh_port"]).or_else(|| own("port").map(|v| plain(&v)));
        Ok(Self {
            kind: kind.map_or(Ok(Kind::Ssh), |kind| parse(&host.name, &kind))?,
            address: text(&["ansible_host", "ansible_ssh_host"])
                .or_else(|| own("host").map(|v| plain(&v))),
            port: port.map(|port| parse_port(&host.name, &port)).transpose()?,
            user: text(&["ansible_user", "ansible_ssh_user"])
                .or_else(|| own("user").map(|v| plain(&v))),
            key_file: text(&["ansible_ssh_private_key_file", "ansible_private_key_file"]),
            proxy_jump: text(&["proxy_jump", "ansible_proxy_jump"]),
            r#become: variable("ansible_become").map(|value| truthy(&value)),
            become_user: text(&["ansible_become_user"]),
            ignored: IGNORED
                .iter()
                .filter(|name| variable(name).is_some())
                .map(|name| (*name).to_owned())
                .collect(),
        })
    }
}

fn parse(host: &str, kind: &str) -> Result<Kind, String> {
    match kind {
        "ssh" | "smart" | "paramiko" | "ansible.builtin.ssh" => Ok(Kind::Ssh),
        "local" | "ansible.builtin.local" => Ok(Kind::Local),
        "simulated" => Ok(Kind::Simulated),
        other => Err(format!(
            "host `{host}`: unknown connection `{other}` (there are `ssh`, `local` and `simulated`)"
        )),
    }
}

fn parse_port(host: &str, port: &str) -> Result<u16, String> {
    port.parse()
        .map_err(|_| format!("host `{host}`: `{port}` is not a port (1 to 65535)"))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::String(text) => matches!(text.to_lowercase().as_str(), "true" | "yes" | "on" | "1"),
        other => other.as_i64().is_some_and(|number| number != 0),
    }
}
