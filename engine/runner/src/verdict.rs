//! Whether a step still runs after what failed on its host: blocks, rescues, always.
use crate::graph::{Guard, Section};
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;

/// What has failed on one host. A failure ends what stands behind it: steps that stand before it, as the playbook is written, still run
/// where they wait for something slower.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures {
    /// Blocks in which something failed, in which section, and which steps.
    blocks: BTreeMap<usize, (Section, Vec<NodeIndex>)>,
    /// Something failed that no rescue caught: of what stands behind it only `always` sections of blocks that failed still run.
    pub host: bool,
    /// The steps that did; none where the host itself is gone.
    steps: Vec<NodeIndex>,
}

impl Failures {
    /// The host is out of the run.
    pub(crate) fn end(&mut self) {
        self.host = true;
        self.steps.clear();
    }

    /// Whether a step in these blocks runs; `before` says which steps it stands before.
    pub(crate) fn runs(&self, guards: &[Guard], before: &dyn Fn(NodeIndex) -> bool) -> bool {
        let spared = |steps: &[NodeIndex]| steps.iter().all(|step| before(*step));
        let cleans_up = |guard: &Guard| {
            guard.section == Section::Always && self.blocks.contains_key(&guard.block)
        };
        // What failed in a block has failed in those around it, too: its own `always` runs all the same.
        let always = guards.iter().rposition(cleans_up);
        let inner = &guards[always.unwrap_or(0)..];
        let here = |guard: &Guard| match (guard.section, self.blocks.get(&guard.block)) {
            (Section::Body, None) | (Section::Always, _) => true,
            (Section::Body, Some((section, steps))) => *section == Section::Body && spared(steps),
            (Section::Rescue, failed) => matches!(failed, Some((Section::Body, _))),
        };
        let earlier = || !self.steps.is_empty() && spared(&self.steps);
        inner.iter().all(here) && (!self.host || always.is_some() || earlier())
    }

    /// Notes the failure of a step in these blocks; true where a rescue catches it.
    pub(crate) fn fail(&mut self, node: NodeIndex, guards: &[Guard]) -> bool {
        for guard in guards.iter().rev() {
            let (section, steps) = self
                .blocks
                .entry(guard.block)
                .or_insert((guard.section, Vec::new()));
            *section = guard.section;
            steps.push(node);
            if guard.section == Section::Body && guard.has_rescue {
                return true;
            }
        }
        // One that is gone for good stays so.
        if !self.host || !self.steps.is_empty() {
            self.steps.push(node);
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

    /// A step that stands behind everything.
    fn behind(_: NodeIndex) -> bool {
        false
    }

    /// A step that stands before everything.
    fn ahead(_: NodeIndex) -> bool {
        true
    }

    fn step() -> NodeIndex {
        NodeIndex::new(7)
    }

    #[test]
    fn a_rescue_runs_only_after_a_failure_and_catches_it() {
        let mut failures = Failures::default();
        assert!(!failures.runs(&[guard(0, Section::Rescue, true)], &behind));
        assert!(failures.fail(step(), &[guard(0, Section::Body, true)]));
        assert!(failures.runs(&[guard(0, Section::Rescue, true)], &behind));
        assert!(failures.runs(&[guard(0, Section::Always, true)], &behind));
        assert!(!failures.runs(&[guard(0, Section::Body, true)], &behind));
        assert!(
            failures.runs(&[], &behind),
            "the host goes on after the block"
        );
    }

    #[test]
    fn always_runs_although_the_host_failed() {
        let mut failures = Failures::default();
        assert!(!failures.fail(step(), &[guard(0, Section::Body, false)]));
        assert!(failures.runs(&[guard(0, Section::Always, false)], &behind));
        assert!(!failures.runs(&[], &behind));
    }

    #[test]
    fn what_stands_before_a_failure_still_runs() {
        let mut failures = Failures::default();
        let block = guard(0, Section::Body, true);
        assert!(failures.fail(step(), std::slice::from_ref(&block)));
        assert!(failures.runs(std::slice::from_ref(&block), &ahead));
        assert!(!failures.fail(step(), &[]));
        assert!(failures.runs(&[], &ahead));
        failures.end();
        assert!(
            !failures.runs(&[], &ahead),
            "a host that is gone runs nothing"
        );
        assert!(!failures.fail(step(), &[]));
        assert!(!failures.runs(&[], &ahead));
    }

    #[test]
    fn an_inner_always_runs_before_the_outer_rescue() {
        let mut failures = Failures::default();
        let outer = guard(0, Section::Body, true);
        assert!(!failures.runs(&[guard(0, Section::Rescue, true)], &behind));
        assert!(failures.fail(step(), &[outer.clone(), guard(1, Section::Body, false)]));
        assert!(failures.runs(&[outer.clone(), guard(1, Section::Always, false)], &behind));
        assert!(!failures.runs(&[outer.clone(), guard(2, Section::Always, false)], &behind));
        assert!(!failures.runs(&[outer, guard(3, Section::Body, false)], &behind));
        assert!(failures.runs(&[guard(0, Section::Rescue, true)], &behind));
    }

    #[test]
    fn a_failure_in_a_rescue_is_the_outer_blocks() {
        let mut failures = Failures::default();
        let outer = guard(0, Section::Body, true);
        assert!(failures.fail(step(), &[outer.clone(), guard(1, Section::Body, true)]));
        assert!(failures.fail(step(), &[outer, guard(1, Section::Rescue, true)]));
        assert!(failures.runs(&[guard(0, Section::Rescue, true)], &behind));
    }
}
