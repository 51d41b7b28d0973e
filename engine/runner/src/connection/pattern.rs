//! Host patterns of known_hosts and ~/.ssh/config: `*`, `?`, and `!` before one that excludes.

/// Whether `pattern` with `*` and `?` matches all of `text`, letter case aside.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase().into_bytes();
    let text = text.to_ascii_lowercase().into_bytes();
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => match star {
                Some((back, from)) => {
                    star = Some((back, from + 1));
                    at = back + 1;
                    seen = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

/// Whether a list matches: one that is not negated does, and none that is.
pub(crate) fn any<'a>(patterns: impl IntoIterator<Item = &'a str>, text: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(excluded) if matches(excluded, text) => return false,
            Some(_) => {}
            None => found |= matches(pattern, text),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_ssh() {
        for (pattern, text, wanted) in [
            ("web1", "WEB1", true),
            ("web?", "web1", true),
            ("web?", "web", false),
            ("*", "", true),
            ("*.example.net", "a.b.example.net", true),
            ("*.example.net", "example.net", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("[10.0.0.?]:22*", "[10.0.0.7]:2222", true),
        ] {
            assert_eq!(matches(pattern, text), wanted, "{pattern} {text}");
        }
        assert!(any(["*", "!bad"], "good") && !any(["*", "!bad"], "bad"));
        assert!(!any(["!bad"], "good"));
    }
}
