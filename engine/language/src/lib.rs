//! Text to resolved plays: YAML, templates, conditions, variables, inventory, roles. Reads through a `Loader`, touches no machine.
pub mod emit;
pub mod expression;
pub mod inventory;
pub mod learned;
pub mod loader;
pub mod node;
pub mod play;
pub mod scope;
pub mod template;
pub mod uses;
pub mod yaml;

pub use inventory::Inventory;
pub use learned::Learned;
pub use loader::Loader;
pub use node::Node;
pub use play::Project;
pub use scope::Scope;
