//! Paths as text: absolute, without `.` and `..`.

/// The folders a path lies in, outermost first, without `/` itself: `/a`, `/a/b` for `/a/b/c`.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .map(|(at, _)| &path[..at])
        .filter(|folder| !folder.is_empty())
}

/// A link's target, seen from the folder the link lies in.
pub(super) fn joined(link: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.trim_end_matches('/').to_owned();
    }
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_are_outermost_first() {
        assert_eq!(ancestors("/a/b/c").collect::<Vec<_>>(), ["/a", "/a/b"]);
        assert_eq!(joined("/a/b/link", "../x"), "/a/x");
    }
}
