//! A plan as it is kept: what each step saw and would do, to be held against a later look.
use crate::dispatch::Plan;
use play_core::Outcome;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Every step that would do something, or of which that is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    pub steps: Vec<Step>,
}

/// One step on one host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub host: String,
    /// The task's number in the project.
    pub number: usize,
    /// `site.yml:12`.
    pub at: String,
    pub task: String,
    pub item: Option<String>,
    pub outcome: Outcome,
    /// Fingerprint of what it saw.
    pub saw: String,
    /// Fingerprint of what it would change, secrets masked.
    pub does: String,
}

impl Saved {
    pub(crate) fn of(plan: &Plan) -> Self {
        let acting = plan
            .iter()
            .filter(|(_, shown)| !matches!(shown.outcome, Outcome::Unchanged | Outcome::Skipped));
        let steps = acting.map(|((host, number, _), shown)| Step {
            host: host.clone(),
            number: *number,
            at: shown.at.clone(),
            task: without_keys(&shown.task),
            item: shown.item.as_deref().map(without_keys),
            outcome: shown.outcome,
            saw: shown.saw.clone(),
            does: digest(&shown.changes),
        });
        Self {
            steps: steps.collect(),
        }
    }

    /// How a later look differs, a line each; empty where it does not.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let key = |step: &Step| (step.host.clone(), step.number, step.item.clone());
        let mut words = Vec::new();
        // Items that are hidden have one name: the same step anywhere is the same.
        for step in self.steps.iter().filter(|step| !now.steps.contains(step)) {
            words.push(if now.steps.iter().any(|other| key(other) == key(step)) {
                format!(
                    "{}: `{}` ({}) finds something else there, or would do something else",
                    step.host, step.task, step.at
                )
            } else {
                format!(
                    "{}: `{}` ({}) has nothing to do any more",
                    step.host, step.task, step.at
                )
            });
        }
        for step in &now.steps {
            if !self.steps.iter().any(|other| key(other) == key(step)) {
                words.push(format!(
                    "{}: `{}` ({}) was not in the plan",
                    step.host, step.task, step.at
                ));
            }
        }
        words
    }
}

fn digest(changes: &[play_core::Diff]) -> String {
    let text = serde_json::to_string(changes).unwrap_or_default();
    format!("{:x}", Sha256::digest(without_keys(&text)))[..16].to_owned()
}

/// Masked spans carry a fingerprint that is another one in each run.
fn without_keys(text: &str) -> String {
    let mut pieces = text.split("‹secret ");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str("‹secret");
        out.push_str(piece.find('›').map_or(piece, |at| &piece[at..]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: usize, saw: &str) -> Step {
        Step {
            host: "a".into(),
            number,
            at: "s".into(),
            task: "t".into(),
            item: None,
            outcome: Outcome::Changed,
            saw: saw.into(),
            does: String::new(),
        }
    }

    #[test]
    fn a_host_that_moved_is_seen() {
        let saved = Saved {
            steps: vec![step(1, "x"), step(2, "x")],
        };
        assert!(saved.differences(&saved).is_empty());
        let now = Saved {
            steps: vec![step(1, "y"), step(3, "x")],
        };
        let words = saved.differences(&now);
        assert_eq!(words.len(), 3, "{words:?}");
        assert_eq!(without_keys("a ‹secret 0f› b"), "a ‹secret› b");
    }
}
