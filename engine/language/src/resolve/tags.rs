//! `--tags` and `--skip-tags`: which tasks stay.
use super::handlers;
use crate::play::{Item, Play, Task};
use crate::spec::MODULE;
use crate::{Project, keyword};
use play_core::Diagnostic;
use std::collections::BTreeSet;

/// What was asked for; empty lists ask for nothing special.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    pub only: Vec<String>,
    pub skip: Vec<String>,
}

const SPECIAL: [&str; 5] = ["all", "tagged", "untagged", "always", "never"];

impl Tags {
    /// From the command line: each may hold several, with commas.
    pub fn new(only: &[String], skip: &[String]) -> Self {
        let split = |texts: &[String]| {
            let parts = texts.iter().flat_map(|text| text.split(','));
            parts
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Self {
            only: split(only),
            skip: split(skip),
        }
    }

    /// Ansible's rules: `always` runs unless skipped by that name, `never` only where one of its tags is asked for.
    pub fn selects(&self, tags: &[String]) -> bool {
        let has = |tag: &String| tags.contains(tag);
        let means = |asked: &String| match asked.as_str() {
            "all" => true,
            "tagged" => !tags.is_empty(),
            "untagged" => tags.is_empty(),
            _ => has(asked),
        };
        let always = has(&"always".to_owned());
        let never = has(&"never".to_owned());
        let wanted = if never {
            self.only
                .iter()
                .any(|asked| asked != "all" && asked != "tagged" && has(asked))
        } else {
            always || self.only.is_empty() || self.only.iter().any(means)
        };
        wanted
            && !self
                .skip
                .iter()
                .any(|asked| means(asked) && !(always && asked != "always" && !has(asked)))
    }

    /// Drops what is not selected. Handlers stay: notifications choose among them.
    pub(crate) fn prune(&self, play: &mut Play) {
        if !self.only.is_empty() || !self.skip.is_empty() || play.items.iter().any(has_never) {
            let mut kept = self.kept(std::mem::take(&mut play.items));
            // Variables of a role of which nothing is left are nobody's concern.
            let mut roles = BTreeSet::new();
            handlers::visit(&mut kept, &mut |task| {
                if task.module != MODULE {
                    roles.extend(task.role);
                }
            });
            without(&mut kept, &|task| {
                task.module == MODULE && task.role.is_none_or(|role| !roles.contains(&role))
            });
            play.items = kept;
        }
    }

    fn kept(&self, items: Vec<Item>) -> Vec<Item> {
        let mut kept = Vec::new();
        for item in items {
            match item {
                Item::Task(task) if self.selects(&task.tags) => kept.push(Item::Task(task)),
                Item::Task(_) => {}
                Item::Block(mut block) => {
                    block.items = self.kept(block.items);
                    block.rescue = self.kept(block.rescue);
                    block.always = self.kept(block.always);
                    if !block.items.is_empty() || !block.always.is_empty() {
                        kept.push(Item::Block(block));
                    }
                }
                flush @ Item::Flush(_) => kept.push(flush),
            }
        }
        kept
    }

    /// Tags that were asked for and that no task has.
    pub(crate) fn unknown(&self, project: &Project) -> Vec<Diagnostic> {
        let mut known: BTreeSet<&str> = SPECIAL.into_iter().collect();
        for play in &project.plays {
            let tasks = Project::tasks(play);
            known.extend(
                tasks
                    .iter()
                    .flat_map(|task| task.tags.iter().map(String::as_str)),
            );
        }
        let asked = self.only.iter().map(|tag| (tag, "--tags"));
        let skipped = self.skip.iter().map(|tag| (tag, "--skip-tags"));
        asked
            .chain(skipped)
            .filter(|(tag, _)| !known.contains(tag.as_str()))
            .map(|(tag, option)| {
                let mut diagnostic =
                    Diagnostic::error(format!("no task has the tag `{tag}` ({option})"));
                diagnostic.hint = keyword::hint(tag, known.iter().copied());
                diagnostic
            })
            .collect()
    }
}

/// Drops tasks, wherever they stand.
pub(crate) fn without(items: &mut Vec<Item>, drop: &dyn Fn(&Task) -> bool) {
    items.retain_mut(|item| match item {
        Item::Task(task) => !drop(task),
        Item::Block(block) => {
            for section in [&mut block.items, &mut block.rescue, &mut block.always] {
                without(section, drop);
            }
            true
        }
        Item::Flush(_) => true,
    });
}

fn has_never(item: &Item) -> bool {
    match item {
        Item::Task(task) => task.tags.iter().any(|tag| tag == "never"),
        Item::Block(block) => [&block.items, &block.rescue, &block.always]
            .into_iter()
            .flatten()
            .any(has_never),
        Item::Flush(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(only: &str, skip: &str, tags: &[&str]) -> bool {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Tags::new(&[only.to_owned()], &[skip.to_owned()]).selects(&tags)
    }

    #[test]
    fn ansibles_rules() {
        assert!(selects("", "", &[]));
        assert!(selects("web", "", &["web", "x"]));
        assert!(!selects("web", "", &["db"]));
        assert!(selects("web", "", &["always"]));
        assert!(!selects("", "always", &["always"]));
        assert!(!selects("", "", &["never", "wipe"]));
        assert!(selects("wipe", "", &["never", "wipe"]));
        assert!(!selects("web", "x", &["web", "x"]));
        assert!(selects("untagged", "", &[]));
        assert!(!selects("tagged", "", &[]));
        assert!(!selects("", "tagged", &["a"]));
    }
}
