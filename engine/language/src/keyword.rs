//! "Did you mean": the nearest word to one that nobody knows.

/// The candidate nearest to `word`, where one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let limit = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, !holds(candidate, word), candidate.len()))
        .map(|(_, candidate)| candidate)
}

/// True where every letter of the word is in the candidate, in order: a letter left out is the commonest slip.
fn holds(candidate: &str, word: &str) -> bool {
    let mut letters = candidate.chars();
    word.chars()
        .all(|letter| letters.any(|other| other == letter))
}

/// The hint for it: "did you mean `state`?".
pub fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|found| format!("did you mean `{found}`?"))
}

/// Edits between two words: insertions, deletions, replacements and swaps of neighbours (Damerau's distance, restricted).
pub fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before = vec![0; other.len() + 1];
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, left) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in other.iter().enumerate() {
            let mut best = (last[j] + usize::from(left != right))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *left == other[j - 1] && one[i - 1] == *right {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
}

/// True for what can name a variable: letters, digits and `_`, not starting with a digit.
pub fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_within_reach() {
        assert_eq!(nearest("sttae", ["state", "name"]), Some("state"));
        assert_eq!(nearest("wehn", ["when", "name"]), Some("when"));
        assert_eq!(
            nearest("directroy", ["directory", "file"]),
            Some("directory")
        );
        assert_eq!(nearest("zebra", ["state", "name"]), None);
        assert_eq!(distance("abc", "acb"), 1);
    }
}
