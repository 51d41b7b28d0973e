//! Plays as they are run: every name bound, every import done, every keyword of a block handed down to its tasks.
//! Text that holds `{{ }}` is still text, with its place; it is rendered for a host when its step comes.
use crate::prompt::Prompt;
pub use crate::resolve::tags::Tags;
use crate::spec::{Entry, Spec};
use crate::{Inventory, Node, inventory::Definition};
use indexmap::IndexMap;
use play_core::{Access, Description, Place};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything a run needs of what was written.
#[derive(Clone, Debug, Default)]
pub struct Project {
    pub plays: Vec<Play>,
    pub inventory: Inventory,
    /// `-e`: above every other layer.
    pub extra: Vec<Definition>,
    /// What is to be asked before the run, in the order written, without what `-e` says.
    pub prompts: Vec<Prompt>,
    /// What was answered.
    pub answers: BTreeMap<String, String>,
    /// Role scopes, by the number tasks carry.
    pub roles: Vec<RoleScope>,
    /// The modules that tasks use, by canonical name.
    pub modules: BTreeMap<String, Description>,
    /// What `--tags` and `--skip-tags` choose; kept for what is included late.
    pub tags: Tags,
    /// The number of the next task that is made.
    pub next_task: usize,
    /// Hosts `--limit` leaves in the run; the others are only looked at. Equal to all hosts without one.
    pub limit: Vec<String>,
}

/// One play.
#[derive(Clone, Debug, Default)]
pub struct Play {
    pub name: String,
    pub place: Place,
    /// In inventory order, before `--limit`.
    pub hosts: Vec<String>,
    /// True for a play whose groups the inventory has, and leaves empty: nothing is to be done, and that is meant.
    pub vacant: bool,
    /// Play vars, then vars_files: two layers, in this order.
    pub variables: Vec<Definition>,
    pub file_variables: Vec<Definition>,
    /// pre_tasks, roles, tasks and post_tasks in order, with a `Flush` after each of the first two and the last.
    pub items: Vec<Item>,
    pub handlers: Vec<Task>,
    /// Sizes of batches: hosts, or percent. Empty is all at once.
    pub serial: Vec<Share>,
    pub max_fail_percentage: Option<f64>,
    pub any_errors_fatal: bool,
    pub gather_facts: bool,
    /// What this play waits for instead of the play before it: `None` is the play before it.
    pub needs: Option<Vec<Need>>,
    /// Folder of the playbook: `playbook_dir`.
    pub folder: PathBuf,
    pub order: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Share {
    Hosts(usize),
    Percent(f64),
}

#[derive(Clone, Debug)]
pub enum Item {
    Task(Box<Task>),
    Block(Box<Block>),
    /// Handlers that are pending run here.
    Flush(Place),
}

/// Tasks that fail together. Keywords other than rescue and always are already on the tasks.
#[derive(Clone, Debug)]
pub struct Block {
    pub name: Option<String>,
    pub place: Place,
    pub items: Vec<Item>,
    pub rescue: Vec<Item>,
    pub always: Vec<Item>,
}

/// One task or handler.
#[derive(Clone, Debug)]
pub struct Task {
    /// Unique in the project, in the order written.
    pub id: usize,
    /// May hold `{{ }}`.
    pub name: Node,
    pub place: Place,
    /// Index into `Project::roles`.
    pub role: Option<usize>,
    /// Canonical module name. `include_tasks`, `include_role` and `include_vars` whose file is only known late stay as modules
    /// of these names and are resolved by `include` when their step comes.
    pub module: String,
    /// A mapping; the free form is already under its argument.
    pub arguments: Node,
    /// All must hold. From the task and every block, role and import around it, outermost first.
    pub when: Vec<Condition>,
    pub repeat: Option<Loop>,
    pub register: Option<String>,
    pub until: Option<Until>,
    pub tags: Vec<String>,
    pub r#become: Become,
    /// Task vars and the vars of blocks and imports around it, outermost first.
    pub variables: Vec<Definition>,
    pub environment: Vec<Node>,
    pub changed_when: Vec<Condition>,
    pub failed_when: Vec<Condition>,
    pub ignore_errors: Option<Condition>,
    pub check_mode: Option<bool>,
    pub delegate_to: Option<Node>,
    pub run_once: bool,
    /// Names bound to handlers: indexes into the play's `handlers`. Text with `{{ }}` is bound when rendered.
    pub notify: Vec<Notify>,
    /// Handlers only: topics.
    pub listen: Vec<String>,
    pub no_log: bool,
    /// What it changes is not to be taken back: true, false, or why. May hold `{{ }}`.
    pub irreversible: Option<Node>,
    pub needs: Vec<Need>,
    /// What a command says it reads and writes, instead of everything: access and text as written, may hold `{{ }}`.
    /// `/path`, `package:NAME`, `unit:NAME`, …; an empty declaration `[]` gives a single `Declared::Nothing`.
    pub declared: Option<Vec<(Access, Node)>>,
    pub throttle: Option<usize>,
    /// Seconds.
    pub timeout: Option<u64>,
}

impl Task {
    /// A task that says nothing but what it does.
    pub(crate) fn bare(module: &str, name: Node, arguments: Node) -> Self {
        Self {
            id: 0,
            place: name.place.clone(),
            name,
            role: None,
            module: module.into(),
            arguments,
            when: Vec::new(),
            repeat: None,
            register: None,
            until: None,
            tags: Vec::new(),
            r#become: Become::default(),
            variables: Vec::new(),
            environment: Vec::new(),
            changed_when: Vec::new(),
            failed_when: Vec::new(),
            ignore_errors: None,
            check_mode: None,
            delegate_to: None,
            run_once: false,
            notify: Vec::new(),
            listen: Vec::new(),
            no_log: false,
            irreversible: None,
            needs: Vec::new(),
            declared: None,
            throttle: None,
            timeout: None,
        }
    }
}

impl Play {
    /// The hosts in batches; the last size is used until all are in one. At least one batch.
    pub fn batches(&self) -> Vec<&[String]> {
        let hosts = &self.hosts[..];
        let mut rest = hosts;
        let mut out = Vec::new();
        let mut sizes = self.serial.iter();
        let mut size = hosts.len();
        while !rest.is_empty() {
            if let Some(share) = sizes.next() {
                size = match share {
                    Share::Hosts(count) => *count,
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        clippy::cast_precision_loss,
                        reason = "a share of a host count"
                    )]
                    Share::Percent(percent) => {
                        (hosts.len() as f64 * percent / 100.0).floor() as usize
                    }
                };
            }
            let (batch, left) = rest.split_at(size.clamp(1, rest.len()));
            out.push(batch);
            rest = left;
        }
        if out.is_empty() {
            out.push(hosts);
        }
        out
    }
}

impl Task {
    /// Expressions among its arguments, written without `{{ }}`: `that` of `assert`, `var` of `debug`.
    pub fn expressions(&self) -> Vec<&Node> {
        let name = match self.module.as_str() {
            "assert" => "that",
            "debug" => "var",
            _ => return Vec::new(),
        };
        let Some(node) = self.arguments.field(name) else {
            return Vec::new();
        };
        let single = || vec![node];
        node.as_list()
            .map_or_else(single, |items| items.iter().collect())
    }
}

#[derive(Clone, Debug)]
pub enum Notify {
    Handlers(Vec<usize>),
    Late(Node),
}

/// A condition as written, checked and compiled when the project was loaded.
#[derive(Clone, Debug)]
pub struct Condition {
    pub place: Place,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Loop {
    pub place: Place,
    pub kind: LoopKind,
    /// `item`, or loop_control's loop_var.
    pub variable: String,
    pub index_variable: Option<String>,
    pub label: Option<Node>,
    pub pause: Option<f64>,
    pub extended: bool,
}

#[derive(Clone, Debug)]
pub enum LoopKind {
    /// `loop:`: a list.
    List(Node),
    /// `with_items:`: a list, flattened one level.
    Items(Node),
    /// `with_dict:`: items with `key` and `value`.
    Dict(Node),
    /// `with_fileglob`, `with_first_found`, `with_nested`, `with_together`, `with_subelements`, `with_sequence`, `with_indexed_items`.
    Other(String, Node),
}

#[derive(Clone, Debug)]
pub struct Until {
    /// Empty where only `retries` is said: then until the task does not fail.
    pub conditions: Vec<Condition>,
    pub retries: Node,
    pub delay: Node,
}

/// Escalation, as the nearest keyword says.
#[derive(Clone, Debug, Default)]
pub struct Become {
    /// None: not said; the connection's settings decide.
    pub on: Option<Condition>,
    /// None: not said; the connection's settings decide, and else it is root.
    pub user: Option<Node>,
}

/// `minio@vps1`, `postgres`: a task, role or play, and the host it ran on; without one, every host that has it.
#[derive(Clone, Debug)]
pub struct Need {
    pub place: Place,
    pub name: String,
    pub host: Option<String>,
}

/// A role as used once: its variables and where its files are.
#[derive(Clone, Debug, Default)]
pub struct RoleScope {
    pub name: String,
    /// The role's folder: `role_path`.
    pub folder: PathBuf,
    pub defaults: Vec<Definition>,
    pub vars: Vec<Definition>,
    /// Given where it is used: `vars:` of the role entry or import.
    pub parameters: Vec<Definition>,
    /// Roles around it, innermost first, for their defaults and files.
    pub parents: Vec<usize>,
    pub tags: Vec<String>,
    /// What it says its variables are, and which entry of that is meant: the name of its file of tasks.
    pub spec: Option<Arc<Spec>>,
    pub entry: String,
}

impl RoleScope {
    /// The variables of the way in that is meant, where the role says any.
    pub fn options(&self) -> Option<&Entry> {
        self.spec.as_ref()?.entries.get(&self.entry)
    }
}

impl Project {
    /// Every task of a play in the order written, blocks, rescues and handlers included.
    pub fn tasks(play: &Play) -> Vec<&Task> {
        fn walk<'a>(items: &'a [Item], out: &mut Vec<&'a Task>) {
            for item in items {
                match item {
                    Item::Task(task) => out.push(task),
                    Item::Block(block) => {
                        walk(&block.items, out);
                        walk(&block.rescue, out);
                        walk(&block.always, out);
                    }
                    Item::Flush(_) => {}
                }
            }
        }
        let mut out = Vec::new();
        walk(&play.items, &mut out);
        out.extend(&play.handlers);
        out
    }
}

/// Definitions by name, later ones winning.
pub type Layer = IndexMap<String, Definition>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_sizes_repeat_the_last() {
        let mut play = Play {
            hosts: (0..7).map(|n| format!("h{n}")).collect(),
            serial: vec![Share::Hosts(1), Share::Percent(50.0)],
            ..Play::default()
        };
        let sizes: Vec<usize> = play.batches().iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [1, 3, 3]);
        play.serial.clear();
        assert_eq!(play.batches().len(), 1);
    }
}
