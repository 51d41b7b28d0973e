//! Who is told of a change before and after it is made: the journal, the handlers to be remembered, the undo that is armed.
use crate::line::Replies;
use crate::stretch::Phase;
use play_core::message::{Reply, Report, StepRequest};
use play_core::{Change, Fault, Outcome};
use play_system::{Witness, confirm};

/// One step's witness.
pub(crate) struct Keeper<'a> {
    step: &'a StepRequest,
    phase: &'a Phase,
    replies: Replies,
    armed: Option<confirm::Token>,
    remembered: bool,
    /// It is written down that a task with `no_log` changed something.
    hidden: bool,
}

impl<'a> Keeper<'a> {
    pub(crate) fn new(step: &'a StepRequest, phase: &'a Phase, replies: Replies) -> Self {
        Self {
            step,
            phase,
            replies,
            armed: None,
            remembered: false,
            hidden: false,
        }
    }

    /// A handler that has succeeded is forgotten.
    pub(crate) fn end(&self, report: &Report) {
        if let (Some(key), Some((journal, _))) = (&self.step.handler, &self.phase.journal)
            && report.outcome != Outcome::Failed
        {
            drop(journal.finish(key));
        }
    }
}

impl Witness for Keeper<'_> {
    fn before(&mut self, change: &Change) -> Result<(), Fault> {
        if let Some((journal, mask)) = &self.phase.journal {
            if !self.remembered && !self.step.notifies.is_empty() {
                journal.notify(&self.step.notifies)?;
                self.remembered = true;
            }
            let StepRequest {
                label,
                irreversible,
                ..
            } = self.step;
            if !self.step.no_log {
                journal.record(label, change, mask, irreversible.as_deref())?;
            } else if !self.hidden {
                journal.record_hidden(label, mask)?;
                self.hidden = true;
            }
        }
        if let (true, Some(seconds)) = (change.cuts_line, self.phase.confirm_within) {
            self.armed = Some(confirm::arm(change, seconds)?);
        }
        Ok(())
    }

    fn after(&mut self, _: &Change) -> Result<(), Fault> {
        let (Some(token), Some(seconds)) = (self.armed.take(), self.phase.confirm_within) else {
            return Ok(());
        };
        self.replies.send(Reply::Confirm {
            step: self.step.id,
            token: token.to_string(),
            seconds,
        });
        if confirm::wait(&token, seconds) {
            return Ok(());
        }
        Err(Fault::Undone {
            why: format!(
                "no new connection confirmed the change within {seconds} s, so what was there before was put back"
            ),
        })
    }
}
