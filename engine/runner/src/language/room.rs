//! What late includes bring, kept as long as the run.
use super::Language;
use crate::graph::Step;
use play_core::{Diagnostic, Value};
use play_language::play::Item;
use play_language::{Project, include};
use std::sync::OnceLock;

/// Projects that have grown, one behind the other.
#[derive(Default)]
pub(crate) struct Rooms(OnceLock<Box<Room>>);

/// A project with what one include has brought, and the items the include stands for.
pub(crate) struct Room {
    pub project: Project,
    pub items: Vec<Item>,
    next: Rooms,
}

impl Rooms {
    pub(crate) fn keep(&self, project: Project, items: Vec<Item>) -> &Room {
        let mut last = self;
        while let Some(room) = last.0.get() {
            last = &room.next;
        }
        let next = Self::default();
        last.0.get_or_init(|| {
            Box::new(Room {
                project,
                items,
                next,
            })
        })
    }
}

/// One thing to include: the arguments, the loop's variables, and whether it is known that it is to be.
#[derive(Clone, PartialEq)]
pub(crate) struct Wanted {
    pub arguments: Value,
    pub variables: Vec<(String, Value)>,
    pub sure: bool,
}

impl<'a> Language<'a> {
    /// The language with what an include brings, and that. Where it is not sure to be included, its conditions are handed down.
    pub(crate) fn include(
        &self,
        step: &Step,
        wanted: &[Wanted],
        rooms: &'a Rooms,
    ) -> Result<(Self, &'a Room), Vec<Diagnostic>> {
        let mut project = self.project.clone();
        let mut items = Vec::new();
        for one in wanted {
            let mut task = step.task.clone();
            if one.sure {
                task.when.clear();
            }
            let (arguments, variables) = (&one.arguments, &one.variables);
            items.extend(include::tasks(
                &mut project,
                step.play,
                &task,
                arguments,
                variables,
                self.loader,
                self.catalog,
            )?);
        }
        let room = rooms.keep(project, items);
        Ok((Self::new(&room.project, self.loader, self.catalog), room))
    }
}

/// Whether a task stands for others that only its turn shows.
pub(crate) fn is_include(module: &str) -> bool {
    matches!(
        module,
        "include_tasks" | "include_role" | "import_tasks" | "import_role"
    )
}
