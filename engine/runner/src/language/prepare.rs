//! A task made ready for one host.
use super::Language;
use crate::graph::Step;
use crate::prepared::{Item, Prepared, Problem, Verdict};
use play_core::message::Mode;
use play_core::{Diagnostic, Value, unknown};
use play_language::play::{Notify, Task};
use play_language::render::{self, Items, Rendered};
use play_language::{Learned, Scope, Truth, keyword, notified};

impl Language<'_> {
    /// The task rendered for its host, its conditions judged, its loop laid out.
    pub fn prepare(&self, learned: &Learned, step: &Step, mode: Mode) -> Result<Prepared, Problem> {
        let scope = self.scope(learned, step, mode);
        let play = &self.project.plays[step.play];
        let mut prepared = Prepared {
            name: render::name(&scope, step.task),
            ..Prepared::default()
        };
        let Some(repeat) = &step.task.repeat else {
            let item = self.item(&scope, step, None, Vec::new(), &mut prepared)?;
            prepared.items.push(item);
            Self::finish(&scope, step, &mut prepared)?;
            return Ok(prepared);
        };
        prepared.looped = true;
        let items = render::items(
            &scope,
            self.project,
            &play.folder,
            self.loader,
            step.task,
            repeat,
        );
        // A condition that speaks of no item may say that there is nothing to loop over at all.
        if let Ok((Truth::False, text)) = render::when(&scope, step.task) {
            leave_out(&mut prepared, text, items.ok());
            return Ok(prepared);
        }
        match items.map_err(Problem::Wrong)? {
            Items::Unknown(reason) => return Err(Problem::Unknown(reason)),
            Items::Known(turns) => {
                let mut set = Vec::new();
                for turn in turns {
                    let scope = self
                        .scope(learned, step, mode)
                        .with_all(&set)
                        .with_all(&turn.variables);
                    let item = self.item(
                        &scope,
                        step,
                        Some(turn.label),
                        turn.variables,
                        &mut prepared,
                    )?;
                    set.extend(self.set_so_far(step, &item));
                    prepared.items.push(item);
                }
            }
        }
        Self::finish(&scope, step, &mut prepared)?;
        Ok(prepared)
    }

    /// What a turn of a loop sets is there in the turns after it: `all: "{{ all | default([]) + [item] }}"`.
    fn set_so_far(&self, step: &Step, item: &Item) -> Vec<(String, Value)> {
        if step.task.module != "set_fact" || item.is_skipped() {
            return Vec::new();
        }
        // Only `-e` is above what a task sets.
        let given = |name: &String| self.project.extra.iter().any(|one| one.name == *name);
        let facts = item.arguments.as_object().into_iter().flatten();
        facts
            .filter(|(name, _)| *name != "cacheable" && !given(name))
            .map(|(name, value)| match &item.verdict {
                Verdict::Maybe(reason) => (name.clone(), unknown::mark(reason).into()),
                _ => (name.clone(), value.clone()),
            })
            .collect()
    }

    fn item(
        &self,
        scope: &Scope,
        step: &Step,
        label: Option<String>,
        bindings: Vec<(String, Value)>,
        prepared: &mut Prepared,
    ) -> Result<Item, Problem> {
        let (truth, text) = render::when(scope, step.task).map_err(Problem::Wrong)?;
        let verdict = match truth {
            Truth::True => Verdict::Run,
            Truth::False => {
                return Ok(Item {
                    label,
                    bindings,
                    ..skipped(text, Value::Null)
                });
            }
            Truth::Unknown(reason) => Verdict::Maybe(reason),
        };
        // `that` of assert holds conditions, not templates: it is judged, not rendered.
        let play = &self.project.plays[step.play];
        let rendered =
            match render::render(scope, self.project, &play.folder, self.loader, step.task) {
                Ok(rendered) => rendered,
                Err(diagnostic) => match verdict {
                    // What only that condition makes possible cannot be rendered before it is known.
                    Verdict::Maybe(reason) => return Err(Problem::Unknown(reason)),
                    _ => return Err(wrong(diagnostic)),
                },
            };
        let notify = self.notified(scope, step, &rendered.notify)?;
        let filled = self.fill(step, label, bindings, verdict, rendered, prepared);
        Ok(Item { notify, ..filled })
    }

    fn fill(
        &self,
        step: &Step,
        label: Option<String>,
        bindings: Vec<(String, Value)>,
        verdict: Verdict,
        rendered: Rendered,
        prepared: &mut Prepared,
    ) -> Item {
        if prepared.items.is_empty() {
            prepared.name.clone_from(&rendered.name);
        }
        prepared.blobs.extend(rendered.blobs);
        let host = rendered.delegate_to.as_ref().unwrap_or(&step.host);
        Item {
            label,
            bindings,
            verdict,
            arguments: rendered.arguments,
            environment: rendered.environment,
            acts_as: self.acts_as(host, &rendered.escalation),
            on: rendered.delegate_to,
            irreversible: rendered.irreversible,
            notify: Vec::new(),
        }
    }

    /// Handlers of an item: those told before, and those whose name, or the name notified, had to be rendered.
    fn notified(
        &self,
        scope: &Scope,
        step: &Step,
        names: &[String],
    ) -> Result<Vec<usize>, Problem> {
        let known = step.task.notify.iter().filter_map(|notify| match notify {
            Notify::Handlers(indexes) => Some(indexes),
            Notify::Late(_) => None,
        });
        let mut found: Vec<usize> = known.flatten().copied().collect();
        found.extend(self.late(scope, step, names)?);
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn late(&self, scope: &Scope, step: &Step, names: &[String]) -> Result<Vec<usize>, Problem> {
        let handlers = &self.project.plays[step.play].handlers;
        let title = |handler: &Task| render::name(scope, handler);
        let mut found = Vec::new();
        for name in names {
            if unknown::within(&Value::String(name.clone())).is_some() {
                continue;
            }
            let some = notified(self.project, handlers, step.task.role, name, &title);
            if some.is_empty() {
                let titles: Vec<String> = handlers.iter().map(title).collect();
                let mut wrong =
                    Diagnostic::error(format!("no handler `{name}`")).at(&step.task.place);
                wrong.hint = keyword::hint(name, titles.iter().map(String::as_str));
                return Err(Problem::Wrong(wrong));
            }
            found.extend(some);
        }
        Ok(found)
    }

    fn finish(scope: &Scope, step: &Step, prepared: &mut Prepared) -> Result<(), Problem> {
        if let Some(condition) = &step.task.ignore_errors {
            prepared.ignore_errors = matches!(scope.condition(condition), Ok(Truth::True));
        }
        if let Some(until) = &step.task.until {
            let number = |node| {
                scope
                    .render(node)
                    .map(|value| as_number(&value))
                    .map_err(Problem::Wrong)
            };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count users write"
            )]
            {
                prepared.retries = number(&until.retries)?.clamp(0.0, 1e6) as u32;
            }
            prepared.delay = number(&until.delay)?;
        }
        Ok(())
    }
}

/// The whole loop is skipped, and told as one; `register` gets the turns it would have had.
fn leave_out(prepared: &mut Prepared, condition: Option<String>, items: Option<Items>) {
    prepared.items.push(skipped(condition, Value::Null));
    prepared.looped = false;
    if let Some(Items::Known(turns)) = items {
        prepared.left_out = Some(turns.into_iter().map(|turn| turn.variables).collect());
    }
}

fn as_number(value: &Value) -> f64 {
    value
        .as_f64()
        .or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
        .unwrap_or(0.0)
}

fn skipped(text: Option<String>, arguments: Value) -> Item {
    let condition = text.map_or_else(
        || "its condition does not hold".to_owned(),
        |text| format!("not {text}"),
    );
    Item {
        label: None,
        bindings: Vec::new(),
        verdict: Verdict::Skip(condition),
        arguments,
        environment: Vec::new(),
        acts_as: None,
        on: None,
        irreversible: None,
        notify: Vec::new(),
    }
}

/// A mistake that is only one because something is not known yet is an unknown.
fn wrong(diagnostic: Diagnostic) -> Problem {
    match unknown::reason(&diagnostic.message) {
        Some(reason) => Problem::Unknown(reason.to_owned()),
        None => Problem::Wrong(diagnostic),
    }
}
