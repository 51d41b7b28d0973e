//! Whether a step still runs after what failed on its host: blocks, rescues, always.
use crate::graph::{Guard, Section};
use std::collections::BTreeMap;

/// What has failed on one host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures {
    /// Blocks in which something failed, and in which section.
    blocks: BTreeMap<usize, Section>,
    /// Something failed that no rescue caught: only `always` sections of blocks that failed still run.
    pub host: bool,
}

impl Failures {
    /// Whether a step in these blocks runs.
    pub(crate) fn runs(&self, guards: &[Guard]) -> bool {
        let cleans_up = |guard: &Guard| {
            guard.section == Section::Always && self.blocks.contains_key(&guard.block)
        };
        // What failed in a block has failed in those around it, too: its own `always` runs all the same.
        let always = guards.iter().rposition(cleans_up);
        let inner = &guards[always.unwrap_or(0)..];
        let here = |guard: &Guard| {
            let failed = self.blocks.get(&guard.block);
            match guard.section {
                Section::Body => failed.is_none(),
                Section::Rescue => failed == Some(&Section::Body),
                Section::Always => true,
            }
        };
        inner.iter().all(here) && (!self.host || always.is_some())
    }

    /// Notes a failure in these blocks; true where a rescue catches it.
    pub(crate) fn fail(&mut self, guards: &[Guard]) -> bool {
        for guard in guards.iter().rev() {
            match guard.section {
                Section::Body => {
                    self.blocks.insert(guard.block, Section::Body);
                    if guard.has_rescue {
                        return true;
                    }
                }
                Section::Rescue | Section::Always => {
                    self.blocks.insert(guard.block, guard.section);
                }
            }
        }
        self.host = true;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(block: usize, section: Section, has_rescue: bool) -> Guard {
        Guard {
            block,
            section,
            has_rescue,
        }
    }

    #[test]
    fn a_rescue_runs_only_after_a_failure_and_catches_it() {
        let mut failures = Failures::default();
        assert!(!failures.runs(&[guard(0, Section::Rescue, true)]));
        assert!(failures.fail(&[guard(0, Section::Body, true)]));
        assert!(failures.runs(&[guard(0, Section::Rescue, true)]));
        assert!(failures.runs(&[guard(0, Section::Always, true)]));
        assert!(!failures.runs(&[guard(0, Section::Body, true)]));
        assert!(failures.runs(&[]), "the host goes on after the block");
    }

    #[test]
    fn always_runs_although_the_host_failed() {
        let mut failures = Failures::default();
        assert!(!failures.fail(&[guard(0, Section::Body, false)]));
        assert!(failures.runs(&[guard(0, Section::Always, false)]));
        assert!(!failures.runs(&[]));
    }

    #[test]
    fn an_inner_always_runs_before_the_outer_rescue() {
        let mut failures = Failures::default();
        let outer = guard(0, Section::Body, true);
        assert!(!failures.runs(&[guard(0, Section::Rescue, true)]));
        assert!(failures.fail(&[outer.clone(), guard(1, Section::Body, false)]));
        assert!(failures.runs(&[outer.clone(), guard(1, Section::Always, false)]));
        assert!(!failures.runs(&[outer.clone(), guard(2, Section::Always, false)]));
        assert!(!failures.runs(&[outer, guard(3, Section::Body, false)]));
        assert!(failures.runs(&[guard(0, Section::Rescue, true)]));
    }

    #[test]
    fn a_failure_in_a_rescue_is_the_outer_blocks() {
        let mut failures = Failures::default();
        let outer = guard(0, Section::Body, true);
        assert!(failures.fail(&[outer.clone(), guard(1, Section::Body, true)]));
        assert!(failures.fail(&[outer, guard(1, Section::Rescue, true)]));
        assert!(failures.runs(&[guard(0, Section::Rescue, true)]));
    }
}
