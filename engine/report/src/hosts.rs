//! Names of hosts, in the order a person thinks of them.
use crate::line::{Line, Tone, wrap};
use crate::style::Style;
use std::collections::HashMap;

/// From so many on, "all" says more than their names.
const MANY: usize = 8;

/// The hosts of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    ranks: HashMap<String, usize>,
    widest: usize,
}

impl Hosts {
    pub(crate) fn new(names: &[String]) -> Self {
        Self {
            ranks: names.iter().cloned().zip(0..).collect(),
            widest: names
                .iter()
                .map(|name| name.chars().count())
                .max()
                .unwrap_or(0),
        }
    }

    pub(crate) fn rank(&self, host: &str) -> usize {
        self.ranks.get(host).copied().unwrap_or(usize::MAX)
    }

    /// Columns of the widest name.
    pub(crate) fn widest(&self) -> usize {
        self.widest
    }

    /// `vps1, vps2, vps3`; `all 12 hosts` where it is all of many.
    pub(crate) fn listed(&self, names: &[String], style: &Style) -> Vec<Line> {
        if names.len() == self.ranks.len() && names.len() >= MANY && !style.verbose() {
            return vec![Line::new().then(Tone::Host, &format!("all {} hosts", names.len()))];
        }
        wrap(names, ", ", style.width.saturating_sub(4), Tone::Host)
    }
}
