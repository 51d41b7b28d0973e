//! The way to a host: each machine a connection passes, the host itself last.
use super::settings::Settings;
use super::{ConnectFault, Options, Target};
use std::future::Future;
use std::pin::Pin;

/// One machine of the way.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    pub(crate) settings: Settings,
}

impl Hop {
    /// `user@host:port`.
    pub(crate) fn label(&self) -> String {
        let Settings {
            user,
            host_name,
            port,
            ..
        } = &self.settings;
        format!("{user}@{}", written(host_name, *port))
    }
}

/// `host:port`, the colons of an IPv6 address in brackets.
pub(super) fn written(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Machines between us and a host: more are taken for a circle.
const LONGEST: usize = 8;

/// Looks up the host and, through `ProxyJump`, every machine before it.
pub(crate) async fn way(target: &Target, options: &Options) -> Result<Vec<Hop>, ConnectFault> {
    let hops = follow(target.clone(), options, 0).await?;
    Ok(hops)
}

type Following<'a> = Pin<Box<dyn Future<Output = Result<Vec<Hop>, ConnectFault>> + Send + 'a>>;

fn follow(target: Target, options: &Options, depth: usize) -> Following<'_> {
    Box::pin(async move {
        if depth > LONGEST {
            return Err(ConnectFault::Configuration {
                place: target.name.clone(),
                message: "its jump hosts lead in a circle; `proxy_jump: none` ends one".into(),
            });
        }
        let settings = Settings::of(&target, options).await?;
        let jumps = settings.proxy_jump.clone().filter(|jumps| jumps != "none");
        let mut hops = Vec::new();
        for (position, word) in jumps.iter().flat_map(|jumps| jumps.split(',')).enumerate() {
            let mut jump = parse(word.trim(), options)?;
            if position > 0 {
                // The one before it in the list is its way.
                jump.proxy_jump = Some("none".into());
            }
            hops.extend(follow(jump, options, depth + 1).await?);
        }
        hops.push(Hop { settings });
        Ok(hops)
    })
}

/// `[ssh://][user@]host[:port]`, an inventory name first.
fn parse(word: &str, options: &Options) -> Result<Target, ConnectFault> {
    let word = word
        .strip_prefix("ssh://")
        .unwrap_or(word)
        .trim_end_matches('/');
    let (user, rest) = match word.rsplit_once('@') {
        Some((user, rest)) => (Some(user.to_owned()), rest),
        None => (None, word),
    };
    let (host, port) = match (rest.strip_prefix('['), rest.rsplit_once(':')) {
        (Some(inner), _) => {
            let (host, after) = inner.split_once(']').unwrap_or((inner, ""));
            (host, after.strip_prefix(':'))
        }
        (None, Some((host, port))) if !host.contains(':') => (host, Some(port)),
        _ => (rest, None),
    };
    let port = match port.map(str::parse) {
        None => None,
        Some(Ok(port)) => Some(port),
        Some(Err(_)) => {
            return Err(ConnectFault::Configuration {
                place: format!("jump host {word}"),
                message: "what follows the colon is not a port".into(),
            });
        }
    };
    let mut target = match options.inventory.get(host) {
        Some(known) => known.clone(),
        None => Target::ssh(host),
    };
    // A password is one account's on one sshd.
    let own = (user.is_none() || user == target.user) && (port.is_none() || port == target.port);
    target.password = target.password.filter(|_| own);
    target.user = user.or(target.user);
    target.port = port.or(target.port);
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AgentImage, Password};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn options() -> Options {
        let mut options = Options::new(AgentImage {
            gzip: b"",
            sha256: "",
        });
        options.ssh_program = None;
        options.ssh_config = Some("/nonexistent".into());
        let mut known = Target::ssh("vps1");
        known.host = "203.0.113.1".into();
        known.user = Some("root".into());
        let mut circle = Target::ssh("circle");
        circle.proxy_jump = Some("circle".into());
        let all = [known, circle].map(|target| (target.name.clone(), target));
        options.inventory = Arc::new(BTreeMap::from(all));
        options
    }

    #[tokio::test]
    async fn jumps_are_followed() {
        for (jump, wanted) in [
            ("ada@a:2222", "ada@a:2222 me@t:22"),
            ("ada@[::1]:2222,bob@b", "ada@[::1]:2222 bob@b:22 me@t:22"),
            ("eve@fd00::2", "eve@[fd00::2]:22 me@t:22"),
            ("vps1", "root@203.0.113.1:22 me@t:22"),
            ("eve@vps1:1", "eve@203.0.113.1:1 me@t:22"),
            ("none", "me@t:22"),
        ] {
            let mut target = Target::ssh("t");
            target.user = Some("me".into());
            target.proxy_jump = Some(jump.into());
            let way = way(&target, &options()).await.unwrap();
            let labels: Vec<String> = way.iter().map(Hop::label).collect();
            assert_eq!(labels.join(" "), wanted);
        }
    }

    #[tokio::test]
    async fn a_jump_host_is_given_its_own_password_and_no_other() {
        let mut options = options();
        let mut known = options.inventory["vps1"].clone();
        known.password = Some(Password::new("hers"));
        options.inventory = Arc::new(BTreeMap::from([("vps1".to_owned(), known)]));
        let mut target = Target::ssh("t");
        target.password = Some(Password::new("his"));
        for (jump, wanted) in [
            ("vps1", Some("hers")),
            ("root@vps1", Some("hers")),
            ("eve@vps1", None),
            ("vps1:2222", None),
            ("stranger", None),
        ] {
            target.proxy_jump = Some(jump.into());
            let way = way(&target, &options).await.unwrap();
            let of = |hop: &Hop| hop.settings.password.clone();
            assert_eq!(of(&way[0]), wanted.map(Password::new), "{jump}");
            assert_eq!(of(&way[1]), Some(Password::new("his")));
        }
    }

    #[tokio::test]
    async fn a_circle_is_refused() {
        let mut target = Target::ssh("t");
        target.proxy_jump = Some("circle".into());
        let fault = way(&target, &options()).await.unwrap_err();
        assert!(fault.to_string().contains("circle"), "{fault}");
    }
}
