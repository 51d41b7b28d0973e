//! Where a role comes from: URLs and paths that git is given, and those it never sees.

/// What stands in for Galaxy.
pub(super) const GALAXY: &str = "roles come from git repositories, not from Galaxy: write `src: https://…` (Galaxy's page of the role names its repository)";

const PROTOCOLS: &str = "https, ssh and file are there";

/// The role's name where nobody gives one: the last part, without `.git`.
pub(super) fn name(source: &str) -> &str {
    let source = source.trim_end_matches('/');
    let last = source.rsplit(['/', ':']).next().unwrap_or(source);
    last.strip_suffix(".git").unwrap_or(last)
}

/// The login in a URL.
pub(super) fn login(source: &str) -> Option<&str> {
    let (protocol, rest) = source.split_once("://")?;
    let authority = rest.split('/').next()?;
    let (login, _) = authority.rsplit_once('@')?;
    match (protocol, login.split_once(':')) {
        // A user, as every ssh URL has.
        ("ssh", None) => None,
        (_, Some((_, password))) => Some(password),
        (_, None) => Some(login),
    }
}

/// What is wrong, and the way out.
type Refusal = (String, &'static str);

pub(super) fn check(source: &str) -> Result<(), Refusal> {
    let refuse = |words: &str, hint| Err((words.to_owned(), hint));
    if source.starts_with('-') {
        return refuse("`src` begins with `-`", "a git URL or a path");
    }
    if source.is_empty() || source.contains(|one: char| one.is_control() || one == ' ') {
        return refuse(
            "`src` is empty, or has a space in it",
            "a git URL or a path",
        );
    }
    if login(source).is_some() {
        let hint = "git asks its credential helper, or say ssh://; what stands here stands in roles.lock, too";
        return refuse("`src` has a login in it", hint);
    }
    if let Some((protocol, rest)) = source.split_once("://") {
        return url(protocol, rest);
    }
    remote(source)
}

fn url(protocol: &str, rest: &str) -> Result<(), Refusal> {
    if !matches!(protocol, "https" | "ssh" | "file") {
        let message = format!("roles are not fetched by `{protocol}`");
        return Err((message, PROTOCOLS));
    }
    if protocol == "file" && !rest.starts_with('/') {
        let message = "a `file` URL has three slashes: its path is a whole one".to_owned();
        return Err((message, "write `file:///srv/git/role`, or a path alone"));
    }
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    if host.starts_with('-') {
        return Err(("the host of `src` begins with `-`".into(), PROTOCOLS));
    }
    let archive = [".tar.gz", ".tgz", ".zip", ".tar"];
    if archive.iter().any(|end| rest.ends_with(end)) {
        let hint = "name the repository, and the tag as `version:`";
        return Err(("`src` is an archive, not a git repository".into(), hint));
    }
    Ok(())
}

/// `git@host:role.git`, or a path.
fn remote(source: &str) -> Result<(), Refusal> {
    let first = source.split('/').next().unwrap_or(source);
    // gitremote-helpers(7): `ext::…` starts programs.
    if let Some((word, _)) = first.split_once("::")
        && word.chars().all(|one| one.is_ascii_alphanumeric())
    {
        return Err((format!("roles are not fetched by `{word}`"), PROTOCOLS));
    }
    let host = first.split_once(':').map(|(host, _)| host);
    let host = host.map(|host| host.split_once('@').map_or(host, |(_, host)| host));
    if host.is_some_and(|host| host.starts_with('-')) {
        return Err(("the host of `src` begins with `-`".into(), PROTOCOLS));
    }
    let is_path = source.contains('/') || source.starts_with('.');
    if host.is_none() && !is_path {
        return Err((format!("`{source}` is no git URL and no path"), GALAXY));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_paths_of_repositories_and_nothing_that_git_takes_for_more() {
        let fine = [
            "https://git.example/web.git",
            "ssh://git@git.example/web",
            "git@git.example:team/web.git",
            "../web",
            "/srv/git/web",
            "file:///srv/git/web",
        ];
        for source in fine {
            assert_eq!(check(source), Ok(()), "{source}");
        }
        let refused = [
            "-u/x",
            "ext::sh -c",
            "ext::x/y",
            "http://git.example/web",
            "git://git.example/web",
            "file://web",
            "ssh://-oProxyCommand=x/y",
            "ssh://a@-oProxyCommand=x/y",
            "-oProxyCommand=x:y/z",
            "a@-oProxyCommand=x:y/z",
            "https://token@git.example/web",
            "https://me:word@git.example/web",
            "ssh://me:word@git.example/web",
            "https://git.example/web.tar.gz",
            "geerlingguy.nginx",
            "",
            "a/b\nc",
        ];
        for source in refused {
            assert!(check(source).is_err(), "{source}");
        }
        assert_eq!(name("git@git.example:web.git"), "web");
        assert_eq!(name("https://git.example/team/web/"), "web");
    }
}
