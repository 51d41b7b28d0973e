//! The commands.
pub(crate) mod doc;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod graph;
pub(crate) mod init;
pub(crate) mod inventory;
pub(crate) mod lint;
pub(crate) mod load;
pub(crate) mod plan;
mod prompt;
pub(crate) mod reach;
pub(crate) mod role;
pub(crate) mod roles;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod vault;
