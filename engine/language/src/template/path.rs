//! Paths of handlebars: `user.name`, `ports.[0]`, `../name`, `@index`, `this`, `@root.name`.

/// Where a path begins and the steps it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// How many blocks outwards.
    pub(crate) up: usize,
    pub(crate) start: Start,
    pub(crate) steps: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// A name: block parameter, field of what the block is about, or variable.
    Name,
    /// `this`, or `./x`: what the block is about.
    This,
    /// `@index` and the like.
    Local,
    /// `@root.x`: variables only.
    Root,
}

/// Reads a path as handlebars' grammar has accepted it.
pub(crate) fn parse_path(raw: &str) -> Path {
    let mut rest = raw.trim();
    let mut up = 0;
    let mut start = Start::Name;
    if let Some(inner) = rest.strip_prefix("@root")
        && (inner.is_empty() || inner.starts_with(['.', '/']))
    {
        start = Start::Root;
        rest = inner.trim_start_matches(['.', '/']);
    }
    if let Some(inner) = rest.strip_prefix('@') {
        start = Start::Local;
        rest = inner;
    }
    while let Some(inner) = rest.strip_prefix("../") {
        up += 1;
        rest = inner;
    }
    if rest == ".." {
        (up, start, rest) = (up + 1, Start::This, "");
    }
    for prefix in ["this.", "this/", "./"] {
        if let Some(inner) = rest.strip_prefix(prefix) {
            (start, rest) = (Start::This, inner);
        }
    }
    if matches!(rest, "this" | ".") && start == Start::Name {
        (start, rest) = (Start::This, "");
    }
    Path {
        up,
        start,
        steps: steps(rest),
    }
}

fn steps(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').unwrap_or(inner.len());
            out.push(inner[..end].to_owned());
            rest = inner.get(end + 1..).unwrap_or_default();
        } else {
            let end = rest.find(['.', '/']).unwrap_or(rest.len());
            out.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.strip_prefix(['.', '/']).unwrap_or(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let path = |raw: &str| {
            let path = parse_path(raw);
            (path.up, path.start, path.steps.join("|"))
        };
        assert_eq!(path("a.b.[c d].0"), (0, Start::Name, "a|b|c d|0".into()));
        assert_eq!(path("../../x"), (2, Start::Name, "x".into()));
        assert_eq!(path("this"), (0, Start::This, String::new()));
        assert_eq!(path("this.x"), (0, Start::This, "x".into()));
        assert_eq!(path("@index"), (0, Start::Local, "index".into()));
        assert_eq!(path("@../key"), (1, Start::Local, "key".into()));
        assert_eq!(path("@root.a"), (0, Start::Root, "a".into()));
        assert_eq!(path("thisthing"), (0, Start::Name, "thisthing".into()));
    }
}
