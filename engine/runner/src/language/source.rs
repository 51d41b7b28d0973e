//! What the graph must be told of tasks.
use super::Language;
use crate::graph::{Source, Step, Uses};
use crate::prepared::Item;
use play_core::message::Mode;
use play_core::resource::Kind;
use play_core::touch::What;
use play_core::{Access, Resource, Touch, Value, unknown};
use play_language::Learned;
use play_language::play::{Play, Task};

impl Source for Language<'_> {
    fn touches(&self, play: &Play, task: &Task, host: &str) -> Vec<Touch> {
        match task.module.as_str() {
            "debug" | "set_fact" => return Vec::new(),
            _ if task.delegate_to.is_some() || self.on_controller(&task.module) => {
                return vec![Touch::everything()];
            }
            _ => {}
        }
        let number = self
            .project
            .plays
            .iter()
            .position(|one| std::ptr::eq(one, play))
            .unwrap_or_default();
        let step = Step {
            task,
            play: number,
            batch: 0,
            host: host.to_owned(),
            order: 0,
            guards: Vec::new(),
            handler: None,
            once: false,
            alone: false,
        };
        self.touches_of(&step)
    }

    fn uses(&self, play: &Play, task: &Task) -> Uses {
        self.all_uses(play, task)
    }

    fn sets(&self, task: &Task) -> Vec<String> {
        let mut names: Vec<String> = task.register.iter().cloned().collect();
        if task.module == "set_fact" {
            names.extend(
                task.arguments
                    .as_map()
                    .into_iter()
                    .flat_map(|map| map.keys().cloned()),
            );
        }
        names
    }

    fn role_name(&self, task: &Task) -> Option<String> {
        task.role
            .and_then(|role| self.project.roles.get(role))
            .map(|role| role.name.clone())
    }
}

impl Language<'_> {
    fn touches_of(&self, step: &Step) -> Vec<Touch> {
        let task = step.task;
        let declared = self.declared(step);
        let Ok(prepared) = self.prepare(&Learned::default(), step, Mode::Check) else {
            let known = || self.of_arguments(task, &self.as_far_as_known(step));
            let mut touches = declared.unwrap_or_else(known);
            let named = task.r#become.user.is_some();
            touches.extend(named.then(|| Touch::read_every(Kind::User)));
            return touches;
        };
        let runs = |item: &&Item| !item.is_skipped();
        let items = prepared.items.iter().filter(runs);
        // Whoever it acts as must be there.
        let accounts = items
            .clone()
            .filter_map(|item| account(item.acts_as.as_deref()?));
        let of_arguments = || {
            let touches = items.clone();
            touches
                .flat_map(|item| self.of_arguments(task, &item.arguments))
                .collect()
        };
        let mut touches = declared.unwrap_or_else(of_arguments);
        touches.extend(accounts);
        touches.dedup();
        touches
    }

    fn of_arguments(&self, task: &Task, arguments: &Value) -> Vec<Touch> {
        if unknown::within(arguments).is_none() {
            return self.catalog.touches(&task.module, arguments);
        }
        let rough = rough(&task.module);
        // What others touch may depend on what is not known in more ways than by a name.
        if rough.contains(&Touch::everything()) {
            return rough;
        }
        let touches = self.catalog.touches(&task.module, arguments);
        if touches.contains(&Touch::everything()) {
            return rough;
        }
        touches.into_iter().map(widened).collect()
    }

    /// The arguments one by one, where not all of them can be rendered yet.
    fn as_far_as_known(&self, step: &Step) -> Value {
        let learned = Learned::default();
        let scope = self.scope(&learned, step, Mode::Check);
        let open = || Value::String(unknown::mark("its turn"));
        let arguments = step.task.arguments.as_map().into_iter().flatten();
        let mut known: serde_json::Map<String, Value> = arguments
            .map(|(name, (_, node))| {
                let value = scope.render(node).unwrap_or_else(|_| open());
                (name.clone(), value)
            })
            .collect();
        // A template's text is there once it can be rendered.
        if step.task.module == "template" {
            known.insert("content".into(), open());
        }
        Value::Object(known)
    }

    /// The kinds of what `writes:` names, where the task says what it reads or writes and nothing of it is open.
    pub(crate) fn blurs(&self, step: &Step) -> Option<Vec<Kind>> {
        let mut kinds = Vec::new();
        for touch in self.declared(step)? {
            match (touch.access, touch.what) {
                (Access::Read, _) | (_, What::Link { .. }) => {}
                (Access::Write, What::One(resource)) => kinds.push(resource.kind()),
                (Access::Write, What::Every(kind)) => kinds.push(kind),
                (Access::Write, What::Everything) => return None,
            }
        }
        Some(kinds)
    }

    /// `reads:` and `writes:`, where the task says them.
    fn declared(&self, step: &Step) -> Option<Vec<Touch>> {
        let list = step.task.declared.as_ref()?;
        let learned = Learned::default();
        let scope = self.scope(&learned, step, Mode::Check);
        Some(
            list.iter()
                .map(|(access, node)| match scope.render(node) {
                    Ok(Value::String(text)) => touch(*access, &text),
                    _ => Touch::everything(),
                })
                .collect(),
        )
    }
}

/// The account of a step that is neither root's nor the login's; any, where its name is not known yet.
fn account(name: &str) -> Option<Touch> {
    let resource = Resource::User(name.to_owned());
    (!name.is_empty()).then(|| widened(Touch::read(resource)))
}

/// A resource whose name is not known yet may be any of its kind.
fn widened(touch: Touch) -> Touch {
    match &touch.what {
        What::One(resource) if unknown::reason(&resource.to_string()).is_some() => Touch {
            what: What::Every(resource.kind()),
            ..touch
        },
        _ => touch,
    }
}

/// `/path`, or `kind:name`.
fn touch(access: Access, text: &str) -> Touch {
    let resource = match text.split_once(':') {
        _ if text.starts_with('/') => Resource::File(text.trim_end_matches('/').to_owned()),
        Some(("package", name)) => Resource::Package(name.to_owned()),
        Some(("unit" | "service", name)) => Resource::Unit(name.to_owned()),
        Some(("user", name)) => Resource::User(name.to_owned()),
        Some(("group", name)) => Resource::Group(name.to_owned()),
        Some(("sysctl", name)) => Resource::Sysctl(name.to_owned()),
        Some(("table", name)) => Resource::Table(name.to_owned()),
        Some(("tunnel", name)) => Resource::Tunnel(name.to_owned()),
        Some(("project", name)) => Resource::Project(name.to_owned()),
        _ => Resource::Other(text.to_owned()),
    };
    Touch {
        access,
        what: What::One(resource),
    }
}

/// What a module touches where its arguments are only known when its step starts.
fn rough(module: &str) -> Vec<Touch> {
    match module {
        "file" | "copy" | "template" | "lineinfile" | "blockinfile" | "replace" | "get_url" => {
            vec![
                Touch::write_every(Kind::File),
                Touch::read_every(Kind::User),
                Touch::read_every(Kind::Group),
            ]
        }
        "stat" => vec![Touch::read_every(Kind::File)],
        "sysctl" => vec![
            Touch::write_every(Kind::Sysctl),
            Touch::write_every(Kind::File),
        ],
        _ => vec![Touch::everything()],
    }
}
