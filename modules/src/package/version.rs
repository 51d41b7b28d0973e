//! The order of Debian's versions, deb-version(7).
use std::cmp::Ordering;

/// Which of two versions is newer.
pub(super) fn compare(one: &str, two: &str) -> Ordering {
    let (epoch, one) = epoch(one);
    let (epoch2, two) = self::epoch(two);
    epoch.cmp(&epoch2).then_with(|| {
        let (upstream, revision) = one.rsplit_once('-').unwrap_or((one, "0"));
        let (upstream2, revision2) = two.rsplit_once('-').unwrap_or((two, "0"));
        part(upstream, upstream2).then_with(|| part(revision, revision2))
    })
}

fn epoch(version: &str) -> (u64, &str) {
    version
        .split_once(':')
        .and_then(|(epoch, rest)| Some((epoch.parse().ok()?, rest)))
        .unwrap_or((0, version))
}

/// Stretches of other characters and of digits are compared in turn.
fn part(mut one: &str, mut two: &str) -> Ordering {
    while !one.is_empty() || !two.is_empty() {
        let (words, rest) = split(one, |c| !c.is_ascii_digit());
        let (words2, rest2) = split(two, |c| !c.is_ascii_digit());
        let (digits, rest) = split(rest, |c| c.is_ascii_digit());
        let (digits2, rest2) = split(rest2, |c| c.is_ascii_digit());
        let order = letters(words, words2).then_with(|| number(digits, digits2));
        if order != Ordering::Equal {
            return order;
        }
        (one, two) = (rest, rest2);
    }
    Ordering::Equal
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// `~` sorts before the end, the end before letters, letters before the rest.
fn letters(one: &str, two: &str) -> Ordering {
    let weight = |c: Option<char>| match c {
        Some('~') => -1,
        None => 0,
        Some(c) if c.is_ascii_alphabetic() => i64::from(u32::from(c)),
        Some(c) => i64::from(u32::from(c)) + 256,
    };
    let length = one.chars().count().max(two.chars().count());
    let padded = |text: &str| -> Vec<i64> {
        let mut characters = text.chars();
        (0..length).map(|_| weight(characters.next())).collect()
    };
    padded(one).cmp(&padded(two))
}

fn number(one: &str, two: &str) -> Ordering {
    let (one, two) = (one.trim_start_matches('0'), two.trim_start_matches('0'));
    one.len().cmp(&two.len()).then_with(|| one.cmp(two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_dpkgs() {
        for (older, newer) in [
            ("1.2~rc1", "1.2"),
            ("1.9", "1.10"),
            ("1.2-1", "1.2-1+deb12u1"),
            ("9.9", "1:0.1"),
            ("1.2", "1.2a"),
        ] {
            assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(compare(newer, older), Ordering::Greater);
        }
        assert_eq!(compare("1.02", "1.2"), Ordering::Equal);
    }
}
