//! `until`: a task is tried again until its result is as wanted, or its tries are over.
use super::conclude::{unknown, wrong};
use super::tell::Judged;
use super::{Dispatcher, Running};
use crate::graph::Step;
use crate::language::Decision;
use crate::registered;
use crate::worker::Incoming;
use petgraph::graph::NodeIndex;
use play_core::message::Mode;
use play_core::{Outcome, Value};
use play_language::play::Until;

impl Dispatcher<'_> {
    /// `until`: another try, after a pause, where the conditions do not hold yet.
    pub(super) fn tries_again(
        &mut self,
        node: NodeIndex,
        step: &Step,
        running: &Running,
        judged: &[Option<Judged>],
    ) -> bool {
        let Some(until) = &step.task.until else {
            return false;
        };
        if self.mode == Mode::Check || running.tries > running.prepared.retries {
            return false;
        }
        let mut items = judged.iter().enumerate();
        if items.all(|(at, item)| {
            item.as_ref().is_some_and(|item| {
                matches!(self.until(until, step, running, at, item), Decision::Yes)
            })
        }) {
            return false;
        }
        self.tries.insert(node, running.tries);
        let (sender, delay) = (
            self.sender.clone(),
            std::time::Duration::from_secs_f64(running.prepared.delay.max(0.0)),
        );
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            drop(sender.send(Incoming::Again { node }));
        });
        true
    }

    /// Whether an item is as `until` has it.
    fn until(
        &self,
        until: &Until,
        step: &Step,
        running: &Running,
        at: usize,
        item: &Judged,
    ) -> Decision {
        match item.outcome {
            Outcome::Skipped => Decision::Yes,
            Outcome::Failed if until.conditions.is_empty() => Decision::No,
            _ if until.conditions.is_empty() => Decision::Yes,
            _ => {
                let value = registered::value(&item.report, item.outcome);
                self.decide(&until.conditions, step, &running.prepared, at, &value)
            }
        }
    }

    /// What is not as `until` has it after the last try has failed; how many tries it took is part of the answer.
    pub(super) fn judge_tries(
        &self,
        step: &Step,
        running: &Running,
        judged: &mut [Option<Judged>],
    ) {
        let Some(until) = &step.task.until else {
            return;
        };
        for (at, item) in judged.iter_mut().enumerate() {
            let Some(item) = item
                .as_mut()
                .filter(|item| !matches!(item.outcome, Outcome::Skipped | Outcome::Unknown))
            else {
                continue;
            };
            let decision = self.until(until, step, running, at, item);
            if let Value::Object(output) = &mut item.report.output {
                output.insert("attempts".into(), running.tries.into());
            }
            let tries = running.tries;
            match decision {
                Decision::Yes | Decision::Unknown(_) => {}
                // A real run tries again, which is what the task is written for.
                _ if self.mode == Mode::Check => unknown(item, "further tries"),
                Decision::Wrong(words) => wrong(item, &words),
                Decision::No => {
                    let texts = until.conditions.iter();
                    let texts: Vec<&str> = texts.map(|condition| condition.text.as_str()).collect();
                    let words = format!(
                        "until does not hold after {tries} tries: {}",
                        texts.join(" and ")
                    );
                    if item.outcome != Outcome::Failed {
                        wrong(item, &words);
                    }
                }
            }
        }
    }
}
