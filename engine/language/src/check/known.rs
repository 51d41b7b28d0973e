//! Names a task can see.
