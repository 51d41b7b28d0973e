//! Text to resolved plays: YAML, templates, conditions, variables, inventory, roles. Reads through a `Loader`, touches no machine.
mod check;
pub mod files;
pub mod include;
pub mod inventory;
pub mod keyword;
pub mod learned;
pub mod load;
pub mod loader;
pub mod node;
pub mod play;
pub mod render;
pub mod resolve;
mod role;
pub mod source;
mod syntax;
pub mod yaml;
mod template;mod expression;
pub mod scope;
pub(crate) mod uses;
pub use scope::Scope; pub use expression::Truth;

pub use inventory::Inventory;
pub use load::{LoadRequest, load};
pub use learned::Learned;
pub use loader::Loader;
pub use node::{Node, NodeKind};
pub use play::Project;
pub use source::Sources;
