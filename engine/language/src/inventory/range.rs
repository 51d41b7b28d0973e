//! Ranges in host names: `web[01:50]`, `db-[a:f].example.org`, with a step as `[1:9:2]`.

/// Most hosts one entry may stand for: a slip such as `[1:1000000000]` must not fill the memory.
const MOST: usize = 100_000;

/// The names an entry stands for, in order; itself where it holds no range.
pub(crate) fn expand(text: &str) -> Result<Vec<String>, String> {
    let Some((before, inside, after)) = split(text) else {
        return Ok(vec![text.to_owned()]);
    };
    let rests = expand(after)?;
    let mut names = Vec::new();
    for piece in pieces(inside).map_err(|why| format!("`[{inside}]` is not a range: {why}"))? {
        if names.len() + rests.len() > MOST {
            return Err(format!("`{text}` stands for more than {MOST} hosts"));
        }
        names.extend(rests.iter().map(|rest| format!("{before}{piece}{rest}")));
    }
    Ok(names)
}

fn split(text: &str) -> Option<(&str, &str, &str)> {
    let open = text.find('[')?;
    let close = open + text[open..].find(']')?;
    let inside = &text[open + 1..close];
    inside
        .contains(':')
        .then(|| (&text[..open], inside, &text[close + 1..]))
}

fn pieces(inside: &str) -> Result<Vec<String>, String> {
    let parts: Vec<&str> = inside.split(':').collect();
    let (from, to, step) = match parts.as_slice() {
        [from, to] => (*from, *to, 1),
        [from, to, step] => (
            *from,
            *to,
            step.parse::<usize>().map_err(|_| "its step is no number")?,
        ),
        _ => return Err("write it as [first:last]".to_owned()),
    };
    let step = step.max(1);
    if let (Some(first), Some(last)) = (letter(from), letter(to)) {
        let names = (first..=last).step_by(step).map(|c| c.to_string());
        return ordered(names.collect());
    }
    let from_text = if from.is_empty() { "0" } else { from };
    let first: usize = from_text.parse().map_err(|_| "its first is no number")?;
    let last: usize = to.parse().map_err(|_| "its last is no number")?;
    if last.saturating_sub(first) / step >= MOST {
        return Err(format!("more than {MOST} hosts"));
    }
    let width = if from_text.starts_with('0') {
        from_text.len()
    } else {
        0
    };
    let names = (first..=last).step_by(step).map(|n| format!("{n:0width$}"));
    ordered(names.collect())
}

fn letter(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let first = characters.next()?;
    (first.is_ascii_alphabetic() && characters.next().is_none()).then_some(first)
}

fn ordered(names: Vec<String>) -> Result<Vec<String>, String> {
    if names.is_empty() {
        return Err("its last comes before its first".to_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_width() {
        assert_eq!(
            expand("web[08:10].x").unwrap(),
            ["web08.x", "web09.x", "web10.x"]
        );
        assert_eq!(expand("n[1:5:2]").unwrap(), ["n1", "n3", "n5"]);
        assert_eq!(expand("db-[a:c]").unwrap(), ["db-a", "db-b", "db-c"]);
        assert_eq!(
            expand("r[1:2]n[1:2]").unwrap(),
            ["r1n1", "r1n2", "r2n1", "r2n2"]
        );
        assert_eq!(expand("plain").unwrap(), ["plain"]);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        assert!(expand("web[9:1]").is_err());
        assert!(expand("web[x:1]").is_err());
        assert!(expand("web[1:9999999999]").is_err());
    }
}
