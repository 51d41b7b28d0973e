//! What is written, entry by entry: plays, blocks, tasks and role entries, each key known, each value of its type.
pub(crate) mod action;
pub(crate) mod condition;
pub(crate) mod entry;
pub(crate) mod field;
mod foreign;
pub(crate) mod free_form;
pub(crate) mod keywords;
pub(crate) mod repeat;
pub(crate) mod table;
