//! What expressions and templates ask of the world around them.
use crate::vault::Recipe;
use play_core::{Diagnostic, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// Variables by name, and the lookups that read the controller.
pub(crate) trait Names {
    /// A variable, rendered. None where nobody defines it.
    fn find(&self, name: &str) -> Result<Option<Arc<Value>>, Box<Diagnostic>>;

    /// A variable, or a part of one, that is there as a value and need not be made: how many steps of the path it takes, and the
    /// value. Only saves copies of what is large; None says nothing.
    fn held(&self, _host: Option<&str>, _path: &[String]) -> Option<(usize, Cow<'_, Value>)> {
        None
    }

    /// A variable as another host sees it.
    fn host_variable(&self, host: &str, name: &str) -> Result<Option<Arc<Value>>, Box<Diagnostic>>;

    fn hosts(&self) -> Vec<String>;

    /// Every name there is, for "did you mean".
    fn known(&self) -> Vec<String>;

    /// A variable of the environment `play` was started in.
    fn environment(&self, name: &str) -> Option<String>;

    /// The text of a file on the controller, found beside the role or playbook.
    fn file(&self, path: &str) -> Result<String, String>;

    /// A secret that is made once, unknown where it is not made yet.
    fn secret(&self, _name: &str, _recipe: &Recipe) -> Result<Value, String> {
        Err("there is no vault here".into())
    }

    /// Something was made of these values: where they hold secrets, so does it.
    fn derive(&self, _from: &[&Value], _made: &Value) {}

    /// The rendered text of a template file on the controller.
    fn template(&self, path: &str) -> Result<String, Box<Diagnostic>>;
}

/// The known names most like a name nobody defines: at most three.
pub(crate) fn near(name: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    let limit = (name.chars().count() / 3).max(1);
    let mut found: Vec<(usize, String)> = known
        .into_iter()
        .filter(|candidate| candidate != name)
        .map(|candidate| (distance(name, &candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    found.sort();
    found.dedup();
    found
        .into_iter()
        .take(3)
        .map(|(_, candidate)| candidate)
        .collect()
}

/// "did you mean `a` or `b`?", where anything is near.
pub(crate) fn suggestion(name: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    let near = near(name, known);
    if near.is_empty() {
        return None;
    }
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("did you mean {}?", near.join(" or ")))
}

/// Edits between two words, swaps of neighbours counting one (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
