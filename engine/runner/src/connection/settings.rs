//! What ~/.ssh/config and the inventory say about a host, put together; the inventory wins.
use super::ssh_config;
use super::{ConnectFault, Options, Target};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tokio::process::Command;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

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
    pub(crate) user_known_hosts: Vec<PathBuf>,
    pub(crate) global_known_hosts: Vec<PathBuf>,
    pub(crate) hash_known_hosts: bool,
    pub(crate) accept_new: bool,
    pub(crate) host_key_alias: Option<String>,
    pub(crate) proxy_jump: Option<String>,
}

/// Answers of `ssh -G` and how many are asked for at once.
pub(crate) struct ConfigCache {
    lines: Mutex<HashMap<Vec<String>, Lines>>,
    running: Semaphore,
}

type Lines = Vec<(String, String)>;

impl Default for ConfigCache {
    fn default() -> Self {
        Self {
            lines: Mutex::default(),
            running: Semaphore::new(16),
        }
    }
}

const DEFAULT_IDENTITIES: [&str; 6] = [
    "~/.ssh/id_ed25519",
    "~/.ssh/id_ecdsa",
    "~/.ssh/id_rsa",
    "~/.ssh/id_ed25519_sk",
    "~/.ssh/id_ecdsa_sk",
    "~/.ssh/id_xmss",
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
        let lines = match &options.ssh_program {
            Some(program) => match ask(program, target, options).await? {
                Some(lines) => lines,
                None => read(target, options, &home).await?,
            },
            None => read(target, options, &home).await?,
        };
        let mut settings = Self::from_lines(&lines, target, &home);
        if let Some(files) = &options.known_hosts {
            settings.user_known_hosts.clone_from(files);
            settings.global_known_hosts.clear();
        }
        if let Some(command) = first(&lines, "proxycommand") {
            if settings.proxy_jump.is_none() {
                return Err(ConnectFault::Configuration {
                    place: target.name.clone(),
                    message: format!(
                        "ProxyCommand ({command}) is not supported; use ProxyJump, or ansible proxy_jump in the inventory"
                    ),
                });
            }
        }
        Ok(settings)
    }

    fn from_lines(lines: &Lines, target: &Target, home: &Path) -> Self {
        let text = |key: &str| first(lines, key);
        let host_name = text("hostname").map_or_else(
            || target.host.clone(),
            |name| {
                name.replace("%%", "\0")
                    .replace("%h", &target.host)
                    .replace('\0', "%")
            },
        );
        let user = target
            .user
            .clone()
            .or_else(|| text("user"))
            .unwrap_or_else(own_name);
        let port = target
            .port
            .or_else(|| text("port").and_then(|port| port.parse().ok()))
            .unwrap_or(22);
        let tokens = Tokens {
            home,
            host: &host_name,
            original: &target.host,
            user: &user,
            port,
        };
        let paths = |key: &str, fallback: &[&str]| -> Vec<PathBuf> {
            let mut words: Vec<String> = lines
                .iter()
                .filter(|(known, _)| known == key)
                .map(|(_, value)| value.clone())
                .collect();
            if words.is_empty() {
                words = fallback.iter().map(|&word| word.to_owned()).collect();
            }
            words.retain(|word| word != "none");
            words.iter().map(|word| tokens.expand(word)).collect()
        };
        let listed = |key: &str, fallback: &str| -> Vec<PathBuf> {
            let value = text(key).unwrap_or_else(|| fallback.to_owned());
            let words = value.split_whitespace().filter(|&word| word != "none");
            words.map(|word| tokens.expand(word)).collect()
        };
        let mut identities = paths("identityfile", &DEFAULT_IDENTITIES);
        if !target.identity_files.is_empty() {
            // A key that is named replaces the defaults, as with `ssh -i`.
            let defaults = DEFAULT_IDENTITIES.map(|word| tokens.expand(word));
            identities.retain(|path| !defaults.contains(path) && !path.ends_with(".ssh/id_dsa"));
        }
        let yes = |key: &str| text(key).is_some_and(|value| value == "yes" || value == "true");
        Self {
            named_identities: target.identity_files.clone(),
            certificates: paths("certificatefile", &[]),
            identities,
            identities_only: yes("identitiesonly"),
            identity_agent: agent_socket(text("identityagent"), &tokens),
            user_known_hosts: listed(
                "userknownhostsfile",
                "~/.ssh/known_hosts ~/.ssh/known_hosts2",
            ),
            global_known_hosts: listed(
                "globalknownhostsfile",
                "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",
            ),
            hash_known_hosts: yes("hashknownhosts"),
            accept_new: text("stricthostkeychecking").is_some_and(|value| {
                ["accept-new", "no", "off", "false"].contains(&value.as_str())
            }),
            host_key_alias: text("hostkeyalias"),
            proxy_jump: target.proxy_jump.clone().or_else(|| text("proxyjump")),
            host_name,
            port,
            user,
        }
    }
}

fn first(lines: &Lines, key: &str) -> Option<String> {
    let found = lines.iter().find(|(known, _)| known == key);
    found
        .map(|(_, value)| value.clone())
        .filter(|value| value != "none" || key == "identityagent")
}

fn own_name() -> String {
    ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_else(|| "root".into())
}

fn agent_socket(setting: Option<String>, tokens: &Tokens<'_>) -> Option<PathBuf> {
    match setting.as_deref() {
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

/// `%`-tokens of ssh_config(5) that occur in file names.
struct Tokens<'a> {
    home: &'a Path,
    host: &'a str,
    original: &'a str,
    user: &'a str,
    port: u16,
}

impl Tokens<'_> {
    fn expand(&self, word: &str) -> PathBuf {
        let mut text = String::new();
        let mut letters = word.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                text.push(letter);
                continue;
            }
            match letters.next() {
                Some('d') => text.push_str(&self.home.to_string_lossy()),
                Some('h') => text.push_str(self.host),
                Some('n') => text.push_str(self.original),
                Some('r') => text.push_str(self.user),
                Some('u') => text.push_str(&own_name()),
                Some('p') => text.push_str(&self.port.to_string()),
                Some('%') => text.push('%'),
                Some(other) => text.extend(['%', other]),
                None => text.push('%'),
            }
        }
        match text.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => PathBuf::from(text),
        }
    }
}

/// Asks `ssh -G`; `None` where there is no such program.
async fn ask(
    program: &Path,
    target: &Target,
    options: &Options,
) -> Result<Option<Lines>, ConnectFault> {
    let mut words = vec!["-G".to_owned()];
    if let Some(config) = &options.ssh_config {
        words.extend(["-F".to_owned(), config.to_string_lossy().into_owned()]);
    }
    if let Some(port) = target.port {
        words.extend(["-p".to_owned(), port.to_string()]);
    }
    if let Some(user) = &target.user {
        words.extend(["-l".to_owned(), user.clone()]);
    }
    words.extend(["--".to_owned(), target.host.clone()]);
    let cache = &options.shared.configs;
    if let Some(lines) = cache.lines.lock().await.get(&words) {
        return Ok(Some(lines.clone()));
    }
    let _permit = cache.running.acquire().await;
    let run = Command::new(program)
        .args(&words)
        .kill_on_drop(true)
        .output();
    let refused = |message: String| ConnectFault::Configuration {
        place: format!("ssh -G {}", target.host),
        message,
    };
    let output = match timeout(options.connect_timeout, run).await {
        Err(_) => {
            return Err(refused(
                "no answer; does ~/.ssh/config run a program (Match exec)?".into(),
            ));
        }
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(Err(error)) => return Err(refused(error.to_string())),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        return Err(refused(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    let lines: Lines = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    cache.lines.lock().await.insert(words, lines.clone());
    Ok(Some(lines))
}

async fn read(target: &Target, options: &Options, home: &Path) -> Result<Lines, ConnectFault> {
    let files = match &options.ssh_config {
        Some(file) => vec![file.clone()],
        None => vec![home.join(".ssh/config"), "/etc/ssh/ssh_config".into()],
    };
    let (host, home) = (target.host.clone(), home.to_owned());
    let reading =
        tokio::task::spawn_blocking(move || ssh_config::lines(&files, &host, &home, &read_files));
    reading.await.unwrap_or_else(|error| {
        Err(ConnectFault::Configuration {
            place: "~/.ssh/config".into(),
            message: error.to_string(),
        })
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the controller's own ~/.ssh/config"
)]
fn read_files(path: &Path) -> Vec<(PathBuf, String)> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let mut paths = vec![path.to_owned()];
    if let (Some(name), Some(folder)) =
        (name.filter(|name| name.contains(['*', '?'])), path.parent())
    {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        paths = entries
            .filter(|entry| super::pattern::matches(&name, &entry.file_name().to_string_lossy()))
            .map(|entry| entry.path())
            .collect();
        paths.sort();
    }
    let read = |path: PathBuf| std::fs::read_to_string(&path).ok().map(|text| (path, text));
    paths.into_iter().filter_map(read).collect()
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
