//! Telling what happened: reports of tasks, masked.
use super::{Dispatcher, Shown};
use crate::graph::{Section, Step};
use crate::prepared::Prepared;
use petgraph::graph::NodeIndex;
use play_core::event::TaskReport;
use play_core::message::{Mode, Report};
use play_core::{Diff, Event, Fault, Outcome, Value};

/// How one item ended, once everything about it is judged.
pub(super) struct Judged {
    pub outcome: Outcome,
    pub message: Option<String>,
    pub ignored: bool,
    pub report: Report,
}

impl Dispatcher<'_> {
    /// Tells of one item of a task.
    pub(super) fn tell(
        &mut self,
        node: NodeIndex,
        prepared: &Prepared,
        item: Option<usize>,
        judged: &Judged,
    ) {
        let graph = self.graph.clone();
        let Some(step) = graph.step(node) else { return };
        let turn = item.and_then(|item| turn(prepared, item));
        let report = self.report(step, prepared, item, turn.as_ref(), judged);
        if !self.settings.acts_on(&step.host) {
            return self.tell_unmet(node, &report);
        }
        self.remember(step.task.id, &report, &judged.report.fingerprint, turn);
        let event = if self.mode == Mode::Check {
            Event::TaskPlanned(report)
        } else {
            Event::TaskFinished(report)
        };
        self.emit(&event);
    }

    /// What is told: nothing secret, and little where the task says so.
    fn report(
        &self,
        step: &Step,
        prepared: &Prepared,
        item: Option<usize>,
        turn: Option<&String>,
        judged: &Judged,
    ) -> TaskReport {
        let project = self.language.project();
        let no_log = step.task.no_log;
        let label = item.and_then(|item| prepared.items.get(item)?.label.as_ref());
        let shown = |text: &str, instead: &str| {
            if no_log {
                instead.to_owned()
            } else {
                self.mask.text(text)
            }
        };
        let change = |diff: &Diff| self.masked(if no_log { hidden(diff) } else { diff.clone() });
        TaskReport {
            host: step.host.clone(),
            play: project.plays[step.play].name.clone(),
            task: self.mask.text(&prepared.name),
            role: step.task.role.map(|role| project.roles[role].name.clone()),
            module: step.task.module.clone(),
            at: format!("{}:{}", step.task.place.file, step.task.place.line),
            item: label.map(|label| shown(label, "(hidden by no_log)")),
            order: step.order,
            outcome: judged.outcome,
            changes: judged.report.changes.iter().map(change).collect(),
            notes: judged
                .report
                .notes
                .iter()
                .map(|note| self.mask.text(note))
                .collect(),
            message: judged
                .message
                .as_deref()
                .map(|words| shown(words, "hidden by no_log")),
            handler: step.handler.is_some(),
            ignored: judged.ignored,
            differs: self.differs(step, turn, judged),
            to_run: self.mode == Mode::Check
                && judged.outcome == Outcome::Unchanged
                && !judged.report.changes.is_empty()
                && step.task.check_mode.is_none()
                && self.settings.acts_on(&step.host),
            elapsed_ms: judged.report.elapsed_ms,
            output: if no_log {
                Value::Null
            } else {
                self.mask.value(&judged.report.output)
            },
        }
    }

    /// A step of a host outside the limit is only looked at; told where it is not in place.
    fn tell_unmet(&mut self, node: NodeIndex, report: &TaskReport) {
        if self.mode == Mode::Apply
            || !self.settings.part.needed.contains(&node)
            || matches!(report.outcome, Outcome::Unchanged | Outcome::Skipped)
        {
            return;
        }
        let words = match report.outcome {
            Outcome::Changed => "is not in place there".to_owned(),
            outcome => format!(
                "is {outcome} there{}",
                report
                    .message
                    .as_ref()
                    .map_or_else(String::new, |message| format!(": {message}"))
            ),
        };
        let message = format!(
            "`{}` ({}), which the limited hosts need, {words}; --with-needs includes it",
            report.task, report.at
        );
        let host = report.host.clone();
        if self.told_unmet.insert((host.clone(), message.clone())) {
            self.emit(&Event::Note {
                host: Some(host),
                message,
            });
        }
    }

    pub(super) fn emit(&mut self, event: &Event) {
        self.recap.add(event);
        self.reporter.on(event);
    }

    fn masked(&self, mut diff: Diff) -> Diff {
        diff.mask(&self.mask);
        diff
    }

    /// What was done is not what the plan showed, although the plan was sure.
    fn differs(&self, step: &Step, turn: Option<&String>, judged: &Judged) -> bool {
        // Whether a rescue runs, no plan can say.
        let rescue = step
            .guards
            .iter()
            .any(|guard| guard.section == Section::Rescue);
        if self.mode == Mode::Check || rescue || self.unforeseen.contains(&step.task.id) {
            return false;
        }
        match self
            .plan
            .get(&(step.host.clone(), step.task.id, turn.cloned()))
        {
            Some(shown)
                if shown.outcome == Outcome::Unknown
                    || shown.unsure
                    || shown.changes.iter().any(Diff::is_guess) =>
            {
                false
            }
            Some(shown) => {
                let same_kind = |one: &Diff, two: &Diff| {
                    one.resource == two.resource && one.action == two.action
                };
                let changed = judged.outcome == Outcome::Changed;
                judged.outcome != Outcome::Failed
                    && (shown.outcome != judged.outcome
                        || changed && shown.changes.len() != judged.report.changes.len()
                        || changed
                            && shown
                                .changes
                                .iter()
                                .zip(&judged.report.changes)
                                .any(|(one, two)| !same_kind(one, two)))
            }
            // What an include brought that the plan did not know may have notified it.
            None if step.handler.is_some() && self.unsettled.contains_key(&step.host) => false,
            None => judged.outcome == Outcome::Changed,
        }
    }

    fn remember(&mut self, task: usize, report: &TaskReport, saw: &str, turn: Option<String>) {
        if self.mode == Mode::Check {
            let shown = Shown {
                task: report.task.clone(),
                item: report.item.clone(),
                at: report.at.clone(),
                saw: saw.to_owned(),
                outcome: report.outcome,
                changes: report.changes.clone(),
                unsure: report
                    .notes
                    .iter()
                    .any(|note| note.contains("known after ")),
            };
            self.plan.insert((report.host.clone(), task, turn), shown);
        }
    }
}

/// What tells an item from the others of its loop: its label, and how many before it have the same.
fn turn(prepared: &Prepared, item: usize) -> Option<String> {
    let label = prepared.items.get(item)?.label.as_ref()?;
    let before = &prepared.items[..item];
    let same = before
        .iter()
        .filter(|one| one.label.as_ref() == Some(label));
    match same.count() {
        0 => Some(label.clone()),
        count => Some(format!("{label}, and {count} before it")),
    }
}

/// That it changed, and nothing more.
fn hidden(diff: &Diff) -> Diff {
    Diff {
        body: play_core::DiffBody {
            lines: vec!["(hidden by no_log)".into()],
            ..Default::default()
        },
        ..diff.clone()
    }
}

/// A fault in words.
pub(super) fn words(fault: &Fault) -> String {
    fault.to_string()
}
