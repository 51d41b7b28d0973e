//! Tables of nftables as they were.
use super::Undoing;
use super::journal::Touched;
use crate::nftables::script::Script;
use play_core::{Act, Change, Query, Resource, State};

impl Undoing<'_> {
    pub(super) fn table(&mut self, table: &str, now: State, before: &State) {
        let (family, name) = table.split_once(' ').unwrap_or(("inet", table));
        let mut script = Script::removal(family, name);
        if let State::Table(table) = before {
            script.push_str(&table.rules);
        }
        let change = Change::new(Act::Table { script });
        let resource = Resource::Table(table.to_owned());
        let change = change.leaving(resource, now, before.clone());
        self.plan.changes.push(change.cutting_line());
    }

    /// Whether rules are those the run loaded, spelt in another way: with a package come names, as `tcp` for 6 with netbase.
    pub(super) fn means_the_same(&self, touched: &Touched, now: &State) -> bool {
        let (Resource::Table(table), State::Table(after), State::Table(now)) =
            (&touched.resource, &touched.after, now)
        else {
            return false;
        };
        let (family, name) = table.split_once(' ').unwrap_or(("inet", table));
        let answer = self.view.ask(&Query::NormalRules {
            script: after.rules.clone(),
            family: family.to_owned(),
            name: name.to_owned(),
        });
        answer.is_ok_and(|answer| {
            let rules = answer["rules"].as_str();
            rules.is_some_and(|rules| rules.trim() == now.rules.trim())
        })
    }
}
