//! What ~/.ssh/config and the inventory say about a host, put together; the inventory wins.
use super::ssh_program::{self, Lines};
use super::tokens::{Tokens, own_name};
use super::{ConnectFault, Options, Target};
use crate::Password;
use std::path::{Path, PathBuf};

/// Everything a connection to one host needs to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) host_name: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    /// Those of the inventory.
    pub(crate) named_identities: Vec<PathBuf>,
    /// Those of ~/.ssh/config, or the defaults.
    pub(crate) identities: Vec<PathBuf>,
    pub(crate) certificates: Vec<PathBuf>,
    pub(crate) identities_only: bool,
    /// Socket of the ssh-agent; `None` where there is none or it is switched off.
    pub(crate) identity_agent: Option<PathBuf>,
    pub(crate) password: Option<Password>,
    pub(crate) user_known_hosts: Vec<PathBuf>,
    pub(crate) global_known_hosts: Vec<PathBuf>,
    pub(crate) hash_known_hosts: bool,
    pub(crate) accept_new: bool,
    pub(crate) host_key_alias: Option<String>,
    pub(crate) proxy_jump: Option<String>,
    /// Used where there is no jump host.
    pub(crate) proxy_command: Option<String>,
    /// The name that was looked up.
    pub(crate) asked: String,
}

const USER_KNOWN_HOSTS: &str = "~/.ssh/known_hosts ~/.ssh/known_hosts2";
const GLOBAL_KNOWN_HOSTS: &str = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2";
const DEFAULT_IDENTITIES: [&str; 7] = [
    "~/.ssh/id_ed25519",
    "~/.ssh/id_ecdsa",
    "~/.ssh/id_rsa",
    "~/.ssh/id_ed25519_sk",
    "~/.ssh/id_ecdsa_sk",
    "~/.ssh/id_xmss",
    "~/.ssh/id_dsa",
];

impl Settings {
    pub(crate) async fn of(target: &Target, options: &Options) -> Result<Self, ConnectFault> {
        if target.host.is_empty() || target.host.starts_with('-') {
            return Err(ConnectFault::Configuration {
                place: target.name.clone(),
                message: format!("`{}` is not a host name", target.host),
            });
        }
        let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("/"));
        let lines = ssh_program::lines(target, options, &home).await?;
        let mut settings = Self::from_lines(&lines, target, &home);
        let own = || target.known_hosts.clone().map(|file| vec![file]);
        if let Some(files) = options.known_hosts.clone().or_else(own) {
            settings.user_known_hosts = files;
            settings.global_known_hosts.clear();
        }
        Ok(settings)
    }

    fn from_lines(lines: &Lines, target: &Target, home: &Path) -> Self {
        let text = |key: &str| first(lines, key);
        let host_name =
            text("hostname").map_or_else(|| target.host.clone(), |name| named(&name, &target.host));
        let user = target.user.clone().or_else(|| text("user"));
        let user = user.unwrap_or_else(own_name);
        let written = text("port").and_then(|port| port.parse().ok());
        let port = target.port.or(written).unwrap_or(22);
        let tokens = Tokens {
            home,
            host: &host_name,
            original: &target.host,
            user: &user,
            port,
        };
        let yes = |key: &str| text(key).is_some_and(|value| value == "yes" || value == "true");
        let checking = text("stricthostkeychecking").unwrap_or_default();
        Self {
            named_identities: target.identity_files.clone(),
            identities: identities(lines, target, &tokens),
            certificates: all(lines, "certificatefile", &tokens),
            identities_only: yes("identitiesonly"),
            identity_agent: agent_socket(text("identityagent").as_deref(), &tokens),
            password: target.password.clone(),
            user_known_hosts: listed(text("userknownhostsfile"), USER_KNOWN_HOSTS, &tokens),
            global_known_hosts: listed(text("globalknownhostsfile"), GLOBAL_KNOWN_HOSTS, &tokens),
            hash_known_hosts: yes("hashknownhosts"),
            accept_new: ["accept-new", "no", "off", "false"].contains(&checking.as_str()),
            host_key_alias: text("hostkeyalias").filter(|alias| alias != "none"),
            proxy_command: text("proxycommand").filter(|command| command != "none"),
            asked: target.host.clone(),
            proxy_jump: target.proxy_jump.clone().or_else(|| text("proxyjump")),
            host_name,
            port,
            user,
        }
    }
}

/// `HostName`, in which `%h` is the name that was asked for.
fn named(name: &str, asked: &str) -> String {
    name.replace("%%", "\0")
        .replace("%h", asked)
        .replace('\0', "%")
}

/// Every value of a keyword that may be given several times.
fn all(lines: &Lines, key: &str, tokens: &Tokens<'_>) -> Vec<PathBuf> {
    let values = lines
        .iter()
        .filter(|(known, value)| known == key && value != "none");
    values.map(|(_, value)| tokens.expand(value)).collect()
}

/// The key files; one that is named in the inventory replaces the defaults, as with `ssh -i`.
fn identities(lines: &Lines, target: &Target, tokens: &Tokens<'_>) -> Vec<PathBuf> {
    let defaults = DEFAULT_IDENTITIES.map(|word| tokens.expand(word));
    let mut identities = all(lines, "identityfile", tokens);
    if !target.identity_files.is_empty() {
        identities.retain(|path| !defaults.contains(path));
    } else if !lines.iter().any(|(key, _)| key == "identityfile") {
        identities = defaults.to_vec();
    }
    identities
}

/// The files of a keyword that takes a list.
fn listed(value: Option<String>, fallback: &str, tokens: &Tokens<'_>) -> Vec<PathBuf> {
    let value = value.unwrap_or_else(|| fallback.to_owned());
    let words = value.split_whitespace().filter(|&word| word != "none");
    words.map(|word| tokens.expand(word)).collect()
}

fn first(lines: &Lines, key: &str) -> Option<String> {
    let found = lines.iter().find(|(known, _)| known == key);
    found.map(|(_, value)| value.clone())
}

fn agent_socket(setting: Option<&str>, tokens: &Tokens<'_>) -> Option<PathBuf> {
    match setting {
        Some("none") => None,
        None | Some("SSH_AUTH_SOCK") => std::env::var_os("SSH_AUTH_SOCK")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from),
        Some(variable) if variable.starts_with('$') => {
            std::env::var_os(variable.trim_matches(['$', '{', '}'])).map(PathBuf::from)
        }
        Some(path) => Some(tokens.expand(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inventory_wins_over_the_configuration() {
        let lines: Lines = [
            ("user", "ada"),
            ("port", "2222"),
            ("hostname", "10.0.0.7"),
            ("identityfile", "~/.ssh/%r-%p"),
            ("identityfile", "~/.ssh/id_rsa"),
            ("stricthostkeychecking", "accept-new"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec();
        let mut target = Target::ssh("web");
        let plain = Settings::from_lines(&lines, &target, Path::new("/h"));
        assert_eq!(
            (plain.user.as_str(), plain.port, plain.host_name.as_str()),
            ("ada", 2222, "10.0.0.7")
        );
        assert_eq!(
            plain.identities,
            [Path::new("/h/.ssh/ada-2222"), Path::new("/h/.ssh/id_rsa")]
        );
        assert!(plain.accept_new);
        target.user = Some("root".into());
        target.port = Some(22);
        target.identity_files = vec!["/k".into()];
        let named = Settings::from_lines(&lines, &target, Path::new("/h"));
        assert_eq!((named.user.as_str(), named.port), ("root", 22));
        assert_eq!(named.identities, [Path::new("/h/.ssh/root-22")]);
    }
}
