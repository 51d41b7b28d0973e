//! A play's items in a row: tasks, places where everything before comes first, and places where handlers run.
use play_language::play::{Block, Item, Play, Task};

/// A task's place in a block that has a rescue or an always.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guard {
    /// Unique within the run.
    pub block: usize,
    pub section: Section,
    pub has_rescue: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Body,
    Rescue,
    Always,
}

/// One thing in the row.
pub(super) enum Position<'a> {
    Task {
        task: &'a Task,
        guards: Vec<Guard>,
    },
    Barrier(&'static str),
    /// Handlers run here, as part of these blocks.
    Flush {
        guards: Vec<Guard>,
    },
}

/// The play's items in a row. `blocks` counts the blocks of the whole run.
pub(super) fn row<'a>(play: &'a Play, blocks: &mut usize) -> Vec<Position<'a>> {
    let mut positions = Vec::new();
    walk(&play.items, &[], blocks, &mut positions);
    positions
}

/// Items in a row, within these blocks.
pub(super) fn walk<'a>(
    items: &'a [Item],
    guards: &[Guard],
    blocks: &mut usize,
    positions: &mut Vec<Position<'a>>,
) {
    for item in items {
        match item {
            Item::Task(task) => positions.push(Position::Task {
                task,
                guards: guards.to_vec(),
            }),
            Item::Flush(_) => positions.push(Position::Flush {
                guards: guards.to_vec(),
            }),
            Item::Block(block) if block.rescue.is_empty() && block.always.is_empty() => {
                walk(&block.items, guards, blocks, positions);
            }
            Item::Block(block) => guarded(block, guards, blocks, positions),
        }
    }
}

fn guarded<'a>(
    block: &'a Block,
    guards: &[Guard],
    blocks: &mut usize,
    positions: &mut Vec<Position<'a>>,
) {
    let number = *blocks;
    *blocks += 1;
    let sections = [
        (Section::Body, &block.items, "the block begins"),
        (Section::Rescue, &block.rescue, "the block's rescue"),
        (Section::Always, &block.always, "the block's always"),
    ];
    for (section, items, words) in sections {
        positions.push(Position::Barrier(words));
        let mut inner = guards.to_vec();
        inner.push(Guard {
            block: number,
            section,
            has_rescue: !block.rescue.is_empty(),
        });
        walk(items, &inner, blocks, positions);
    }
    positions.push(Position::Barrier("the block ends"));
}
