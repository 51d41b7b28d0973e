//! A task made ready for one host.
use super::Language;
use crate::graph::Step;
use crate::prepared::{Item, Prepared, Problem, Verdict};
use play_core::message::Mode;
use play_core::{Diagnostic, Value, unknown};
use play_language::play::Notify;
use play_language::render::{self, Items, Rendered};
use play_language::{Learned, Scope, Truth};

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
        // A condition that speaks of no item may say that there is nothing to loop over at all.
        if let Ok((Truth::False, text)) = render::when(&scope, step.task) {
            prepared.items.push(skipped(text, Value::Null));
            prepared.looped = false;
            return Ok(prepared);
        }
        match render::items(
            &scope,
            self.project,
            &play.folder,
            self.loader,
            step.task,
            repeat,
        )
        .map_err(Problem::Wrong)?
        {
            Items::Unknown(reason) => return Err(Problem::Unknown(reason)),
            Items::Known(turns) => {
                for turn in turns {
                    let mut scope = self.scope(learned, step, mode);
                    for (name, value) in &turn.variables {
                        scope = scope.with(name, value.clone());
                    }
                    let item = self.item(
                        &scope,
                        step,
                        Some(turn.label),
                        turn.variables,
                        &mut prepared,
                    )?;
                    prepared.items.push(item);
                }
            }
        }
        Self::finish(&scope, step, &mut prepared)?;
        Ok(prepared)
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
        Ok(self.fill(step, label, bindings, verdict, rendered, prepared))
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
        prepared.delegate = rendered.delegate_to.or(prepared.delegate.take());
        prepared.notify.extend(self.late(step, &rendered.notify));
        Item {
            label,
            bindings,
            verdict,
            arguments: rendered.arguments,
            environment: rendered.environment,
            acts_as: self.escalation(step, &rendered.escalation),
        }
    }

    /// Handlers whose names were only known now.
    fn late(&self, step: &Step, names: &[String]) -> Vec<usize> {
        let handlers = &self.project.plays[step.play].handlers;
        let answers = |at: &usize, name: &String| {
            crate::graph::task_title(&handlers[*at]) == *name || handlers[*at].listen.contains(name)
        };
        names
            .iter()
            .flat_map(|name| (0..handlers.len()).filter(move |at| answers(at, name)))
            .collect()
    }

    fn finish(scope: &Scope, step: &Step, prepared: &mut Prepared) -> Result<(), Problem> {
        for notify in &step.task.notify {
            if let Notify::Handlers(indexes) = notify {
                prepared.notify.extend(indexes);
            }
        }
        prepared.notify.sort_unstable();
        prepared.notify.dedup();
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
    }
}

/// A mistake that is only one because something is not known yet is an unknown.
fn wrong(diagnostic: Diagnostic) -> Problem {
    match unknown::reason(&diagnostic.message) {
        Some(reason) => Problem::Unknown(reason.to_owned()),
        None => Problem::Wrong(diagnostic),
    }
}
