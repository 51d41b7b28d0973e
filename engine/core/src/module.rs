//! What a module is.
use crate::{Fault, Plan, Touch, Value, View, unknown};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// A task's arguments, and the one question asked of them.
pub trait Module {
    /// Compares what is asked for with what is there. Pure: same arguments, same view, same plan.
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault>;

    /// What it reads and writes, from its arguments alone. A module that cannot know says everything.
    fn touches(&self) -> Vec<Touch>;

    /// Whether the arguments agree with each other, as far as they alone tell: asked before the first connection.
    fn sensible(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// False for the few tasks that act each time they run, such as a command: they are not asked again afterwards.
    fn settles(&self) -> bool {
        true
    }
}

/// Where a module's question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// On the host, by the agent.
    Host,
    /// On the controller, without a connection: `debug`, `assert`, `set_fact` ….
    Controller,
}

/// A module's line in the list of modules.
pub struct Entry {
    pub name: &'static str,
    /// Other names it goes by (`systemd_service` for `systemd`).
    pub aliases: &'static [&'static str],
    pub side: Side,
    /// The argument that a free-form string is (`cmd` for `command: ls`), where there is one.
    pub free_form: Option<&'static str>,
    /// Arguments whose text may hold spans that are not known yet, and still be planned with (`content`).
    pub open: &'static [&'static str],
    pub parse: fn(Value) -> Result<Box<dyn Module + Send>, Fault>,
    /// The JSON schema of its arguments.
    pub schema: fn() -> Value,
}

impl Entry {
    pub const fn new<M: Module + DeserializeOwned + JsonSchema + Send + 'static>(
        name: &'static str,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            side: Side::Host,
            free_form: None,
            open: &[],
            parse: parse::<M>,
            schema: schema::<M>,
        }
    }

    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    #[must_use]
    pub const fn free_form(mut self, argument: &'static str) -> Self {
        self.free_form = Some(argument);
        self
    }

    #[must_use]
    pub const fn open(mut self, arguments: &'static [&'static str]) -> Self {
        self.open = arguments;
        self
    }

    #[must_use]
    pub const fn on_controller(mut self) -> Self {
        self.side = Side::Controller;
        self
    }

    /// Why these arguments cannot be planned with yet: an unknown outside the open ones.
    pub fn closed_unknown<'a>(&self, arguments: &'a Value) -> Option<&'a str> {
        match arguments {
            Value::Object(map) => map
                .iter()
                .filter(|(key, _)| !self.open.contains(&key.as_str()))
                .find_map(|(_, value)| unknown::within(value)),
            other => unknown::within(other),
        }
    }
}

fn parse<M: Module + DeserializeOwned + Send + 'static>(
    arguments: Value,
) -> Result<Box<dyn Module + Send>, Fault> {
    let arguments = if arguments.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        arguments
    };
    let module: M =
        serde_json::from_value(arguments).map_err(|error| Fault::arguments(error.to_string()))?;
    Ok(Box::new(module))
}

fn schema<M: JsonSchema>() -> Value {
    schemars::schema_for!(M).to_value()
}
